import dataclasses
from pathlib import Path
from typing import Any

import pytest

from collector.features import row_of
from collector.labels import StepLabel
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.exports import sft
from dataset_script.lint.rendering import RenderingRule
from dataset_script.lint.rule import Example
from dataset_script.lint.scrambled import IDENTITY, JUDGED, OUTPUTS, scrambled_reply, scrambled_session
from dataset_script.replies import Preference, RecordedReply
from tests.leaks import RENDERING
from tests.rated_runs import corpus_of, rated_session, settings_for, steps_of, write_step_labels
from tests.records import a_session, a_step


def test_what_a_later_button_of_the_reply_saw_is_found_in_its_prompt(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2)
    first, second = steps_of(session)
    shared = {"reply_id": "r", "reply_length": 2}
    pair = (dataclasses.replace(first, **shared), dataclasses.replace(second, **shared, reply_index=1))
    rated_session(tmp_path / "runs", 1, total_steps=2, steps=pair)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out", "max_actions=2"))
    [(placed, reply)] = [example for split in ("train", "validation") for example in corpus.examples(split)]
    row = sft.EXPORT.row(placed, reply, corpus.prompt)
    leaking = sft.SftExport()
    example = Example(export=leaking, placed=placed, reply=reply, options=corpus.prompt)
    assert list(RenderingRule().faults(row, example)) == []
    plain = leaking.row
    leaking.row = (
        lambda placed, reply, options: {  # type: ignore[method-assign]
            **plain(placed, reply, options),
            "prompt": [step["state"] for step in reply.steps[1:]],
        }
    )
    [fault] = RenderingRule().faults(leaking.row(placed, reply, corpus.prompt), example)
    assert fault.column == "prompt"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """One session of one step."""
    folder = tmp_path_factory.mktemp("rendering")
    rated_session(folder / "runs", 1, total_steps=1)
    return corpus_of(settings_for(folder / "runs", folder / "out"))


@pytest.mark.parametrize("column", OUTPUTS)
def test_every_output_is_found_in_a_prompt(corpus: Corpus, column: str) -> None:
    [(placed, reply)] = [example for split in ("train", "validation") for example in corpus.examples(split)]
    [plant] = [plant for plant in RENDERING if plant.name == f"{column} in the prompt"]
    assert plant.rendered is not None
    leaking = sft.SftExport()
    plain, leak = leaking.row, plant.rendered

    def row(placed: Any, reply: Any, options: Any) -> Any:
        made = plain(placed, reply, options)
        leak(made, placed, reply)
        return made

    leaking.row = row  # type: ignore[method-assign]
    example = Example(export=leaking, placed=placed, reply=reply, options=corpus.prompt)
    assert [fault.column for fault in RenderingRule().faults(row(placed, reply, corpus.prompt), example)] == ["prompt"]


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlacedSession, RecordedReply]:
    """A labelled session of four steps, and the reply at the second."""
    folder = tmp_path_factory.mktemp("rendering")
    rated_session(folder / "runs", 1, total_steps=4)
    write_step_labels(folder / "runs", {})
    [placed] = corpus_of(settings_for(folder / "runs", folder / "out")).sessions
    return placed, list(placed.session.replies())[1]


def test_of_a_scrambled_session_only_what_came_before_stays(longer: tuple[PlacedSession, RecordedReply]) -> None:
    placed, reply = longer
    first, asked, *later = placed.session.steps()
    other = scrambled_session(placed, reply.first).session
    scrambled_first, scrambled_asked, *scrambled_later = other.steps()
    assert scrambled_first == first
    assert {name for name in asked if scrambled_asked[name] != asked[name]} == set(OUTPUTS)
    for step, scrambled in zip(later, scrambled_later, strict=True):
        assert {name for name in step if scrambled[name] != step[name]} == set(step) - set(IDENTITY)
    assert [list(step) for step in other.steps(["state", "goal"])] == [["state", "goal"]] * 4
    assert [
        step["state"] != row["state"] for step, row in zip(other.steps(["state"]), [first, asked, *later], strict=True)
    ] == [*(False, False, True, True)]


def test_replies_and_labels_of_a_scrambled_session_are_scrambled(longer: tuple[PlacedSession, RecordedReply]) -> None:
    placed, reply = longer
    recorded = [*placed.session.labelled_replies()]
    scrambled = [*scrambled_session(placed, reply.first).session.labelled_replies()]
    for one, other in zip(recorded, scrambled, strict=True):
        is_known = one.first["step"] < reply.first["step"]
        assert (one.label == other.label) is (one.actions == other.actions) is is_known


def test_what_is_known_of_a_step_is_scrambled_and_goes_on_saying_the_same_of_its_action(
    longer: tuple[PlacedSession, RecordedReply],
) -> None:
    _, reply = longer
    action = reply.first["action"]
    known = (Preference("press_r", action, "roll_outs"), Preference("press_l", "wait", "pairwise"))
    other = scrambled_reply(dataclasses.replace(reply, better=known))
    (better, worse, evidence), unrelated = other.better
    assert better != "press_r" and worse != action and evidence == "roll_outs" and unrelated[:2] != known[1][:2]
    assert worse == other.first["action"]


def test_every_step_column_is_an_output_an_identity_or_known_before() -> None:
    """A new column must be put on one side: forgotten outputs could leak unseen."""
    known_before = {
        *("timestamp", "task_id", "task_type", "instruction", "goal", "step_budget", "memory_context", "memory_notes"),
        *("previous_actions", "prompt_id", "screenshot", "frame", "frame_hash", "state", "memory_hash"),
        *("agent", "policy", "model_used", "game", "rom_sha256", "emulator", "emulator_version", "start_id"),
        *("world_seed", "seed", "schema_version", "label_terms"),
    }
    assert {*OUTPUTS, *IDENTITY, *known_before} == set(row_of(a_step()))
    assert len(OUTPUTS) + len(IDENTITY) + len(known_before) == len(row_of(a_step()))


def test_every_field_of_a_label_judges_the_step_or_only_names_it() -> None:
    names = {"session_id", "step", "step_row_hash", "reason", "planner_version", "rom_sha256", "row_hash"}
    assert {field.name for field in dataclasses.fields(StepLabel)} == {*JUDGED, "expert_actions", *names}


def test_scrambling_changes_every_output(corpus: Corpus) -> None:
    _, reply = next(example for split in ("train", "validation") for example in corpus.examples(split))
    other = scrambled_reply(reply)
    assert all(other.first[column] != reply.first[column] for column in OUTPUTS)
    assert {name: other.first[name] for name in other.first if name not in OUTPUTS} == {
        name: reply.first[name] for name in reply.first if name not in OUTPUTS
    }

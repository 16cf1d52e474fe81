import dataclasses
from pathlib import Path
from typing import Any

import pytest

from collector.features import row_of
from collector.labels import StepLabel
from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.lint.rendering import RenderingRule
from dataset_script.lint.rule import Example
from dataset_script.lint.scrambled import IDENTITY, JUDGED, OUTPUTS, scrambled_reply
from tests.leaks import RENDERING
from tests.rated_runs import corpus_of, rated_session, settings_for, steps_of
from tests.records import a_session, a_step


def test_what_a_later_button_of_the_reply_saw_is_found_in_its_prompt(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2)
    first, second = steps_of(session)
    shared = {"reply_id": "r", "reply_length": 2}
    pair = (dataclasses.replace(first, **shared), dataclasses.replace(second, **shared, reply_index=1))
    rated_session(tmp_path / "runs", 1, total_steps=2, steps=pair)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
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

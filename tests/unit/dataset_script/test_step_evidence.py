import dataclasses
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.features import row_of
from collector.prompts import parse_reply
from collector.records import Branch, Start, Status, Timing
from collector.run_directory import SessionDirectory
from dataset_script.exports import dpo, grpo, kto
from dataset_script.exports.protocol import ExportRow, JudgedExport
from dataset_script.replies import Preference, RecordedReply, recorded_replies
from dataset_script.step_evidence import Standing, better_choice, count_verdicts, verdict_of
from scoring.annotations import append_annotation
from scoring.records import Annotation
from tests.rated_runs import (
    A_MISTAKE,
    a_label,
    a_rating,
    built,
    corpus_of,
    rated_session,
    settings_for,
    write_step_labels,
)
from tests.records import a_step

NO_WAY_ON = {"cost_to_go_after": None, "solvable_after": False}
GIVEN_UP = {"cost_to_go_after": None, "solvable_after": None}
UNSOLVABLE = {**NO_WAY_ON, "cost_to_go": None, "expert_actions": (), "reason": "nothing solves it from here"}


A_OVER_START = Preference("press_a", "press_start", "roll_outs")
START_OVER_A = Preference("press_start", "press_a", "roll_outs")


def a_reply(label: dict[str, Any] | None, **changes: Any) -> RecordedReply:
    row = row_of(a_step(step=3, **changes))
    [reply] = recorded_replies([row])
    return dataclasses.replace(reply, label=None if label is None else a_label(row, **label))


def marks(*steps: int, **changes: Any) -> Annotation:
    return a_rating("s", 9, wrong_steps=steps, **{"source": "human", "rater": "ann", **changes})


@pytest.mark.parametrize(
    ("label", "marked", "standing", "evidence", "lost"),
    [
        ({}, False, Standing.RIGHT, ("cost_to_go",), 0),
        (A_MISTAKE, False, Standing.WRONG, ("cost_to_go",), 2),
        (NO_WAY_ON, False, Standing.WRONG, ("cost_to_go",), None),
        (GIVEN_UP, False, Standing.UNKNOWN, (), None),
        (UNSOLVABLE, False, Standing.UNKNOWN, (), None),
        (None, False, Standing.UNKNOWN, (), None),
        ({}, True, Standing.DISPUTED, ("cost_to_go", "wrong_steps"), 0),
        (A_MISTAKE, True, Standing.WRONG, ("cost_to_go", "wrong_steps"), 2),
        (GIVEN_UP, True, Standing.WRONG, ("wrong_steps",), None),
        (None, True, Standing.WRONG, ("wrong_steps",), None),
    ],
)
def test_what_is_known_of_a_step(
    label: dict[str, Any] | None, marked: bool, standing: Standing, evidence: tuple[str, ...], lost: int | None
) -> None:
    verdict = verdict_of(a_reply(label), [marks(3)] if marked else [marks(2)])
    assert (verdict.standing, verdict.evidence, verdict.steps_lost) == (standing, evidence, lost)


def test_a_mark_that_its_rater_replaced_counts_no_more() -> None:
    first = marks(3)
    second = dataclasses.replace(marks(), annotation_id="later", supersedes=first.annotation_id)
    assert verdict_of(a_reply(None), [first, second]).standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("label", "better", "standing", "evidence"),
    [
        (None, (A_OVER_START,), Standing.WRONG, ("roll_outs",)),
        (None, (A_OVER_START, A_OVER_START._replace(evidence="pairwise")), Standing.WRONG, ("pairwise", "roll_outs")),
        (A_MISTAKE, (A_OVER_START,), Standing.WRONG, ("cost_to_go", "roll_outs")),
        ({}, (A_OVER_START,), Standing.DISPUTED, ("cost_to_go", "roll_outs")),
        (None, (START_OVER_A,), Standing.UNKNOWN, ()),
        (None, (A_OVER_START, START_OVER_A), Standing.UNKNOWN, ()),
        (None, (A_OVER_START, START_OVER_A._replace(evidence="pairwise")), Standing.UNKNOWN, ()),
        (None, (Preference("press_a", "press_b", "roll_outs"),), Standing.UNKNOWN, ()),
    ],
)
def test_preferences_say_which_action_is_worse(
    label: dict[str, Any] | None, better: tuple[Preference, ...], standing: Standing, evidence: tuple[str, ...]
) -> None:
    """The step pressed START."""
    verdict = verdict_of(dataclasses.replace(a_reply(label), better=better), [])
    assert (verdict.standing, verdict.evidence) == (standing, evidence)


@pytest.mark.parametrize(("terminated", "standing"), [(False, Standing.WRONG), (True, Standing.RIGHT)])
def test_who_calls_a_task_done_that_is_not_gives_it_up(terminated: bool, standing: Standing) -> None:
    reply = a_reply({}, done=True, report="99 potions", terminated=terminated)
    assert verdict_of(reply, []).standing is standing


def test_a_button_that_nothing_set_above_the_taken_one_is_never_chosen() -> None:
    """A rater marks START; roll-outs say only that it beats A, and that A beats B."""
    pairs = (START_OVER_A, Preference("press_a", "press_b", "roll_outs"))
    reply = dataclasses.replace(a_reply(None), better=pairs)
    assert verdict_of(reply, [marks(3)]).standing is Standing.WRONG
    assert better_choice(reply) is None


def rows_of(export: JudgedExport, runs: Path, *overrides: str) -> list[ExportRow]:
    corpus = corpus_of(settings_for(runs, runs.parent / "out", *overrides))
    return [row for split in ("train", "validation", "test") for row in export.rows(corpus, split)]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A session of four steps with a bad score: the second a mistake, the third without an expert's answer."""
    rated_session(tmp_path / "runs", 1, score=1, policy="random")
    write_step_labels(tmp_path / "runs", {2: A_MISTAKE, 3: UNSOLVABLE})
    return tmp_path / "runs"


def answer(message: list[dict[str, Any]]) -> dict[str, Any]:
    reply = parse_reply(message[0]["content"][0]["text"])
    return {name: getattr(reply, name) for name in ("actions", "analysis", "reasoning", "expected_outcome", "done")}


def test_a_pair_differs_in_the_choice_alone(runs: Path) -> None:
    [row] = rows_of(dpo.EXPORT, runs)
    assert (row["step"], row["evidence"], row["steps_lost"]) == (2, "cost_to_go", 2)
    assert (row["chosen_action"], row["rejected_action"]) == ("press_select", "press_down")
    chosen, rejected = answer(row["chosen"]), answer(row["rejected"])
    assert (chosen.pop("actions"), rejected.pop("actions")) == (("press_select",), ("press_down",))
    assert (
        chosen
        == rejected
        == {
            "analysis": "The expert sees step 2.",
            "reasoning": "",
            "expected_outcome": "",
            "done": False,
        }
    )


def test_steps_are_labelled_right_and_wrong_whatever_the_score(runs: Path) -> None:
    assert [(row["step"], row["label"]) for row in rows_of(kto.EXPORT, runs)] == [(1, True), (2, False), (4, True)]


def test_an_action_that_the_expert_would_take_is_never_rejected(runs: Path) -> None:
    write_step_labels(runs, {2: {"cost_to_go_after": 3}})
    assert rows_of(dpo.EXPORT, runs) == []


def test_a_mark_alone_makes_a_label_and_no_pair(runs: Path) -> None:
    [directory] = runs.iterdir()
    (directory / "labels.arrow").unlink()
    session_id = directory.name.removeprefix("session_")
    append_annotation(directory / "annotations.jsonl", dataclasses.replace(marks(4), session_id=session_id))
    assert [(row["step"], row["label"], row["evidence"]) for row in rows_of(kto.EXPORT, runs)] == [
        (4, False, "wrong_steps")
    ]
    assert rows_of(dpo.EXPORT, runs) == []


def test_a_reward_sees_what_the_expert_would_do(runs: Path) -> None:
    rows = rows_of(grpo.EXPORT, runs)
    assert [row["expert_actions"] for row in rows] == [
        ["press_start", "press_r"],
        ["press_select"],
        [],
        ["press_up", "press_r"],
    ]
    assert [(row["cost_to_go"], row["expert_done"]) for row in rows] == [
        (2, False),
        (2, False),
        (None, None),
        (2, False),
    ]


def test_verdicts_are_counted_by_evidence(tmp_path: Path) -> None:
    for number in range(1, 13):
        rated_session(tmp_path / "runs", number, score=1)
    write_step_labels(tmp_path / "runs", {2: A_MISTAKE, 3: UNSOLVABLE})
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    sessions = sum(placed.split != "test" for placed in corpus.sessions)
    assert count_verdicts(corpus) == {
        "right by cost_to_go": 2 * sessions,
        "unknown": sessions,
        "wrong by cost_to_go": sessions,
    }


def test_a_judged_step_that_another_split_holds_is_taken_out(tmp_path: Path) -> None:
    """Sessions of different worlds show the same screen once: the row of train goes."""
    for number in range(1, 13):
        rated_session(
            tmp_path / "runs", number, score=1, steps=(a_step(session_id=f"20260102_0304{number:02d}_s{number}"),)
        )
    write_step_labels(tmp_path / "runs", {})
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    assert list(kto.EXPORT.rows(corpus, "train")) == []
    assert len(list(kto.EXPORT.rows(corpus, "validation"))) == 1


@pytest.mark.parametrize("roll_outs", [3, 4])
def test_a_pair_comes_of_roll_outs_where_there_are_enough(tmp_path: Path, roll_outs: int) -> None:
    """From the same state SELECT reaches the goal every time, and the button that was pressed never does."""
    runs = tmp_path / "runs"
    parent = rated_session(runs, 1, score=1)
    for action, done, first in (("press_select", True, 10), ("press_down", False, 30)):
        for number in range(first, first + roll_outs):
            step = a_step(session_id=f"20260102_0304{number:02d}_s{number}", action=action, reply_id=f"{number}/1")
            played = rated_session(
                tmp_path / "branches",
                number,
                score=1,
                steps=(step,),
                status=str(Status.COMPLETED if done else Status.TRUNCATED),
                task_completed=done,
                seed=number,
                world_seed=1,
                start_id="w0001",
            )
            branch = Branch(session_id=parent.session_id, step=2, way=("press_start",), frame_hash="", memory_hash="")
            directory = SessionDirectory(tmp_path / "branches" / f"session_{played.session_id}")
            directory.write_start(Start(start_id="w0001", world_seed=1), Timing(), branch)
            directory.config.write_text("agent:\n  kind: random\n")
    built(runs, tmp_path / "out", "export=[dpo,sessions]", f"branches={tmp_path / 'branches'}")
    found = [row for path in (tmp_path / "out").glob("dpo/*.parquet") for row in pq.read_table(path).to_pylist()]
    pairs = [(row["step"], row["evidence"], row["chosen_action"], row["rejected_action"]) for row in found]
    assert pairs == ([(2, "roll_outs", "press_select", "press_down")] if roll_outs == 4 else [])

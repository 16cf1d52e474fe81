import dataclasses
from pathlib import Path
from typing import Any, Final

import pytest

from collector.records import Step
from dataset_script.corpus import PlacedSession
from dataset_script.overlaps import find_overlaps
from dataset_script.replies import Target
from dataset_script.splits import Split
from tests.rated_runs import corpus_of, rated_session, settings_for, write_runs
from tests.records import a_step

SHARED: dict[str, dict[str, Any]] = {
    "pixels": {"frame_hash": "f", "instruction": "other", "state": '{"x": 9}'},
    "pixels and instruction": {"frame_hash": "f", "state": '{"x": 9}'},
    "state and action": {"frame_hash": "g", "instruction": "other", "action": "press_b"},
    "state and action in another world": {
        "frame_hash": "g",
        "instruction": "other",
        "action": "press_b",
        "state": '{"palette": 4, "x": 1, "variant": 2, "world_seed": 8}',
    },
    "state and action, but another report": {
        "frame_hash": "g",
        "instruction": "other",
        "action": "press_b",
        "report": "2 potions",
    },
    "nothing": {"frame_hash": "g", "instruction": "other"},
    "an empty state": {"frame_hash": "g", "instruction": "other", "state": "{}", "action": "press_b"},
}

PROMPT: Final = settings_for(Path("runs"), Path("out")).prompt


def placed(tmp_path: Path, number: int, split: Split, step: Step) -> PlacedSession:
    """A session of one step in a split of our choice."""
    runs = tmp_path / str(number)
    rated_session(runs, number, total_steps=1, steps=(step,))
    [found] = corpus_of(settings_for(runs, tmp_path / "out")).sessions
    return PlacedSession(
        session=found.session,
        split=split,
        score=9.0,
        score_source=found.score_source,
        ended=True,
        trained_on=True,
        target=Target.TAKEN,
    )


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        ("pixels", {"pixels": 1, "pixels and instruction": 0, "state and action": 0}),
        ("pixels and instruction", {"pixels": 1, "pixels and instruction": 1, "state and action": 0}),
        ("state and action", {"pixels": 0, "pixels and instruction": 0, "state and action": 1}),
        ("state and action in another world", {"pixels": 0, "pixels and instruction": 0, "state and action": 1}),
        ("state and action, but another report", {"pixels": 0, "pixels and instruction": 0, "state and action": 0}),
        ("nothing", {"pixels": 0, "pixels and instruction": 0, "state and action": 0}),
        ("an empty state", {"pixels": 0, "pixels and instruction": 0, "state and action": 0}),
    ],
)
@pytest.mark.parametrize("other", [Split.VALIDATION, Split.TEST])
def test_each_kind_is_counted_and_the_train_row_dropped(
    tmp_path: Path, shared: str, expected: dict[str, int], other: Split
) -> None:
    base = {"frame_hash": "f", "state": '{"world_seed": 7, "x": 1}', "action": "press_b"}
    if shared == "an empty state":
        base["state"] = "{}"
    theirs = placed(tmp_path, 1, other, a_step(session_id="20260102_030401_s1", **base))
    own = {**base, "action": "press_a", **SHARED[shared]}
    ours = placed(tmp_path, 2, Split.TRAIN, a_step(session_id="20260102_030402_s2", **own))
    overlaps = find_overlaps([theirs, ours], PROMPT)
    assert overlaps.counts == expected
    assert (overlaps.examined, overlaps.repeated) == (1, {})
    dropped = {("20260102_030402_s2", 1)} if any(expected.values()) else set()
    assert overlaps.dropped == dropped


@pytest.mark.parametrize(
    ("changes", "repeated"),
    [
        ({}, 1),
        ({"timestamp": "2027-01-01T00:00:00.000Z", "memory_context": "Other facts."}, 1),
        ({"frame_hash": "g"}, 0),
        ({"instruction": "Do it"}, 0),
        ({"step_budget": 99}, 0),
        ({"previous_actions": ("press_l",)}, 0),
        ({"reasoning": "Why not."}, 0),
        ({"action": "press_b"}, 0),
    ],
)
@pytest.mark.parametrize("split", Split)
def test_of_equal_rows_within_a_split_the_first_stays(
    tmp_path: Path, changes: dict[str, Any], repeated: int, split: Split
) -> None:
    base: dict[str, Any] = {"frame_hash": "f", "action": "press_a"}
    first = placed(tmp_path, 1, split, a_step(session_id="20260102_030401_s1", **base))
    again = placed(tmp_path, 2, split, a_step(session_id="20260102_030402_s2", **base | changes))
    overlaps = find_overlaps([first, again], PROMPT)
    assert overlaps.repeated == ({split: 1} if repeated else {})
    assert overlaps.shared == 0
    assert overlaps.dropped == ({("20260102_030402_s2", 1)} if repeated else set())


def test_equal_rows_in_sessions_not_trained_on_take_nothing_away(tmp_path: Path) -> None:
    first = placed(tmp_path, 1, Split.TRAIN, a_step(session_id="20260102_030401_s1"))
    again = placed(tmp_path, 2, Split.TRAIN, a_step(session_id="20260102_030402_s2"))
    assert not find_overlaps([first, dataclasses.replace(again, trained_on=False)], PROMPT).dropped


def test_dropped_rows_are_missing_from_train_alone(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    full = [(placed.session.record.session_id, reply.first["step"]) for placed, reply in corpus.examples("train")]
    less = dataclasses.replace(corpus, dropped=frozenset(full[:2]))
    assert [(p.session.record.session_id, r.first["step"]) for p, r in less.examples("train")] == full[2:]

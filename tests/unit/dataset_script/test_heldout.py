"""What the card says heldout has in common with train."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

import pytest

from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.heldout import HeldoutFigures, heldout_figures
from dataset_script.splits import Split
from tests.rated_runs import corpus_of, rated_session, settings_for
from tests.records import a_step

TRAINED: Final = {"action": "press_a", "reasoning": "The row is right.", "frame_hash": "f"}


def two_steps(number: int, level: int, **changes: Any) -> tuple[Any, ...]:
    """A first step of our choice in a state that the second one changes in x alone."""
    session_id = f"20260102_0304{number:02d}_s{number}"
    states = [f'{{"world_seed": {number}, "level": {level}, "x": {x}}}' for x in (1, 2)]
    last = {"reasoning": f"Only {number} says so.", "frame_hash": f"last{number}", "action": f"press_{'xlr'[number]}"}
    return (
        a_step(**{"session_id": session_id, "step": 1, "state": states[0], **TRAINED, **changes}),
        a_step(session_id=session_id, step=2, state=states[1], **last),
    )


def corpus(tmp_path: Path, world: int, task_id: str = "go", **changes: Any) -> Corpus:
    """A session in train and one in test, two steps each, in worlds 1 and `world`."""
    runs = tmp_path / "runs"
    rated_session(runs, 1, task_id="go", total_steps=2, steps=two_steps(1, level=5))
    steps = two_steps(2, level=9, **changes)
    rated_session(runs, 2, task_id=task_id, total_steps=2, steps=steps, world_seed=world)
    found = corpus_of(settings_for(runs, tmp_path / "out"))
    train, test = found.sessions
    sessions: tuple[PlacedSession, ...] = (
        dataclasses.replace(train, split=Split.TRAIN),
        dataclasses.replace(test, split=Split.TEST),
    )
    return dataclasses.replace(found, sessions=sessions, dropped=frozenset())


@pytest.mark.parametrize(
    ("world", "changes", "expected"),
    [
        (2, {}, (0, 1, 1)),
        (1, {}, (2, 1, 1)),
        (2, {"reasoning": "The other row is right."}, (0, 1, 0)),
        (2, {"action": "press_b"}, (0, 0, 0)),
        (2, {"report": "2 potions"}, (0, 0, 0)),
        (2, {"done": True}, (0, 0, 0)),
        (2, {"task_id": "stay"}, (0, 0, 1)),
        (2, {"state": '{"world_seed": 2, "level": 9, "x": 7}'}, (0, 0, 1)),
        (2, {"state": "{}"}, (0, 0, 1)),
    ],
)
def test_each_likeness_is_counted(
    tmp_path: Path, world: int, changes: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    start, situation, completion = expected
    assert heldout_figures(corpus(tmp_path, world, **changes)) == HeldoutFigures(
        examples=2, same_start=start, same_situation=situation, same_completion=completion
    )


def test_what_train_does_not_keep_is_not_compared(tmp_path: Path) -> None:
    found = corpus(tmp_path, 2)
    found = dataclasses.replace(found, dropped=frozenset({("20260102_030401_s1", 1)}))
    assert heldout_figures(found).same_completion == 0

"""Two sessions part where both stood on one screen and pressed different buttons, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest

from collector.run_directory import SessionDirectory
from scoring.rating.forks import fork_of
from tests.records import a_session, a_step, write_session


def a_walk(runs: Path, number: int, *actions: str | None, **changed: dict[int, Any]) -> SessionDirectory:
    """A session that pressed these buttons; `changed` gives columns by step another value."""
    session = a_session(session_id=f"20260102_0304{number:02}_s", total_steps=len(actions))
    steps = []
    for step, action in enumerate(actions, 1):
        fields = {"step": step, "parent_step": step - 1, "action": action, "frame_hash": f"{step}", "memory_hash": ""}
        fields |= {name: by_step[step] for name, by_step in changed.items() if step in by_step}
        steps.append(a_step(session_id=session.session_id, **fields))
    return write_session(runs, session, tuple(steps))


@pytest.mark.parametrize(
    ("actions", "changed", "fork"),
    [
        (("press_a", "press_up", "press_b"), {}, 2),
        (("press_b",), {}, 1),
        (("press_a", "press_down", "wait"), {}, 3),
        (("press_a", "press_down", "press_b"), {}, None),
        (("press_a", "press_down"), {}, None),
        (("press_a", None, "press_b"), {}, None),
        (("press_a", "press_up"), {"frame_hash": {2: "other"}}, None),
        (("press_a", "press_up"), {"memory_hash": {2: "other"}}, None),
        (("press_a", "press_up"), {"frame_hash": {1: "other"}}, None),
        (("press_a", "press_up"), {"instruction": {1: "other", 2: "other"}}, None),
        (("press_a", "press_up"), {"parent_step": {2: 0}}, None),
        (("press_a", "press_up"), {"reply_index": {2: 1}}, None),
    ],
)
def test_the_fork_is_the_last_screen_that_both_stood_on(
    tmp_path: Path, actions: tuple[str | None, ...], changed: dict[str, Any], fork: int | None
) -> None:
    one = a_walk(tmp_path, 1, "press_a", "press_down", "press_b")
    other = a_walk(tmp_path, 2, *actions, **changed)
    assert fork_of(one, other) == fork_of(other, one) == fork


def test_no_player_is_asked_in_the_middle_of_a_reply(tmp_path: Path) -> None:
    """Both replies named several buttons and part at the second: neither was asked there."""
    sides = [a_walk(tmp_path, n, "press_a", action, reply_index={2: 1}) for n, action in ((1, "press_b"), (2, "wait"))]
    assert fork_of(*sides) is None

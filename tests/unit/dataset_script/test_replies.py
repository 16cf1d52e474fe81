from typing import Any

import pytest

from collector.features import row_of
from dataset_script.replies import live_path, recorded_replies
from tests.records import a_step


def row(step: int, **changes: Any) -> dict[str, Any]:
    return row_of(a_step(step=step, **changes))


def screens(reply_rows: list[dict[str, Any]]) -> list[bytes]:
    return [one["screenshot"]["bytes"] for one in reply_rows]


def test_the_buttons_of_a_reply_are_one_example_in_order() -> None:
    shared = {"reply_id": "r1", "reply_length": 2}
    rows = [
        row(1, **shared, reply_index=0, action="press_up", action_effect=False),
        row(2, **shared, reply_index=1, action="press_a", action_effect=True, done=True, report="3 jars"),
        row(3, reply_id="r2", action="wait", action_effect=None),
    ]
    first, second = recorded_replies(rows)
    assert first.actions == ("press_up", "press_a")
    assert first.action_text == "press_up, press_a"
    assert (first.answer.done, first.answer.report, first.action_effect) == (True, "3 jars", True)
    assert first.screens(5) == screens(rows[:1])
    assert (second.action_text, second.action_effect) == ("wait", None)
    assert second.screens(3) == screens(rows)


@pytest.mark.parametrize(("terminated", "said"), [(False, (False, None)), (True, (True, "3 jars"))])
def test_done_and_report_go_with_the_last_button_unless_the_goal_came_before_it(
    terminated: bool, said: tuple[bool, str | None]
) -> None:
    """Of three buttons two were pressed."""
    shared = {"reply_id": "r1", "reply_length": 3, "done": True, "report": "3 jars"}
    rows = [row(1, **shared, reply_index=0), row(2, **shared, reply_index=1, terminated=terminated)]
    [reply] = recorded_replies(rows)
    assert (reply.taken.done, reply.taken.report) == said


def test_history_is_the_newest_screens_with_the_current_one_last() -> None:
    rows = [row(number) for number in (1, 2, 3, 4)]
    reply = list(recorded_replies(rows))[-1]
    assert reply.screens(1) == screens(rows[3:])
    assert reply.screens(2) == screens(rows[2:])
    assert reply.screens(9) == screens(rows)


def test_failed_replies_are_no_examples_and_add_no_screen() -> None:
    rows = [row(1), row(2, action=None, error="no JSON"), row(3)]
    replies = list(recorded_replies(rows))
    assert [reply.first["step"] for reply in replies] == [1, 3]
    assert replies[1].screens(9) == [rows[0]["screenshot"]["bytes"], rows[2]["screenshot"]["bytes"]]


def test_undone_steps_are_not_on_the_live_path() -> None:
    rows = [row(1), row(2), row(3), row(4, parent_step=1), row(5)]
    assert [one["step"] for one in live_path(rows)] == [1, 4, 5]
    assert [reply.first["step"] for reply in recorded_replies(rows)] == [1, 4, 5]


def test_a_session_without_steps_has_no_replies() -> None:
    assert list(recorded_replies([])) == []

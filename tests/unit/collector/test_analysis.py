from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from collector.analysis import STUCK_AFTER, write_error_analysis
from collector.records import Status, Step
from collector.repair.mending import Outcome, mend
from collector.run_directory import SessionDirectory
from collector.views import Ratings, rebuild_views
from tests.records import a_session, a_step, write_session


def a_directory(tmp_path: Path, *steps: Step, **changes: Any) -> SessionDirectory:
    return write_session(tmp_path, a_session(**{"total_steps": len(steps)} | changes), steps)


def errors_of(directory: SessionDirectory, **changes: Any) -> list[tuple[int, str, str, str]]:
    write_error_analysis(directory, a_session(**changes))
    errors = json.loads(directory.error_analysis.read_text())["errors"]
    return [(error["step"], error["kind"], error["cause"], error["done"]) for error in errors]


def still(number: int, **changes: Any) -> Step:
    return a_step(**{"step": number, "frame_hash": "same", "memory_hash": "same"} | changes)


def test_where_nothing_went_wrong_there_is_no_analysis(tmp_path: Path) -> None:
    directory = a_directory(tmp_path, a_step(step=1), a_step(step=2, action="wait", action_effect=None))
    directory.add_event("soft_limit", step=2, max_steps=2)
    directory.add_event("wait", step=1, cause="requests_per_minute", wait_s=3.0)
    assert write_error_analysis(directory, a_session()) is False
    assert not directory.error_analysis.parent.exists()


def test_events_of_calls_are_told_with_cause_and_what_was_done(tmp_path: Path) -> None:
    directory = a_directory(tmp_path, a_step(step=1), a_step(step=2))
    directory.add_event("call_failed", step=2, cause="blocked", attempt=1, detail="the answer was kept back")
    directory.add_event("retry", step=1, cause="rate_limited", attempt=1, wait_s=2.5, detail="429")
    directory.add_event("invalid_reply", step=1, cause="no JSON object")
    directory.add_event("reply_repaired", step=1, cause="no JSON object")
    directory.add_event("invalid_reply", step=2, cause="no button")
    directory.add_event("invalid_reply", step=2, cause="no button again")
    directory.add_event("call_failed", step=2, cause="timeout", attempt=6)
    directory.add_event("call_failed", step=2, cause="refused", attempt=1)
    with directory.events.open("a") as out:
        out.write('{"event": "retry", "st\n[]\n')
    given_up = "given up: the step has no action, or the session ended"
    assert errors_of(directory) == [
        (1, "retry", "rate_limited", "asked again after 2.5 s"),
        (1, "invalid_reply", "no JSON object", "asked once more"),
        (1, "reply_repaired", "no JSON object", "the second answer could be used"),
        (2, "safety_block", "blocked: the answer was kept back", given_up),
        (2, "invalid_reply", "no button", "asked once more"),
        (2, "invalid_reply", "no button again", "given up: the row has no action"),
        (2, "timeout", "timeout", given_up),
        (2, "refusal", "refused", given_up),
    ]


def test_rows_tell_of_failed_replies_presses_without_effect_and_the_end(tmp_path: Path) -> None:
    directory = a_directory(
        tmp_path,
        a_step(step=1, action="press_b", action_effect=False),
        a_step(step=2, action=None, action_effect=None, error="action 'jump' is not one"),
        a_step(step=3),
    )
    assert errors_of(directory, error="EmulatorError: hung") == [
        (
            1,
            "no_effect_press",
            "press_b changed neither the picture nor the game's memory",
            "kept with action_effect false",
        ),
        (
            2,
            "failed_reply",
            "action 'jump' is not one",
            "kept as a row without an action: it costs a step and is never trained on",
        ),
        (4, "session_failed", "EmulatorError: hung", "the session ended; its steps are kept"),
    ]


def test_the_same_state_often_enough_is_a_loop_told_once(tmp_path: Path) -> None:
    steps = [still(number) for number in range(1, STUCK_AFTER + 2)]
    directory = a_directory(tmp_path, *steps, still(6, memory_hash="other"))
    cause = "the same picture and memory 5 times, at the steps 1, 2, 3, 4, 5"
    assert errors_of(directory) == [(STUCK_AFTER, "stuck_loop", cause, "nothing: the session went on")]


def test_steps_that_were_taken_back_are_no_loop(tmp_path: Path) -> None:
    steps = [still(number, parent_step=0) for number in range(1, STUCK_AFTER + 1)]
    directory = a_directory(tmp_path, *steps)
    for number in range(1, STUCK_AFTER):
        directory.add_event("undo", step=number, back_to=0)
    assert write_error_analysis(directory, a_session()) is False


def test_it_is_a_view_made_again_from_shard_and_events(tmp_path: Path) -> None:
    directory = a_directory(tmp_path, a_step(step=1, action_effect=False))
    rebuild_views(directory, Ratings())
    content = directory.error_analysis.read_bytes()
    assert json.loads(content)["counts"] == {"no_effect_press": 1}
    directory.error_analysis.write_text("{}")
    assert mend(directory).notes == ("wrote error_analysis.json",)
    assert directory.error_analysis.read_bytes() == content
    assert mend(directory).outcome is Outcome.SOUND


def test_an_analysis_that_says_nothing_any_more_goes(tmp_path: Path) -> None:
    directory = a_directory(tmp_path, a_step(step=1), status=str(Status.COMPLETED))
    directory.error_analysis.parent.mkdir()
    directory.error_analysis.write_text("{}")
    assert write_error_analysis(directory, a_session()) is True
    assert not directory.error_analysis.exists()

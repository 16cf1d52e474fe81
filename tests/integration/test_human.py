"""A person plays `python -m collector agent=human` in a pseudo-terminal."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from collector.records import Session
from collector.run_directory import SessionDirectory, recorded_sessions
from collector.shards import read_rows
from dataset_script.replies import recorded_replies
from tests.person import Person
from tests.playing import environment, run_collector
from tests.warm_python import run_module

RIGHT = "\x1b[C"


def the_session(folder: Path) -> tuple[SessionDirectory, Session, list[dict[str, Any]]]:
    [(directory, session)] = recorded_sessions(folder / "runs")
    return directory, session, list(read_rows(directory.shard))


def test_presses_an_undo_a_reason_and_a_report_become_a_demonstration(tmp_path: Path) -> None:
    with Person(tmp_path, "task=open_close_menu") as person:
        person.sees("Step 1 of")
        person.types("\r")
        person.sees("Pressed: start")
        person.types("u")
        person.sees("Pressed: nothing yet")
        person.types(RIGHT)
        person.sees("Step 3 of")
        person.types("t")
        person.sees("Why this press?")
        person.types("the menü\x7fu opens with Start\r")
        person.sees("Reason: the menu opens with Start")
        person.types("\r")
        person.sees("Step 4 of")
        person.types("d")
        person.sees("Report")
        person.types("the menu is open\r")
        code, out, err = person.waits_for_the_end()
    assert (code, err) == (0, "")
    assert "gave_up after 4 of" in out
    directory, session, rows = the_session(tmp_path)
    assert [(row["action"], row["parent_step"]) for row in rows] == [
        ("press_start", 0),
        ("press_right", 0),
        ("press_start", 2),
        ("wait", 3),
    ]
    assert [row["previous_actions"] for row in rows] == [[], [], ["press_right"], ["press_right", "press_start"]]
    assert rows[1]["frame_hash"] == rows[0]["frame_hash"] != rows[0]["frame_hash_after"]
    assert (rows[1]["frame"], rows[1]["state"]) == (rows[0]["frame"], rows[0]["state"])
    assert [row["reasoning"] for row in rows] == ["", "", "the menu opens with Start", ""]
    assert {(row["agent"], row["policy"], row["model_used"], row["label_terms"]) for row in rows} == {
        ("human", "human", "human", "none")
    }
    assert (rows[-1]["done"], rows[-1]["report"], session.final_result.task_outcome) == (
        True,
        "the menu is open",
        "the menu is open",
    )
    events = [json.loads(line) for line in directory.events.read_text().splitlines()]
    assert [(event["event"], event["step"], event["back_to"]) for event in events if event["event"] == "undo"] == [
        ("undo", 1, 0)
    ]
    assert [reply.action_text for reply in recorded_replies(rows)] == ["press_right", "press_start", "wait"]
    verified = run_module("collector.verify", "runs", folder=tmp_path, env=environment())
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "4 steps, 1 session" in verified.stdout
    assert verified.stdout.endswith("re-played: all hold\n")


def test_the_terminal_is_given_back_and_the_steps_stay_when_the_person_stops(tmp_path: Path) -> None:
    with Person(tmp_path, "task=open_close_menu") as person:
        person.sees("Step 1 of")
        assert person.settings_now != person.before
        person.types("a")
        person.sees("Step 2 of")
        person.types("q")
        code, out, err = person.waits_for_the_end()
        assert person.settings_now == person.before
        assert person.shown.endswith("\x1b[?25h\x1b[?1049l")
    assert (code, err) == (130, "error: interrupted\n")
    assert "interrupted after 1 of" in out
    _, session, rows = the_session(tmp_path)
    assert (session.status, session.total_steps, session.error) == ("interrupted", 1, None)
    assert [row["action"] for row in rows] == ["press_a"]


@pytest.mark.parametrize("ending", ["ctrl-c", "sigterm", "sigint", "hang up"])
def test_every_way_to_stop_ends_in_order(tmp_path: Path, ending: str) -> None:
    with Person(tmp_path, "task=open_close_menu") as person:
        person.sees("Step 1 of")
        person.types("a")
        person.sees("Step 2 of")
        if ending == "ctrl-c":
            person.types("\x03")
        elif ending == "hang up":
            person.hang_up()
            person.process.wait(timeout=30)
        else:
            person.process.send_signal(signal.SIGTERM if ending == "sigterm" else signal.SIGINT)
        code = person.process.wait(timeout=30) if ending == "hang up" else person.waits_for_the_end()[0]
    assert code == 130
    _, session, rows = the_session(tmp_path)
    assert (session.status, session.total_steps, len(rows)) == ("interrupted", 1, 1)


def test_without_a_terminal_nothing_is_made(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "agent=human", "task=open_close_menu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "agent=human reads keys from a terminal, and standard input is none" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_person_does_not_play_two_sessions_at_once(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "agent=human", "taskset=smoke", "workers=2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: workers=2 with agent=human: one person plays one session at a time\n"
    assert list(tmp_path.iterdir()) == []


def test_a_batch_goes_on_to_the_next_task(tmp_path: Path) -> None:
    with Person(tmp_path, "taskset=smoke", "max_sessions=2") as person:
        for _ in range(2):
            person.sees("Step 1 of")
            person.types("d")
            person.sees("Report")
            person.types("\r")
        code, out, err = person.waits_for_the_end()
    assert (code, err) == (0, "")
    assert "2 of 2 sessions over 2 tasks, 2 steps" in out
    assert [session.status for _, session in recorded_sessions(tmp_path / "runs")] == ["gave_up", "gave_up"]

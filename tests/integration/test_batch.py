"""Batches under kills, interrupts and resumes: every entry is played once, whatever happened in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from collector.batch.run import FINISHED
from collector.records import Session
from collector.run_directory import recorded_sessions
from collector.shards import check_shard
from tests.playing import collector_command, run_collector

TASKS = "taskset=train"
ENTRIES = 9


def words(runs: Path, *arguments: str) -> list[str]:
    return [TASKS, f"max_sessions={ENTRIES}", f"runs={runs}", *arguments]


def command(runs: Path, *arguments: str) -> list[str]:
    return collector_command(*words(runs, *arguments))


def run(runs: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = run_collector(runs.parent, *words(runs, *arguments))
    assert done.returncode == code, done.stderr
    return done


def sessions(runs: Path) -> list[Session]:
    return [session for _, session in recorded_sessions(runs)]


def report(runs: Path) -> dict[str, Any]:
    [*_, newest] = sorted(runs.glob("batch_training_*"))
    loaded: dict[str, Any] = json.loads((newest / "summary_report.json").read_text())
    return loaded


def finished_by_key(runs: Path) -> dict[str, Session]:
    finished = [session for session in sessions(runs) if session.status in FINISHED]
    by_key = {session.plan_key or "": session for session in finished}
    assert len(by_key) == len(finished), "an entry was played twice"
    return by_key


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Session]:
    runs = tmp_path_factory.mktemp("undisturbed")
    run(runs)
    return finished_by_key(runs)


def wait_for_sessions(runs: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(runs.glob("session_*/steps.arrow"))) < count:
        assert time.monotonic() < deadline, "the batch does not get going"
        time.sleep(0.02)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_batch_resumes_with_only_what_is_missing(
    tmp_path: Path, workers: int, undisturbed: dict[str, Session]
) -> None:
    for count in (2, 5):
        with subprocess.Popen(
            command(tmp_path, f"workers={workers}", "resume=true"), stderr=subprocess.DEVNULL
        ) as batch:
            wait_for_sessions(tmp_path, count)
            batch.send_signal(signal.SIGKILL)
    before = {key: session.session_id for key, session in finished_by_key(tmp_path).items()}
    run(tmp_path, f"workers={workers}", "resume=true")
    after = finished_by_key(tmp_path)
    assert after.keys() == undisturbed.keys()
    assert {key: after[key].session_id for key in before} == before, "what was finished is left alone"
    for key, session in after.items():
        assert session.total_steps == undisturbed[key].total_steps <= session.max_steps
    shards = {directory.session_id: check_shard(directory.shard).rows for directory, _ in recorded_sessions(tmp_path)}
    assert all(shards[session.session_id] == session.total_steps for session in sessions(tmp_path))


def test_workers_play_the_same_as_one(tmp_path: Path, undisturbed: dict[str, Session]) -> None:
    run(tmp_path, "workers=3", "budget.max_steps=5")
    limited = finished_by_key(tmp_path)
    needed = sorted((session.task_id, session.start_id, session.total_steps) for session in undisturbed.values())
    taken = sorted((session.task_id, session.start_id, session.total_steps) for session in limited.values())
    assert taken == [(task, start, min(5, steps)) for task, start, steps in needed]


def test_resuming_what_is_complete_plays_nothing(tmp_path: Path) -> None:
    run(tmp_path)
    count = len(sessions(tmp_path))
    said = run(tmp_path, "resume=true").stdout
    assert len(sessions(tmp_path)) == count == ENTRIES
    assert f"({ENTRIES} of them before)" in said
    assert report(tmp_path)["recorded_sessions"] == 0


def test_equal_entries_are_told_apart(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.yaml"
    tasks.write_text("tasks:\n  - {task: open_close_menu, repeat: 2}\n")
    run(tmp_path / "runs", f"task_file={tasks}", "~taskset", "max_sessions=2")
    [first, second] = sessions(tmp_path / "runs")
    assert first.plan_key != second.plan_key


def test_the_goal_stops_the_batch(tmp_path: Path) -> None:
    said = run(tmp_path, "goal.rows=20").stdout
    rows = sum(session.total_steps for session in sessions(tmp_path))
    assert len(sessions(tmp_path)) < ENTRIES
    assert "rows kept" in said
    assert rows - sessions(tmp_path)[-1].total_steps < 20 <= rows


def test_a_goal_out_of_reach_is_said(tmp_path: Path) -> None:
    assert "raise max_sessions" in run(tmp_path, "goal.rows=100000", "max_sessions=2").stderr


def test_an_entry_that_cannot_begin_does_not_stop_the_others(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.yaml"
    tasks.write_text(
        "tasks:\n"
        "  - {task_id: odd, instruction: x, goal: x, task_type: menu, max_steps: 3, starts: [{world_seed: 1}],\n"
        "     success: {field: no_such_field, op: eq, value: 1}}\n"
        "  - open_close_menu\n"
    )
    done = run(tmp_path / "runs", f"task_file={tasks}", "~taskset", "max_sessions=2", code=1)
    assert "no_such_field" in done.stderr
    assert [session.task_id for session in sessions(tmp_path / "runs")] == ["open_close_menu"]
    assert len(report(tmp_path / "runs")["could_not_begin"]) == 1


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


LONG = ("agent=random", "budget.max_steps=100000", "taskset.tasks=[heal_and_save]", "max_sessions=2", "workers=2")


def locked_sessions(runs: Path) -> int:
    return sum(session.status == "running" and session.session_id != "" for session in sessions(runs))


def wait_for_running(runs: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(runs.glob("session_*/session_metadata.json"))) < count or locked_sessions(runs) < count:
        assert time.monotonic() < deadline, "the sessions do not get going"
        time.sleep(0.05)


def test_an_interrupt_ends_all_workers_after_their_step(tmp_path: Path) -> None:
    with subprocess.Popen(command(tmp_path, *LONG), stderr=subprocess.PIPE, text=True) as batch:
        wait_for_running(tmp_path, 2)
        batch.send_signal(signal.SIGINT)
        _, errors = batch.communicate(timeout=60)
    assert batch.returncode == 130
    assert errors.strip() == "error: interrupted"
    assert Counter(session.status for session in sessions(tmp_path)) == {"interrupted": 2}
    assert all(check_shard(place.shard).rows == session.total_steps for place, session in recorded_sessions(tmp_path))
    assert report(tmp_path)["recorded_sessions"] == 2


def test_a_killed_worker_takes_only_its_session_with_it(tmp_path: Path) -> None:
    arguments = [*LONG, "budget.max_steps=600"]
    with subprocess.Popen(command(tmp_path, *arguments), stderr=subprocess.PIPE, text=True) as batch:
        wait_for_running(tmp_path, 2)
        holders = [pid for pid in children(batch.pid) if holds_a_shard(pid)]
        os.kill(holders[0], signal.SIGKILL)
        _, errors = batch.communicate(timeout=100)
    assert batch.returncode == 1
    assert "its process died (exit code -9)" in errors
    assert Counter(session.status for session in sessions(tmp_path)) == {"interrupted": 1, "truncated": 1}


def holds_a_shard(pid: int) -> bool:
    try:
        return any(str(link.readlink()).endswith("steps.arrow") for link in Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_two_resumes_at_once_are_refused(tmp_path: Path) -> None:
    with subprocess.Popen(command(tmp_path, *LONG, "resume=true"), stderr=subprocess.DEVNULL) as first:
        wait_for_running(tmp_path, 2)
        refused = run(tmp_path, "resume=true", code=1)
        first.send_signal(signal.SIGINT)
        first.wait(timeout=60)
    assert "another batch is being played there" in refused.stderr

"""Ctrl-C and SIGTERM let the step in hand finish and leave a session that says it was interrupted."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from collector.run_directory import recorded_sessions
from collector.shards import check_shard
from tests.playing import collector_command, environment

ENDLESS: Final = ("agent=random", "budget.max_steps=100000")
GIVE_UP_S: Final = 60


def wait_for_steps(runs: Path, steps: int) -> None:
    """Wait until a session of RUNS has some steps."""
    deadline = time.monotonic() + GIVE_UP_S
    while time.monotonic() < deadline:
        shards = [path for path in runs.glob("session_*/steps.arrow") if path.stat().st_size]
        if shards and check_shard(shards[0]).rows >= steps:
            return
        time.sleep(0.02)
    raise AssertionError(f"no session of {runs} came to {steps} steps")


def interrupt(folder: Path, arguments: Sequence[str], number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """Run the command, interrupt it in the middle of a session, and wait until it ends by itself."""
    process = subprocess.Popen(
        collector_command(*arguments),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_steps(folder / "runs", 5)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=GIVE_UP_S)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_session_is_closed_where_it_stands(tmp_path: Path, number: signal.Signals) -> None:
    done = interrupt(tmp_path, [*ENDLESS, "--save-training-data", "--collect-screenshots"], number)
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")
    [(directory, session)] = recorded_sessions(tmp_path / "runs")
    [how, where] = done.stdout.splitlines()
    assert f"interrupted after {session.total_steps} of 100000 steps" in how
    assert tmp_path / where.strip() == directory.path
    check = check_shard(directory.shard)
    assert json.loads(directory.metadata.read_text())["status"] == session.status == "interrupted"
    assert (session.task_completed, session.error, session.final_result.completion_status) == (
        None,
        None,
        "interrupted",
    )
    assert session.end_time is not None
    assert session.total_steps == check.rows >= 5
    assert check.torn_bytes == 0
    assert len(json.loads(directory.trace.read_text())["execution_trace"]) == check.rows
    assert len(directory.training_data.read_text().splitlines()) == check.rows
    assert len(list(directory.screenshots.iterdir())) == 2 * check.rows


def test_a_batch_reports_what_it_came_to(tmp_path: Path) -> None:
    done = interrupt(tmp_path, [*ENDLESS, "taskset=smoke"], signal.SIGINT)
    assert (done.returncode, done.stderr) == (130, "error: interrupted\n")
    [(_, session)] = recorded_sessions(tmp_path / "runs")
    [report] = (tmp_path / "runs").glob("batch_training_*/summary_report.json")
    summary = json.loads(report.read_text())
    assert (summary["planned_sessions"], summary["recorded_sessions"]) == (5, 1)
    assert summary["by_status"] == {"interrupted": 1}
    assert summary["sessions"][0]["session_id"] == session.session_id


def test_a_sweep_stops(tmp_path: Path) -> None:
    done = interrupt(tmp_path, ["-m", *ENDLESS, "seed=0,1,2"], signal.SIGINT)
    assert done.returncode == 130
    assert [session.status for _, session in recorded_sessions(tmp_path / "runs")] == ["interrupted"]

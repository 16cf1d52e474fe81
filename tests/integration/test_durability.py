"""Kills, full disks, read-only folders and company: nothing acknowledged is lost, and the user is told in one line.

benchmarks/durability.py does the same with 200 kills.
"""

from __future__ import annotations

import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.prune.selection import Conditions, plan, read_stored
from collector.recording import SessionInterrupted, record_session
from collector.records import Step
from collector.repair.__main__ import main as repair
from collector.repair.mending import Outcome, mend
from collector.run_directory import SessionDirectory, create_session_directory, find_sessions
from collector.shards import is_being_written
from collector.verify.replay import Replayer
from collector.verify.session import verify_session
from tests import killing
from tests.killing import Damage, kill_during, kill_while_closing, look
from tests.planting import rewrite, tear
from tests.playing import ROOT, a_job, collector_command, environment, run_collector
from tests.records import a_session, write_session


def holds(directory: SessionDirectory) -> bool:
    found = verify_session(directory.path, Replayer())
    assert found.failures == ()
    return found.replayed


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run tree that a batch left."""
    runs = tmp_path_factory.mktemp("batch") / "runs"
    kill_during(killing.batch, runs, None)
    assert len(find_sessions(runs)) == 6
    return runs


# -- kills


@pytest.mark.parametrize("kill", [kill_during, kill_while_closing])
def test_kills_while_recording_cost_nothing(tmp_path: Path, kill: Callable[..., killing.Ended]) -> None:
    damage, window_s = Damage(), 0.2 if kill is kill_during else 0.03
    for number in range(3):
        runs = tmp_path / str(number)
        runs.mkdir()
        delay_s = random.uniform(0, window_s)
        given = (killing.collect, runs, delay_s) if kill is kill_during else (runs, delay_s)
        ended = kill(*given)
        look(runs, ended.acknowledged, damage)
    assert damage.told == []


def half_dead(runs: Path) -> None:
    """Turn every session into one whose writer was killed in the middle of a step."""
    for directory in find_sessions(runs):
        text = directory.metadata.read_text().replace('"status": "completed"', '"status": "running"')
        directory.metadata.write_text(text)
        tear(directory, 50)
        directory.trace.unlink()


@pytest.mark.parametrize("work", [killing.repair, killing.rate, killing.replace_metadata, killing.prune])
def test_kills_while_sessions_are_changed_cost_nothing(batch: Path, tmp_path: Path, work: killing.Workload) -> None:
    damage = Damage()
    for number in range(3):
        runs = Path(shutil.copytree(batch, tmp_path / str(number)))
        if work is killing.repair:
            half_dead(runs)
        kill_during(work, runs, random.uniform(0, 0.1))
        look(runs, Counter(), damage)
    assert damage.told == []


def test_what_would_be_lost_is_seen(batch: Path, tmp_path: Path) -> None:
    runs = Path(shutil.copytree(batch, tmp_path / "runs"))
    cut, shortened, changed, *_ = find_sessions(runs)
    cut.trace.write_text(cut.trace.read_text()[:-9])
    shortened.shard.write_bytes(b"\0" * 999)
    rewrite(changed, lambda rows: [row | {"memory_hash": "0" * 32} for row in rows])
    damage = Damage()
    look(runs, Counter({changed.session_id: changed.read_session().total_steps + 2}), damage)
    assert (damage.half_written, damage.unreadable, damage.lost) == (1, 1, 2)
    assert damage.wrong >= 1


@pytest.mark.slow
def test_the_benchmark_finds_nothing_lost() -> None:
    command = [sys.executable, "benchmarks/durability.py", "--kills", "16"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].split()[3:] == ["0", "0", "0", "0"]


# -- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 kB; for tests that run as root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root; the RLIMIT_FSIZE test covers the rest")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


LONG_SESSION = ("agent=random", "task=heal_party", "budget.max_steps=400", "--collect-screenshots")


def test_a_full_disk_ends_a_session_in_one_line_and_costs_no_step(small_disk: Path, tmp_path: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 150_000)
    done = run_collector(tmp_path, *LONG_SESSION, f"runs={small_disk / 'runs'}")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    [directory] = find_sessions(small_disk / "runs")
    steps = directory.read_session().total_steps
    assert steps > 0
    ballast.unlink()
    moved = SessionDirectory(Path(shutil.copytree(directory.path, tmp_path / directory.path.name)))
    assert mend(moved).outcome is Outcome.REPAIRED
    assert moved.read_session().total_steps == steps
    assert holds(moved)


def test_a_limit_on_file_sizes_is_a_full_disk(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        collector_command(*LONG_SESSION, f"runs={tmp_path / 'runs'}"),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit,
    )
    assert done.returncode == 1
    assert "steps before are intact: free some space" in done.stderr
    assert "Traceback" not in done.stderr
    [directory] = find_sessions(tmp_path / "runs")
    assert directory.read_session().status == "failed"
    mend(directory)
    assert holds(directory)


def test_repair_on_a_full_disk_can_be_run_again(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write_session(small_disk, a_session(status="running", total_steps=2, task_completed=None))
    tear(directory, 9)
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError, match="No space"):
        while True:
            ballast.write(b"x" * 512)
    assert repair([str(small_disk)]) == 1
    assert "No space left on device" in capsys.readouterr().out
    (small_disk / "ballast").unlink()
    assert repair([str(small_disk)]) == 0
    assert directory.read_metadata().status == "interrupted"


# -- a read-only folder


def test_a_read_only_tree_is_verified_and_neither_repaired_nor_pruned(batch: Path, small_disk: Path) -> None:
    runs = small_disk / "runs"
    runs.mkdir()
    for directory in find_sessions(batch)[:2]:
        shutil.copytree(directory.path, runs / directory.path.name)
    dead = find_sessions(runs)[1]
    dead.trace.unlink()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for command, code, told in (
        (["collector.verify"], 0, "2 sessions re-played: all hold"),
        (["collector.repair"], 1, "Read-only file system"),
        (["collector.prune", "--keep-size", "0kB"], 0, "would free"),
        (["collector.prune", "--keep-size", "0kB", "--yes"], 1, "Read-only file system"),
    ):
        module, *flags = command
        done = subprocess.run(
            [sys.executable, "-m", module, str(runs), *flags], env=environment(), capture_output=True, text=True
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
        assert told in done.stdout
    assert len(find_sessions(runs)) == 2
    assert not dead.trace.exists()


# -- a stop that comes with the last step


def test_an_interrupt_with_the_last_step_lets_the_session_end_as_what_it_is(tmp_path: Path) -> None:
    def stop_at_the_end(step: Step) -> None:
        if step.terminated:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(SessionInterrupted) as stopped:
        record_session(a_job(tmp_path), stop_at_the_end)
    directory, session = stopped.value.recorded
    assert (session.status, session.task_completed) == ("completed", True)
    assert holds(directory)


def test_an_interrupted_session_has_no_verdict_and_holds(tmp_path: Path) -> None:
    def stop_at_once(step: Step) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(SessionInterrupted) as stopped:
        record_session(a_job(tmp_path), stop_at_once)
    directory, session = stopped.value.recorded
    assert (session.status, session.task_completed, session.total_steps) == ("interrupted", None, 1)
    assert holds(directory)


# -- company, and clocks


def test_two_collectors_share_a_name_and_a_repair_runs_beside_them(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = collector_command(
        "agent=random", "task=heal_party", "budget.max_steps=80", "session.name=same", f"runs={runs}"
    )
    runs.mkdir()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    collectors = [subprocess.Popen(command, cwd=tmp_path, env=environment(), **quiet) for _ in range(2)]
    met = set()
    while any(collector.poll() is None for collector in collectors):
        met |= {mend(directory).outcome for directory in find_sessions(runs)}
        time.sleep(0.02)
    assert [collector.returncode for collector in collectors] == [0, 0]
    assert met <= {Outcome.BUSY, Outcome.EMPTY, Outcome.SOUND}
    assert Outcome.BUSY in met
    found = find_sessions(runs)
    assert len(found) == 2
    for directory in found:
        assert directory.read_session().total_steps == 80
        assert mend(directory).outcome is Outcome.SOUND
        assert holds(directory)


def test_a_clock_that_steps_back_overwrites_nothing(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
    times = [now, now - timedelta(hours=1), now, now - timedelta(hours=1)]
    paths = [create_session_directory(tmp_path, "demo", time).path for time in times]
    assert len(set(paths)) == 4
    assert paths[2].name == f"{paths[0].name}-2"


def test_a_session_from_the_future_is_not_old(tmp_path: Path) -> None:
    write_session(tmp_path, a_session(session_id="20990101_000000_tomorrow"))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert plan(read_stored(tmp_path, now), Conditions(older_than=timedelta(0)), now) == []


def test_locks_go_with_their_process(tmp_path: Path) -> None:
    kill_during(killing.collect, tmp_path, 0.12)
    for directory in find_sessions(tmp_path):
        assert not (directory.shard.exists() and is_being_written(directory.shard))
        assert mend(directory).outcome is not Outcome.BUSY


@pytest.mark.parametrize("command", ["repair", "verify", "prune"])
def test_help_needs_nothing_heavy(command: str) -> None:
    code = f"""
import contextlib, sys
from collector.{command}.__main__ import main
with contextlib.suppress(SystemExit):
    main(["--help"])
print("heavy:", *{{"numpy", "pyarrow", "datasets", "PIL", "rich"}} & {{*sys.modules}})
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m collector.{command} ")
    assert done.stdout.endswith("heavy:\n")

"""Sweeps side by side: the joblib launcher plays each job in a process of its own, and its errors come back."""

from __future__ import annotations

from pathlib import Path

from collector.run_directory import recorded_sessions
from tests.playing import run_collector

JOBS = ("-m", "task=open_close_menu,check_party", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")


def test_a_sweep_is_played_by_joblib(tmp_path: Path) -> None:
    done = run_collector(tmp_path, *JOBS)
    assert done.returncode == 0, done.stderr
    played = {session.task_id: session.status for _, session in recorded_sessions(tmp_path / "runs")}
    assert played == {"open_close_menu": "completed", "check_party": "completed"}


def test_an_error_in_a_job_comes_back(tmp_path: Path) -> None:
    done = run_collector(tmp_path, *JOBS, "emulator.rom=absent.gb")
    assert done.returncode == 2
    assert "absent.gb: no such ROM" in done.stderr


def test_no_job_reads_the_environment(tmp_path: Path) -> None:
    done = run_collector(tmp_path, *JOBS, "session.name='${oc.env:PATH}'")
    assert done.returncode == 2
    assert "${oc.env:PATH} is refused" in done.stderr
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").glob("session_*"))


def test_a_launcher_that_is_missing_is_told_with_the_extra_that_brings_one(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "-m", "seed=1,2", "hydra/launcher=absent")
    assert done.returncode == 2
    assert "pip install -e '.[sweep]'" in done.stderr
    assert done.stderr.count("\n") == 1

"""One session at a time on one emulator, whoever asks and however it ends."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from collector.emulators.turn import Turn, turn_file


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def play(address: str, log: Path, seconds: float) -> None:
    """Note when a turn begins and ends."""
    turn = Turn(address)
    with log.open("a") as out:
        out.write("in\n")
        out.flush()
        time.sleep(seconds)
        out.write("out\n")
    turn.end()


def test_processes_play_one_after_the_other(folder: Path) -> None:
    log = folder / "log"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=play, args=("http://here:1", log, 0.02)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert log.read_text().split() == ["in", "out"] * 4
    assert os.listdir(folder) == ["log"]


def test_a_killed_process_has_no_turn(folder: Path) -> None:
    log = folder / "log"
    process = multiprocessing.get_context("spawn").Process(target=play, args=("http://here:1", log, 60))
    process.start()
    while not log.exists() or not log.read_text():
        time.sleep(0.01)
    process.kill()
    process.join()
    Turn("http://here:1").end()


def test_other_addresses_are_no_matter(folder: Path) -> None:
    first, second = Turn("http://here:1"), Turn("http://here:2")
    assert turn_file("http://here:1").exists() and turn_file("http://here:2").exists()
    first.end()
    second.end()
    first.end()
    assert os.listdir(folder) == []

"""Kill the collector at random moments: no step that it acknowledged is ever missing, and what is left loads."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from datasets import Dataset

from collector.records import Status
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import check_shard, is_being_written, read_rows, salvage
from tests.playing import ROOT, environment

KILLS: Final = 20
LONGEST_STEP_S: Final = 0.006
"""The kill comes up to this long after an acknowledgement: at some point of the steps that follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """A session whose process was killed."""

    directory: SessionDirectory
    acknowledged: int
    """Steps it had acknowledged when it died."""


def kill_one(lines: Iterator[str], runs: Path, chance: random.Random) -> Killed:
    """Let the next child record a few steps, kill it, and read what it still said."""
    child = int(next(lines).removeprefix("child "))
    said = [next(lines).split() for _ in range(chance.randint(1, 25))]
    time.sleep(chance.uniform(0, LONGEST_STEP_S))
    os.kill(child, signal.SIGKILL)
    while (line := next(lines).strip()) != "gone":
        said.append(line.split())
    _, session_id, step = said[-1]
    return Killed(directory=SessionDirectory(runs / f"session_{session_id}"), acknowledged=int(step))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Killed]:
    runs = tmp_path_factory.mktemp("killed")
    driver = [sys.executable, "-m", "tests.integration.recording_driver", str(runs), str(KILLS)]
    chance = random.Random()
    with subprocess.Popen(driver, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = [kill_one(iter(process.stdout.readline, ""), runs, chance) for _ in range(KILLS)]
    assert process.returncode == 0
    for one in found:
        check = check_shard(one.directory.shard)
        print(f"acknowledged {one.acknowledged:3}  in the shard {check.rows:3}  torn bytes {check.torn_bytes}")
    return found


def test_every_kill_met_a_session_of_its_own(killed: list[Killed]) -> None:
    assert len({one.directory.path for one in killed}) == KILLS
    assert {one.directory.path for one in killed} == {
        found.path for found in find_sessions(killed[0].directory.path.parent)
    }


def test_no_acknowledged_step_is_missing(killed: list[Killed]) -> None:
    for one in killed:
        numbers = [row["step"] for row in read_rows(one.directory.shard, ["step"])]
        assert numbers == list(range(1, len(numbers) + 1))
        assert one.acknowledged <= len(numbers) <= one.acknowledged + 1


def test_a_killed_session_is_seen_to_be_interrupted(killed: list[Killed]) -> None:
    for one in killed:
        session = one.directory.read_session()
        assert session.status == Status.INTERRUPTED
        assert session.total_steps == check_shard(one.directory.shard).rows
        assert not is_being_written(one.directory.shard)


def test_what_is_left_loads_once_it_is_salvaged(killed: list[Killed]) -> None:
    for one in killed:
        found = salvage(one.directory.shard)
        rows = Dataset.from_file(str(one.directory.shard))
        assert len(rows) == found.rows >= one.acknowledged
        assert rows[-1]["screenshot_after"].size == (160, 144)

"""`make demo` as somebody meets it who has just checked the project out: no ROM, no key."""

import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset

from tests.playing import environment


@pytest.mark.slow
def test_the_demo_leaves_a_dataset_with_worlds_enough_in_every_split(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dataset_script.demo"]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    dataset, cache = str(tmp_path / "dataset"), str(tmp_path / "cache")
    sessions = load_dataset(dataset, "sessions", cache_dir=cache)
    expert = [row for split in sessions.values() for row in split if row["policy"] == "expert"]
    assert len(expert) >= 30 and len({row["task_id"] for row in expert}) >= 10
    assert all(row["task_completed"] for row in expert)
    assert len({(row["task_id"], row["world_seed"]) for row in expert}) == len(expert), "no session twice"
    for split, rows in sessions.items():
        assert len({row["world_seed"] for row in rows if row["policy"] == "expert" and not row["held_out"]}) >= 2, split
    rows = load_dataset(dataset, cache_dir=cache)
    assert min(split.num_rows for split in rows.values()) > 100

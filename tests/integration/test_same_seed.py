"""The same seed plays the same session, to the pixel; another seed another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.shards import read_rows
from tests.playing import a_job

OF_THE_MOMENT: Final = frozenset({"session_id", "reply_id", "timestamp", "latency_ms", "row_hash"})
"""Columns that say when and where a session was played, and the digest over them."""


def rows(runs: Path, kind: str, **changes: Any) -> list[dict[str, Any]]:
    directory, _ = record_session(a_job(runs, agent=AgentSettings(kind=kind), **changes))
    return [
        {name: value for name, value in row.items() if name not in OF_THE_MOMENT} for row in read_rows(directory.shard)
    ]


@pytest.mark.parametrize("kind", ["scripted", "noisy", "random"])
def test_a_session_is_repeated_by_its_seed(tmp_path: Path, kind: str) -> None:
    assert rows(tmp_path, kind, seed=3, max_steps=12) == rows(tmp_path, kind, seed=3, max_steps=12)


def test_another_seed_is_another_session(tmp_path: Path) -> None:
    first, second = ([row["action"] for row in rows(tmp_path, "random", seed=seed, max_steps=12)] for seed in (3, 4))
    assert first != second


def test_a_longer_session_begins_as_the_shorter_one(tmp_path: Path) -> None:
    budget = {"step_budget", "truncated"}
    short, long = (rows(tmp_path, "random", seed=3, max_steps=steps) for steps in (5, 9))
    for before, after in zip(short, long, strict=False):
        assert {k: v for k, v in before.items() if k not in budget} == {
            k: v for k, v in after.items() if k not in budget
        }

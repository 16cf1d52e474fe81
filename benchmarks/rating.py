"""What rating costs at size: reading 10,000 rated sessions, beside merely touching their files, and rating among them.

Every session has its metadata and one rating by the rule; the shards are one recorded session's, hard-linked. Both ways
take turns in one process, and the figures are medians over the turns. Run: python -m benchmarks.rating
"""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.rating_page import measure_page
from benchmarks.rating_terminal import measure_terminal
from collector.records import Session
from collector.run_directory import SESSION_PREFIX, SessionDirectory, find_sessions
from scoring.auto import rule_annotation
from scoring.records import annotation_to_json
from scoring.sessions import read_sessions
from tests.records import a_session, write_session

SESSIONS = 10_000
TURNS = 5
LIMIT_S = 2.0
"""Reading the tree may take this long."""


def write_tree(runs: Path, count: int) -> None:
    """`count` rated sessions that differ in their ids and share the bytes of one shard."""
    first = write_session(runs, _numbered(0))
    _rate(first, first.read_metadata())
    for number in range(1, count):
        session = _numbered(number)
        directory = SessionDirectory(runs / f"{SESSION_PREFIX}{session.session_id}")
        directory.path.mkdir()
        os.link(first.shard, directory.shard)
        directory.metadata.write_text(json.dumps(dataclasses.asdict(session), indent=2) + "\n", encoding="utf-8")
        _rate(directory, session)


def touch_all(runs: Path) -> int:
    """Stat each shard and read the bytes of each metadata and annotations file; how many bytes that were."""
    total = 0
    for directory in find_sessions(runs):
        total += directory.shard.stat().st_size
        total += len(directory.metadata.read_bytes()) + len(directory.annotations.read_bytes())
    return total


def read_all(runs: Path) -> int:
    """Read the sessions with every check."""
    found = read_sessions(find_sessions(runs))
    if found.problems or found.empty:
        raise SystemExit(f"the tree is not whole: {found.problems[:1]} {found.empty[:1]}")
    return len(found.sessions)


def main() -> int:
    """Write the tree, read it in turns, print."""
    with tempfile.TemporaryDirectory() as temporary:
        runs = Path(temporary) / "runs"
        write_tree(runs, SESSIONS)
        ways: dict[str, Callable[[Path], int]] = {"read with every check": read_all, "stat and read bytes": touch_all}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                began = time.perf_counter()
                way(runs)
                times[name].append(time.perf_counter() - began)
        is_quick = measure_terminal(runs) and not measure_page(runs)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    bare = medians["stat and read bytes"]
    print(f"{SESSIONS:,} rated sessions")
    for name, median in medians.items():
        print(f"  {name:<24}{median:>8.2f} s{median / bare:>8.2f} times the bare reading")
    best = min(times["read with every check"])
    slow = best > LIMIT_S
    print(f"  limit {LIMIT_S:g} s for the least disturbed turn ({best:.2f} s): {'missed' if slow else 'held'}")
    return int(slow or not is_quick)


def _numbered(number: int) -> Session:
    return a_session(session_id=f"20260102_030405_bench-{number}", task_id=f"task_{number % 40}", world_seed=number)


def _rate(directory: SessionDirectory, session: Session) -> None:
    annotation = rule_annotation(session)
    assert annotation is not None
    directory.annotations.write_text(annotation_to_json(annotation) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

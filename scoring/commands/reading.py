"""Read a run tree for a command: progress while it reads, and a warning for whatever could not be read."""

from __future__ import annotations

from pathlib import Path

from collector.progress import with_progress
from collector.run_directory import find_sessions
from scoring.sessions import RunsRead, read_sessions
from scoring.terminal import warn


def read_runs(runs: Path) -> RunsRead:
    """The sessions of RUNS; what can't be read is said on standard error."""
    found = read_sessions(with_progress(find_sessions(runs), "reading"))
    for session_id in found.empty:
        warn(f"{session_id}: nothing recorded (yet); left out")
    for problem in found.problems:
        warn(problem)
    return found

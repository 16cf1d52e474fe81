"""What went wrong in sessions, summed up from their analysis/error_analysis.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from collector.errors import InputError
from collector.run_directory import SessionDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCount:
    """One kind of error over several sessions."""

    times: int
    """How often it happened."""
    sessions: int
    """In how many sessions."""


def error_counts(directories: Iterable[SessionDirectory]) -> dict[str, ErrorCount]:
    """The errors of the sessions by kind, the most frequent first; InputError for an analysis that can't be read."""
    times: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    for directory in directories:
        counts = _counts(directory)
        times.update(counts)
        sessions.update(counts.keys())
    ranked = sorted(times, key=lambda kind: (-times[kind], kind))
    return {kind: ErrorCount(times=times[kind], sessions=sessions[kind]) for kind in ranked}


def _counts(directory: SessionDirectory) -> dict[str, int]:
    path = directory.error_analysis
    try:
        counts = json.loads(path.read_text(encoding="utf-8"))["counts"]
        return {str(kind): int(times) for kind, times in counts.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: is no error analysis; python -m collector.repair makes it again") from error

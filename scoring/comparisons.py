"""comparisons.jsonl: which of two sessions of one task a person found better, only ever added to.

A comparison is of the whole sessions, or of the two presses at the step where they part. Only the latter says something
about a step.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from collector.clock import utc_now
from collector.errors import InputError
from collector.features import record_of
from collector.run_directory import COMPARISONS_FILE
from scoring.append_log import AppendLog
from scoring.records import LONGEST_S, is_unicode, new_annotation_id


class Better(StrEnum):
    """What a rater says of two sessions."""

    A = "a"
    B = "b"
    TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One person's judgement of two sessions: a line of comparisons.jsonl."""

    comparison_id: str = field(default_factory=new_annotation_id)
    """Unique over all runs."""
    task_id: str
    """The task both played."""
    session_a: str
    """The session shown first."""
    session_b: str
    """The session shown second."""
    step: int | None = None
    """The step, from 1, at which the two pressed different buttons: these were compared; None: the whole sessions."""
    better: str | None
    """a, b or tie; None in a row that only takes back the one it supersedes."""
    rater: str
    """The rater's salted id."""
    reason: str = ""
    """Why, in the rater's words; empty if not said."""
    seconds_spent: float | None = None
    """Seconds from seeing the two to the judgement; None in a row that takes back."""
    rubric_version: str
    """Version of the rubric the rater followed."""
    timestamp: str = field(default_factory=utc_now)
    """UTC, ISO 8601, when it was judged."""
    supersedes: str | None = None
    """The comparison that this one replaces or takes back, if any."""

    def __post_init__(self) -> None:
        """Refuse what no reader could use."""
        if self.session_a == self.session_b:
            raise InputError(f"comparison of {self.session_a} with itself: expected two sessions")
        if self.step is not None and self.step < 1:
            raise InputError(f"step={self.step!r}: expected a step, from 1, or None")
        if self.better is None and self.supersedes is None:
            raise InputError("better=None: expected a, b or tie, or in supersedes the comparison that is taken back")
        if self.better is not None and self.better not in list(Better):
            raise InputError(f"better={self.better!r}: expected {', '.join(Better)} or None")
        if self.seconds_spent is not None and not 0 <= self.seconds_spent <= LONGEST_S:
            raise InputError(f"seconds_spent={self.seconds_spent!r}: expected seconds from 0 to {LONGEST_S:,}, or None")
        for name in ("session_a", "session_b", "rater", "reason"):
            if not is_unicode(getattr(self, name)):
                raise InputError(f"{name}={getattr(self, name)!r}: expected text that UTF-8 can hold")

    @property
    def winner(self) -> str | None:
        """The better session's id; None for a tie."""
        return {"a": self.session_a, "b": self.session_b}.get(self.better or "")

    @property
    def pair(self) -> frozenset[str]:
        """The two sessions, whichever came first."""
        return frozenset((self.session_a, self.session_b))


def add_comparison(runs: Path, comparison: Comparison) -> None:
    """Append a judgement; when this returns it is in the kernel's hands."""
    _log(runs).append(json.dumps(dataclasses.asdict(comparison), ensure_ascii=False, allow_nan=False))


def read_comparisons(runs: Path) -> tuple[tuple[Comparison, ...], tuple[str, ...]]:
    """Every judgement, oldest first, and the lines that hold none; empty if two were never compared."""
    return _log(runs).read()


def comparisons_in_force(comparisons: Iterable[Comparison]) -> tuple[Comparison, ...]:
    """Each rater's latest word on each pair and on its fork, in the order given, without what was taken back."""
    latest: dict[tuple[str, frozenset[str], int | None], Comparison] = {}
    for one in comparisons:
        latest.pop((one.rater, one.pair, one.step), None)
        latest[one.rater, one.pair, one.step] = one
    return tuple(one for one in latest.values() if one.better is not None)


def _log(runs: Path) -> AppendLog[Comparison]:
    return AppendLog(runs / COMPARISONS_FILE, _parse)


def _parse(line: str) -> Comparison:
    try:
        comparison: Comparison = record_of(Comparison, json.loads(line))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a comparison ({error})") from error
    return comparison

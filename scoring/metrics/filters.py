"""Which sessions a dataset would train on: the builder's filter, for the figures after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collector.errors import InputError
from collector.records import Status
from scoring.annotations import resolve
from scoring.records import HIGHEST, LOWEST, Source
from scoring.sessions import RatedSession

BROKEN: Final = frozenset({Status.FAILED, Status.INTERRUPTED})
"""Sessions that did not run to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFilter:
    """The least score of a session that is trained on, whose score that is, and who must not have played it."""

    min_score: float = 6.0
    """1-10; the builder's default."""
    source: Source = Source.AUTO
    """One source: scores of several are never mixed."""
    exclude_policies: frozenset[str] = frozenset({"noisy", "random"})
    """Players whose sessions are not trained on, whatever their score."""

    def __post_init__(self) -> None:
        """Refuse what no score could reach, or every one would."""
        if not LOWEST <= self.min_score <= HIGHEST:
            raise InputError(f"min_score={self.min_score:g}: expected a score from {LOWEST} to {HIGHEST}")

    def accepts(self, rated: RatedSession) -> bool:
        """Whether the session ended by itself, was played by somebody to learn from, and reaches the least score."""
        session = rated.session
        if session.status in BROKEN or session.status == Status.RUNNING or session.policy in self.exclude_policies:
            return False
        return self.reaches(resolve(rated.annotations, self.source))

    def reaches(self, score: float | None) -> bool:
        """Whether a score is one to train on; no score is not."""
        return score is not None and score >= self.min_score

    def __str__(self) -> str:
        excluded = "".join(f", policy not {policy}" for policy in sorted(self.exclude_policies))
        return f"{self.source} score at least {self.min_score:g}{excluded}"

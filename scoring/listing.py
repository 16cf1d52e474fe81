"""The sessions to look at, filtered, as a table or as JSON."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from collector.errors import InputError
from scoring.records import HIGHEST, LOWEST
from scoring.sessions import RatedSession
from scoring.terminal import console, printable, score_text

UNRATED: Final = "none"
"""The score filter's word for sessions without a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRange:
    """Which scores pass."""

    lowest: float
    """Inclusive."""
    highest: float
    """Inclusive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a session must be to be listed; None lets everything pass."""

    task: str | None = None
    """A task_id, with * and ? as wildcards."""
    status: str | None = None
    """A status."""
    model: str | None = None
    """A model's name, with * and ? as wildcards."""
    score: ScoreRange | str | None = None
    """A range for the score in force, or `UNRATED`."""

    def passes(self, rated: RatedSession) -> bool:
        """Whether the session is asked for."""
        session = rated.session
        return (
            (self.task is None or fnmatch.fnmatchcase(session.task_id, self.task))
            and (self.status is None or session.status == self.status)
            and (self.model is None or fnmatch.fnmatchcase(session.model_used, self.model))
            and (self.score is None or self._score_passes(rated.score))
        )

    def _score_passes(self, score: float | None) -> bool:
        if isinstance(self.score, ScoreRange):
            return score is not None and self.score.lowest <= score <= self.score.highest
        return score is None


def parse_score_filter(text: str) -> ScoreRange | str:
    """Read 7, 6-10 or none."""
    if text == UNRATED:
        return UNRATED
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?", text)
    lowest = float(match[1]) if match else 0.0
    highest = float(match[2] or match[1]) if match else 0.0
    if not LOWEST <= lowest <= highest <= HIGHEST:
        raise InputError(f"--score {text}: expected a score such as 7, a range such as 6-10, or {UNRATED}")
    return ScoreRange(lowest=lowest, highest=highest)


def filtered(sessions: Iterable[RatedSession], filters: Filters) -> Iterator[RatedSession]:
    """The sessions asked for, in their order."""
    return (rated for rated in sessions if filters.passes(rated))


def listing_json(sessions: Iterable[RatedSession]) -> list[dict[str, Any]]:
    """One flat object a session."""
    return [_entry(rated) for rated in sessions]


def print_listing(sessions: list[RatedSession]) -> None:
    """Print the sessions as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("session", "task", "status", "steps", "budget", "optimal", "goal", "score", "by", "model"):
        justify = "right" if heading in {"steps", "budget", "optimal", "score"} else "left"
        table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for rated in sessions:
        table.add_row(*(printable(cell) for cell in _cells(rated)))
    out = console()
    out.print(table)
    out.print(f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}")


def goal_text(reached: bool | None) -> str:
    """The verdict in a word."""
    return {True: "reached", False: "missed", None: "-"}[reached]


def _cells(rated: RatedSession) -> tuple[str, ...]:
    session = rated.session
    return (
        session.session_id,
        session.task_id,
        session.status,
        str(session.total_steps),
        str(session.max_steps),
        "-" if session.optimal_steps is None else str(session.optimal_steps),
        goal_text(session.task_completed),
        score_text(rated.score),
        rated.score_source or "-",
        session.model_used,
    )


def _entry(rated: RatedSession) -> dict[str, Any]:
    names = (
        "session_id session_name task_id task_type task_description status task_completed total_steps max_steps "
        "optimal_steps progress agent policy model_used game synthetic start_id seed start_time end_time"
    )
    return {
        **{name: getattr(rated.session, name) for name in names.split()},
        "score": rated.score,
        "score_source": rated.score_source,
        "ratings": len(rated.annotations),
        "path": str(rated.directory.path),
    }

"""How well it went: the quality metrics over a set of sessions, each figure with what it was counted over.

A running session counts in `by_status`, `sessions` and `megabytes` alone. Sessions of different games, and of the
bundled cartridge and a real game, never share a figure: `report_of` makes one part for each.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from collector.records import Status
from collector.safe_files import bytes_on_disk
from scoring.annotations import resolve
from scoring.error_counts import ErrorCount, error_counts
from scoring.records import Source
from scoring.rubric import efficiency
from scoring.sessions import RatedSession

BROKEN: Final = frozenset({Status.FAILED, Status.INTERRUPTED})
"""Sessions that did not run to their end."""

_Key = TypeVar("_Key", str, tuple[str, bool])


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many."""

    part: int
    """Those that have it."""
    of: int
    """All that could."""

    @property
    def value(self) -> float | None:
        """0..1; None where nothing could."""
        return self.part / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """An average and its count."""

    value: float | None
    """The arithmetic mean; None of nothing."""
    of: int
    """Values it was taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The figures of one set of sessions."""

    sessions: int
    """All of them."""
    by_status: Mapping[str, int]
    """Sessions of each status that occurs."""
    completion: Share
    """Goal reached, of the sessions with a verdict from memory."""
    reliability: Share
    """Ran to their end (not failed, not interrupted), of the sessions that ended."""
    efficiency: Mean
    """Fewest possible steps / steps taken, over sessions that reached the goal and have a known optimum."""
    steps: Mean
    """Steps taken, over the sessions that ended."""
    expected_outcomes: Share
    """Predictions of the next state that came true, of those that could be checked."""
    scores: Mapping[str, Mean]
    """Session score 1-10 of each source, over the sessions that source scored."""
    errors: Mapping[str, ErrorCount]
    """What went wrong, by kind; see docs/run_tree.md."""
    megabytes: float
    """Size of the sessions' files on disk, in units of 10^6 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GameReport:
    """The figures of one game."""

    game: str
    """The game reader's name."""
    synthetic: bool
    """Played on the bundled cartridge."""
    overall: Metrics
    """All its sessions."""
    by_task: Mapping[str, Metrics]
    """By task_id."""
    by_policy: Mapping[str, Metrics]
    """By policy: expert, random, human or a model family."""
    by_prompt: Mapping[str, Metrics]
    """By prompt_id, of the sessions that were asked with one."""


def report_of(sessions: Iterable[RatedSession]) -> tuple[GameReport, ...]:
    """The figures of every game that was played, in order of name."""
    games = _grouped(sessions, lambda rated: (rated.session.game, rated.session.synthetic))
    return tuple(_game_report(game, synthetic, played) for (game, synthetic), played in games.items())


def metrics_of(sessions: Sequence[RatedSession], sizes: Mapping[Path, int]) -> Metrics:
    """The figures of a set of sessions; `sizes` has the bytes on disk of each one's directory."""
    records = [rated.session for rated in sessions]
    ended = [session for session in records if session.status != Status.RUNNING]
    judged = [session for session in ended if session.task_completed is not None]
    return Metrics(
        sessions=len(records),
        by_status=dict(sorted(Counter(session.status for session in records).items())),
        completion=Share(part=sum(session.task_completed is True for session in judged), of=len(judged)),
        reliability=Share(part=sum(session.status not in BROKEN for session in ended), of=len(ended)),
        efficiency=_mean(efficiency(session) for session in ended),
        steps=_mean(session.total_steps for session in ended),
        expected_outcomes=Share(
            part=sum(session.expected_outcomes_met for session in ended),
            of=sum(session.expected_outcomes for session in ended),
        ),
        scores={str(source): _mean(resolve(rated.annotations, source) for rated in sessions) for source in Source},
        errors=error_counts(rated.directory for rated in sessions),
        megabytes=sum(sizes[rated.directory.path] for rated in sessions) / 1e6,
    )


def _game_report(game: str, synthetic: bool, played: list[RatedSession]) -> GameReport:
    sizes = {rated.directory.path: bytes_on_disk(rated.directory.path) for rated in played}

    def by(key: Callable[[RatedSession], str]) -> dict[str, Metrics]:
        return {name: metrics_of(group, sizes) for name, group in _grouped(played, key).items()}

    return GameReport(
        game=game,
        synthetic=synthetic,
        overall=metrics_of(played, sizes),
        by_task=by(lambda rated: rated.session.task_id),
        by_policy=by(lambda rated: rated.session.policy),
        by_prompt={
            prompt_id: metrics_of(group, sizes)
            for prompt_id, group in _grouped(played, lambda rated: rated.session.prompt_id or "").items()
            if prompt_id
        },
    )


def _grouped(sessions: Iterable[RatedSession], key: Callable[[RatedSession], _Key]) -> dict[_Key, list[RatedSession]]:
    groups: dict[_Key, list[RatedSession]] = {}
    for rated in sessions:
        groups.setdefault(key(rated), []).append(rated)
    return dict(sorted(groups.items()))


def _mean(values: Iterable[float | None]) -> Mean:
    known = [value for value in values if value is not None]
    return Mean(value=statistics.fmean(known) if known else None, of=len(known))

"""What the pairs show: each side's figure over the same pairs, and the paired difference with its interval.

Starts, not sessions, are what was drawn by chance: the interval of a difference draws whole starts again. A rate has
besides Wilson's interval on each side, and Newcombe's and McNemar's figures, which take every pair for a start of its
own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from collector.counting import counted
from collector.records import Status
from scoring.annotations import resolve
from scoring.compare.pairs import Pair, Pairing
from scoring.metrics.filters import BROKEN
from scoring.records import Source
from scoring.rubric import efficiency
from scoring.sessions import RatedSession
from scoring.statistics import LEVEL, Interval, PairedCounts, clustered_bootstrap, mcnemar_mid_p, newcombe, wilson

FEWEST_STARTS: Final = 10
"""Below so many starts the bootstrap's intervals hold the truth less often than they say (tests/unit/scoring)."""

Value: TypeAlias = Callable[[RatedSession], float | None]
"""A session's value; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something to compare by."""

    name: str
    """In a word."""
    meaning: str
    """What it is counted over."""
    of: Value
    """A session's value; a pair counts if both of its sessions have one."""
    is_rate: bool = False
    """The values are 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A rate's pairs, taken one by one."""

    counts: PairedCounts
    """Pairs by which of their sessions succeeded; first is A."""
    a_interval: Interval
    """Wilson's, of A's rate."""
    b_interval: Interval
    """Wilson's, of B's rate."""
    newcombe: Interval
    """Of the difference, if no two pairs share a start."""
    mcnemar_mid_p: float
    """Chance of so uneven a table if A and B were equally good, if no two pairs share a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure over the pairs that have it."""

    measure: str
    """Its name."""
    meaning: str
    """What it is counted over."""
    pairs: int
    """Pairs both of whose sessions have the value."""
    starts: int
    """Different starts among them."""
    a: float | None
    """A's mean; None without pairs."""
    b: float | None
    """B's mean; None without pairs."""
    difference: float | None
    """A less B; None without pairs."""
    interval: Interval | None
    """Of the difference, drawing starts."""
    no_interval: str | None
    """Why there is none; None if there is."""
    table: Table | None
    """For a rate."""

    @property
    def higher(self) -> str | None:
        """The side whose values are higher beyond chance; None if it may be either."""
        if self.interval is None or self.interval.holds(0.0):
            return None
        return "a" if self.interval.low > 0 else "b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Everything that two sides were compared by."""

    pairing: Pairing
    """Who was compared, and what was left out."""
    score_source: str
    """Whose scores were compared."""
    overall: tuple[Figure, ...]
    """Every measure, over all pairs."""
    by_task: Mapping[str, Figure]
    """Completion, task by task."""


def contrast(pairing: Pairing, source: Source, level: float = LEVEL) -> Contrast:
    """Compare the sides of a pairing by every measure, and by completion task by task."""
    measures = measures_for(source)
    completion = next(measure for measure in measures if measure.name == "completion")
    tasks: dict[str, list[Pair]] = {}
    for pair in pairing.pairs:
        tasks.setdefault(pair.task_id, []).append(pair)
    return Contrast(
        pairing=pairing,
        score_source=str(source),
        overall=tuple(figure_of(measure, pairing.pairs, level) for measure in measures),
        by_task={task: figure_of(completion, pairs, level) for task, pairs in sorted(tasks.items())},
    )


def measures_for(source: Source) -> tuple[Measure, ...]:
    """What two sides are compared by; scores are those of one source."""
    return (
        Measure(name="completion", meaning="both have a verdict from memory", of=_completed, is_rate=True),
        Measure(name="reliability", meaning="all pairs; neither failed nor interrupted", of=_ran, is_rate=True),
        Measure(name="score", meaning=f"both have a score of source {source}", of=lambda one: _score(one, source)),
        Measure(name="efficiency", meaning="both reached the goal, optimum known", of=_efficiency),
        Measure(name="steps", meaning="both ran to their end", of=_steps),
    )


def figure_of(measure: Measure, pairs: Sequence[Pair], level: float = LEVEL) -> Figure:
    """The measure over the pairs that have it on both sides."""
    known = [
        (pair.start, a, b)
        for pair in pairs
        if (a := measure.of(pair.a)) is not None and (b := measure.of(pair.b)) is not None
    ]
    starts, a_values, b_values = [row[0] for row in known], [row[1] for row in known], [row[2] for row in known]
    differences = [a - b for _, a, b in known]
    interval, reason = _interval(differences, starts, level)
    return Figure(
        measure=measure.name,
        meaning=measure.meaning,
        pairs=len(known),
        starts=len(set(starts)),
        a=statistics.fmean(a_values) if known else None,
        b=statistics.fmean(b_values) if known else None,
        difference=statistics.fmean(differences) if known else None,
        interval=interval,
        no_interval=reason,
        table=_table(a_values, b_values, level) if known and measure.is_rate else None,
    )


def _interval(differences: Sequence[float], starts: Sequence[str], level: float) -> tuple[Interval | None, str | None]:
    """The interval of the mean difference, or why there is none."""
    if not differences:
        return None, "no pair has it on both sides"
    if len(set(starts)) < FEWEST_STARTS:
        return None, f"{counted(len(set(starts)), 'different start')}; an interval takes {FEWEST_STARTS}"
    interval = clustered_bootstrap(differences, starts, level=level)
    if interval.low == interval.high:
        return None, "all starts differ alike: nothing tells how far others may vary"
    return interval, None


def _table(a: Sequence[float], b: Sequence[float], level: float) -> Table:
    found = list(zip(a, b, strict=True))
    counts = PairedCounts(
        both=found.count((1.0, 1.0)),
        only_first=found.count((1.0, 0.0)),
        only_second=found.count((0.0, 1.0)),
        neither=found.count((0.0, 0.0)),
    )
    return Table(
        counts=counts,
        a_interval=wilson(counts.first, counts.of, level),
        b_interval=wilson(counts.second, counts.of, level),
        newcombe=newcombe(counts, level),
        mcnemar_mid_p=mcnemar_mid_p(counts),
    )


def _completed(rated: RatedSession) -> float | None:
    return None if rated.session.task_completed is None else float(rated.session.task_completed)


def _ran(rated: RatedSession) -> float | None:
    return float(Status(rated.session.status) not in BROKEN)


def _score(rated: RatedSession, source: Source) -> float | None:
    return resolve(rated.annotations, source)


def _efficiency(rated: RatedSession) -> float | None:
    return efficiency(rated.session)


def _steps(rated: RatedSession) -> float | None:
    return None if Status(rated.session.status) in BROKEN else float(rated.session.total_steps)

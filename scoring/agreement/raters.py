"""Each rater by themselves: how fast, how steady over time, and how far from a reference."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from scoring.agreement.among import scores_by_people
from scoring.annotations import current, resolve
from scoring.metrics.values import Mean
from scoring.records import Annotation, Source
from scoring.sessions import RatedSession
from scoring.statistics import Interval, bootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST_FOR_DRIFT: Final = 15
"""Ratings of sessions with a score by the rule that drift needs: five in each third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds a rating took: medians, over the ratings that say it."""

    median: float | None
    """Of all; None if none says."""
    first_third: float | None
    """Of the earliest third; None if fewer than three say."""
    last_third: float | None
    """Of the latest third."""
    of: int
    """Ratings that say how long they took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether a rater grows milder (above 0) or stricter: points above the rule, last third less first third."""

    points: float | None
    """The difference of the means; None with `reason`. Against the rule, so that easy sessions are no mildness."""
    interval: Interval | None
    """Where it may lie, by a bootstrap over the ratings."""
    of: int
    """Ratings of sessions that the rule scored as well."""
    reason: str | None = None
    """Why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterReport:
    """One person's ratings."""

    rater: str
    """Their id."""
    ratings: int
    """Those that count, scores or not."""
    cannot_judge: int
    """Of these, those without a score."""
    score: Mean
    """Their score, over those with one."""
    speed: Speed
    """Seconds a rating took."""
    drift: Drift
    """First third against last."""
    above_others: Mean
    """Their score less the median of the other raters', over the sessions they share."""
    above_gold: Mean
    """Their score less the gold rater's, over the sessions both scored; nothing if no gold rater was named."""
    gold_distance: Mean
    """The same without its sign."""


class _Rating(NamedTuple):
    """A rating beside what else was said of its session."""

    annotation: Annotation
    rule: float | None
    others: Mapping[str, int]


def rater_reports(sessions: Iterable[RatedSession], gold: str | None = None) -> tuple[RaterReport, ...]:
    """A report for everyone who rated, in order of their ids; `gold` is the rater whose scores are the reference."""
    ratings: dict[str, list[_Rating]] = {}
    for rated in sessions:
        scores, rule = scores_by_people(rated), resolve(rated.annotations, Source.AUTO)
        for annotation in current(rated.annotations, Source.HUMAN):
            others = {rater: score for rater, score in scores.items() if rater != annotation.rater}
            ratings.setdefault(annotation.rater, []).append(_Rating(annotation, rule, others))
    return tuple(_report(rater, given, gold) for rater, given in sorted(ratings.items()))


def _report(rater: str, given: list[_Rating], gold: str | None) -> RaterReport:
    given = sorted(given, key=lambda rating: rating.annotation.timestamp)
    scored = [(rating.annotation.score, rating) for rating in given if rating.annotation.score is not None]
    against_gold = [
        score - rating.others[gold] for score, rating in scored if gold is not None and gold in rating.others
    ]
    return RaterReport(
        rater=rater,
        ratings=len(given),
        cannot_judge=len(given) - len(scored),
        score=Mean.over(score for score, _ in scored),
        speed=_speed([rating.annotation.seconds_spent for rating in given]),
        drift=_drift([score - rating.rule for score, rating in scored if rating.rule is not None]),
        above_others=Mean.over(
            score - statistics.median(rating.others.values()) for score, rating in scored if rating.others
        ),
        above_gold=Mean.over(against_gold),
        gold_distance=Mean.over(abs(difference) for difference in against_gold),
    )


def _speed(seconds: Iterable[float | None]) -> Speed:
    """Seconds in the order in which the ratings were given."""
    known = [each for each in seconds if each is not None]
    third = len(known) // 3
    return Speed(
        median=statistics.median(known) if known else None,
        first_third=statistics.median(known[:third]) if third else None,
        last_third=statistics.median(known[-third:]) if third else None,
        of=len(known),
    )


def _drift(above_rule: Sequence[float]) -> Drift:
    """Points above the rule in the order in which the ratings were given."""
    import numpy as np

    of, third = len(above_rule), len(above_rule) // 3
    if of < FEWEST_FOR_DRIFT:
        reason = f"{of} of the {FEWEST_FOR_DRIFT} ratings that it takes, of sessions with a score by the rule"
        return Drift(points=None, interval=None, of=of, reason=reason)
    points = np.asarray(above_rule, dtype=np.float64)

    def difference(drawn: NDArray[np.intp]) -> float | None:
        first, last = points[drawn[drawn < third]], points[drawn[drawn >= of - third]]
        return float(last.mean() - first.mean()) if len(first) and len(last) else None

    return Drift(points=difference(np.arange(of)), interval=bootstrap(difference, of), of=of)

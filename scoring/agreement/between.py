"""People, rule and judge side by side: how often they land in the same band, and the sessions where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from scoring.annotations import current, resolve
from scoring.metrics.filters import ScoreFilter
from scoring.metrics.values import Mean, Share
from scoring.records import Source
from scoring.rubric import BANDS, band_of
from scoring.sessions import RatedSession

PAIRS: Final = ((Source.HUMAN, Source.AUTO), (Source.HUMAN, Source.JUDGE), (Source.JUDGE, Source.AUTO))
"""Who is compared; the first of each pair is the one to believe."""

FAR_APART: Final = 3.0
"""Points between two scores that no reading of the bands explains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Two sources over the sessions that both scored."""

    first: str
    """A source."""
    second: str
    """Another."""
    bands: tuple[str, ...]
    """The rubric's bands, best first."""
    counts: tuple[tuple[int, ...], ...]
    """Sessions by the first's band (row) and the second's (column)."""
    same_band: Share
    """Sessions in the same band, of those both scored."""
    within_a_point: Share
    """Sessions whose scores are at most 1 apart."""
    same_side: Share
    """Sessions whose scores both reach the filter's, or neither does."""
    difference: Mean
    """The first's score less the second's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A session that people score otherwise than the rule."""

    session_id: str
    """The session."""
    task_id: str
    """Its task."""
    status: str
    """How it ended."""
    human: float
    """The people's score."""
    auto: float
    """The rule's."""
    rule_says: str
    """The rule's reason."""
    people_say: str
    """What people wrote, one rater after the other; empty if nothing."""


def confusion_between(
    sessions: Iterable[RatedSession], first: Source, second: Source, accepted: ScoreFilter
) -> Confusion:
    """How two sources score the sessions that both scored; `accepted` says which scores are good enough."""
    scores = [
        (one, other)
        for rated in sessions
        if (one := resolve(rated.annotations, first)) is not None
        and (other := resolve(rated.annotations, second)) is not None
    ]
    of = len(scores)
    return Confusion(
        first=str(first),
        second=str(second),
        bands=tuple(band.name for band in BANDS),
        counts=_counts(scores),
        same_band=Share(part=sum(band_of(one) is band_of(other) for one, other in scores), of=of),
        within_a_point=Share(part=sum(abs(one - other) <= 1 for one, other in scores), of=of),
        same_side=Share(part=sum(accepted.reaches(one) == accepted.reaches(other) for one, other in scores), of=of),
        difference=Mean.over(one - other for one, other in scores),
    )


def disagreements(sessions: Iterable[RatedSession], accepted: ScoreFilter) -> tuple[Disagreement, ...]:
    """Sessions where only one of people and rule reaches the filter's score, or they are far apart; farthest first."""
    found = []
    for rated in sessions:
        human, auto = resolve(rated.annotations, Source.HUMAN), resolve(rated.annotations, Source.AUTO)
        if human is None or auto is None:
            continue
        if accepted.reaches(human) != accepted.reaches(auto) or abs(human - auto) >= FAR_APART:
            found.append(_disagreement(rated, human, auto))
    return tuple(sorted(found, key=lambda one: (-abs(one.human - one.auto), one.session_id)))


def _disagreement(rated: RatedSession, human: float, auto: float) -> Disagreement:
    rule, people = current(rated.annotations, Source.AUTO), current(rated.annotations, Source.HUMAN)
    words = (text for one in people for text in (one.justification, one.feedback) if text)
    return Disagreement(
        session_id=rated.session.session_id,
        task_id=rated.session.task_id,
        status=rated.session.status,
        human=human,
        auto=auto,
        rule_says=" ".join(one.justification for one in rule),
        people_say=" / ".join(words),
    )


def _counts(scores: Sequence[tuple[float, float]]) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(sum(band_of(one) is row and band_of(other) is column for one, other in scores) for column in BANDS)
        for row in BANDS
    )

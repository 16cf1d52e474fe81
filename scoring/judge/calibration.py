"""What a judge's score means in people's scores: a monotone map, and its error on sessions it was not fitted on.

Sessions that both scored are dealt into folds by their starts; each fold is predicted by a map fitted on the others.
Ratings are never changed: a calibrated score is a figure of this report.
"""

from __future__ import annotations

import dataclasses
import hashlib
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scoring.annotations import current, resolve
from scoring.records import HIGHEST, LOWEST, Source
from scoring.sessions import RatedSession
from scoring.statistics import Interval, clustered_bootstrap
from scoring.terminal import console, printable

FOLDS: Final = 5

FEWEST: Final = 30
"""Sessions that both scored: with fewer, a map over ten scores rests on one or two sessions each."""

FEWEST_STARTS: Final = 10
"""Different starts among them: two a fold, and what the bootstrap of the gain takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """A session that a judge and people scored."""

    session_id: str
    """Which."""
    start: str
    """The unit it shares with others of its world or start."""
    judge: float
    """The judge's score."""
    people: float
    """The people's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """How far off a way to predict people's scores is, on sessions it did not learn from."""

    mean_absolute: float
    """Points, on average."""
    bias: float
    """Predicted less people's, on average: above 0 is too kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is known of one judge."""

    rater: str
    """The judge."""
    scored: int
    """Sessions it scored."""
    both: int
    """Those that people scored as well."""
    reason: str | None
    """Why there is no map; None if there is one."""
    fitted: Mapping[int, float] | None = None
    """The calibrated score of each score of the judge, fitted on all sessions that both scored."""
    raw: Error | None = None
    """Of the judge's scores as they are."""
    calibrated: Error | None = None
    """Of the map, on held-out sessions."""
    constant: Error | None = None
    """Of giving every session the others' median: a judge is worth something if it does better."""
    gain: Interval | None = None
    """Raw less calibrated mean absolute error, drawing starts: above 0 the map helps."""
    sessions: Mapping[str, float] | None = None
    """The calibrated score of every session it scored; for those that people scored, from the map that had not seen
    them."""


def calibrate_all(sessions: Sequence[RatedSession], only: str | None = None) -> list[Calibration]:
    """Every judge that scored any of the sessions, or the one of this name."""
    scores: dict[str, dict[str, float]] = {}
    for rated in sessions:
        for one in current(rated.annotations, Source.JUDGE):
            if one.score is not None and only in (None, one.rater):
                scores.setdefault(one.rater, {})[rated.session.session_id] = float(one.score)
    return [calibrate(rater, given, sessions) for rater, given in sorted(scores.items())]


def calibrate(rater: str, scores: Mapping[str, float], sessions: Iterable[RatedSession]) -> Calibration:
    """Hold a judge's scores, by session id, against people's."""
    both = [
        Both(
            session_id=rated.session.session_id,
            start=rated.unit,
            judge=scores[rated.session.session_id],
            people=people,
        )
        for rated in sessions
        if rated.session.session_id in scores and (people := resolve(rated.annotations, Source.HUMAN)) is not None
    ]
    starts = len({one.start for one in both})
    if len(both) < FEWEST or starts < FEWEST_STARTS:
        reason = (
            f"{len(both)} sessions from {starts} starts have both scores; a map takes {FEWEST} from {FEWEST_STARTS}"
        )
        return Calibration(rater=rater, scored=len(scores), both=len(both), reason=reason)
    held_out = cross_fitted(both, isotonic)
    constant = cross_fitted(both, lambda train: lambda score: statistics.median(one.people for one in train))
    raw = {one.session_id: one.judge for one in both}
    whole = isotonic(both)
    gains = [abs(one.judge - one.people) - abs(held_out[one.session_id] - one.people) for one in both]
    return Calibration(
        rater=rater,
        scored=len(scores),
        both=len(both),
        reason=None,
        fitted={score: whole(score) for score in range(LOWEST, HIGHEST + 1)},
        raw=_error(both, raw),
        calibrated=_error(both, held_out),
        constant=_error(both, constant),
        gain=clustered_bootstrap(gains, [one.start for one in both]),
        sessions={session_id: held_out.get(session_id, whole(score)) for session_id, score in scores.items()},
    )


def isotonic(pairs: Sequence[Both]) -> Callable[[float], float]:
    """The monotone map nearest to the pairs in squares: scores that fall are pooled; linear between, flat outside."""
    import numpy as np

    levels: dict[float, list[float]] = {}
    for one in sorted(pairs, key=lambda one: one.judge):
        levels.setdefault(one.judge, []).append(one.people)
    blocks: list[tuple[list[float], list[float]]] = []
    for level, people in levels.items():
        blocks.append(([level], people))
        while len(blocks) > 1 and statistics.fmean(blocks[-2][1]) >= statistics.fmean(blocks[-1][1]):
            (low, low_people), (high, high_people) = blocks[-2:]
            blocks[-2:] = [(low + high, low_people + high_people)]
    known = [level for block, _ in blocks for level in block]
    fitted = [statistics.fmean(people) for block, people in blocks for _ in block]
    return lambda score: float(np.interp(score, known, fitted))


def cross_fitted(pairs: Sequence[Both], fit: Callable[[Sequence[Both]], Callable[[float], float]]) -> dict[str, float]:
    """Each session's prediction by what was fitted on the folds it is not in; a start is in one fold as a whole."""
    in_order = sorted({one.start for one in pairs}, key=lambda start: hashlib.sha256(start.encode()).digest())
    fold = {start: place % FOLDS for place, start in enumerate(in_order)}
    predicted: dict[str, float] = {}
    for number in range(FOLDS):
        map_score = fit([one for one in pairs if fold[one.start] != number])
        predicted |= {one.session_id: map_score(one.judge) for one in pairs if fold[one.start] == number}
    return predicted


def calibration_json(judges: Iterable[Calibration]) -> dict[str, Any]:
    """The judges as plain JSON."""
    return {"judges": [dataclasses.asdict(judge) for judge in judges]}


def print_calibration(judges: Sequence[Calibration]) -> None:
    """Print what each judge's scores mean in people's."""
    out = console()
    if not judges:
        out.print("no judge has scored a session yet: python -m scoring judge RUNS --model NAME")
    for judge in judges:
        out.print(
            f"{printable(judge.rater)}: {judge.scored} sessions scored, {judge.both} of them by people too",
            style="bold",
        )
        if judge.reason is not None:
            out.print(f"  no map: {judge.reason}")
            continue
        assert judge.fitted is not None and judge.gain is not None
        out.print("  judge -> people    " + "  ".join(f"{score}: {value:.1f}" for score, value in judge.fitted.items()))
        for name, error in (("as it is", judge.raw), ("calibrated", judge.calibrated), ("constant", judge.constant)):
            assert error is not None
            out.print(f"  {name:<18} off by {error.mean_absolute:.2f} points on average, bias {error.bias:+.2f}")
        out.print(
            f"  gain of the map    [{judge.gain.low:+.2f}, {judge.gain.high:+.2f}] points ({judge.gain.level:.0%})"
        )


def _error(pairs: Sequence[Both], predicted: Mapping[str, float]) -> Error:
    off = [predicted[one.session_id] - one.people for one in pairs]
    return Error(mean_absolute=statistics.fmean(map(abs, off)), bias=statistics.fmean(off))

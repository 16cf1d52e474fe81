"""The figures of one set of sessions; what each means and why it may be missing stands in `definitions`.

A running session counts in `by_status`, `sessions`, `megabytes` and what was recorded of its steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.clock import seconds_of
from collector.records import Session, Status
from scoring.annotations import current, resolve
from scoring.error_counts import ErrorCount, error_counts
from scoring.metrics.consistency import consistency
from scoring.metrics.filters import BROKEN, ScoreFilter
from scoring.metrics.recorded import MeasuredSession
from scoring.metrics.values import Distinct, Mean, Rate, Share
from scoring.records import Source
from scoring.rubric import efficiency
from scoring.sessions import RatedSession

PAUSE_S: Final = 60.0
"""A longer time between two sessions is no time of collecting."""


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
    consistency: Mean
    """Likeness of the actions of two sessions of one task, over the pairs; 1 is the same presses."""
    steps: Mean
    """Steps taken, over the sessions that ended."""
    expected_outcomes: Share
    """Predictions of the next state that came true, of those that could be checked."""
    scores: Mapping[str, Mean]
    """Session score 1-10 of each source, over the sessions that source scored."""
    approval: Share
    """Scored by people at least as the filter asks, of the sessions that people scored."""
    coverage: Mapping[str, Distinct]
    """Different tasks, starts, buttons, screens, states, maps and (state, action), of each as often as it occurred."""
    accepted_rows: Distinct
    """Different (task, state, action), of the steps with an action in sessions that the filter accepts."""
    megabytes_per_row: Rate
    """Size on disk for each different accepted row, in units of 10^6 bytes."""
    seconds_per_row: Rate
    """Seconds of play for each different accepted row."""
    usd_per_row: Rate
    """US dollars paid for answers for each different accepted row."""
    sessions_per_hour: Rate
    """Sessions that ended for each hour of collecting, pauses left out."""
    rating_minutes: Mean
    """Minutes people spent on a session's ratings, over the sessions whose ratings say how long they took."""
    errors: Mapping[str, ErrorCount]
    """What went wrong, by kind; see docs/run_tree.md."""
    megabytes: float
    """Size of the sessions' files on disk, in units of 10^6 bytes."""


def metrics_of(measured: Sequence[MeasuredSession], accepted: ScoreFilter) -> Metrics:
    """The figures of a set of sessions; `accepted` says which of them a dataset would take."""
    ratings = [one.rated for one in measured]
    records = [rated.session for rated in ratings]
    ended = [session for session in records if session.status != Status.RUNNING]
    judged = [session for session in ended if session.task_completed is not None]
    rows = _distinct(
        (one.rated.session.task_id, *row) for one in measured if accepted.accepts(one.rated) for row in one.steps.rows
    )
    megabytes = sum(one.size for one in measured) / 1e6
    return Metrics(
        sessions=len(records),
        by_status=dict(sorted(Counter(session.status for session in records).items())),
        completion=Share(part=sum(session.task_completed is True for session in judged), of=len(judged)),
        reliability=Share(part=sum(session.status not in BROKEN for session in ended), of=len(ended)),
        efficiency=Mean.over(efficiency(session) for session in ended),
        consistency=consistency(_actions_by_task(measured)),
        steps=Mean.over(session.total_steps for session in ended),
        expected_outcomes=Share(
            part=sum(session.expected_outcomes_met for session in ended),
            of=sum(session.expected_outcomes for session in ended),
        ),
        scores={str(source): Mean.over(resolve(one.annotations, source) for one in ratings) for source in Source},
        approval=_approval(ratings, accepted),
        coverage=_coverage(measured),
        accepted_rows=rows,
        megabytes_per_row=Rate(amount=megabytes, per=rows.different),
        seconds_per_row=Rate(amount=sum(session.usage.wall_seconds for session in records), per=rows.different),
        usd_per_row=Rate(amount=_paid(measured), per=rows.different),
        sessions_per_hour=_throughput(ended),
        rating_minutes=Mean.over(_minutes_rated(rated) for rated in ratings),
        errors=error_counts(rated.directory for rated in ratings),
        megabytes=megabytes,
    )


def _actions_by_task(measured: Iterable[MeasuredSession]) -> Iterable[list[tuple[str, ...]]]:
    tasks: dict[str, list[tuple[str, ...]]] = {}
    for one in measured:
        if one.rated.session.status not in BROKEN and one.rated.session.status != Status.RUNNING:
            tasks.setdefault(one.rated.session.task_id, []).append(one.steps.actions)
    return tasks.values()


def _approval(ratings: Iterable[RatedSession], accepted: ScoreFilter) -> Share:
    scores = [resolve(rated.annotations, Source.HUMAN) for rated in ratings]
    known = [score for score in scores if score is not None]
    return Share(part=sum(accepted.reaches(score) for score in known), of=len(known))


def _coverage(measured: Sequence[MeasuredSession]) -> dict[str, Distinct]:
    return {
        "tasks": _distinct(one.rated.session.task_id for one in measured),
        "starts": _distinct((one.rated.session.start_id, one.rated.session.world_seed) for one in measured),
        "buttons": _distinct(action for one in measured for action in one.steps.actions),
        "screens": _distinct(screen for one in measured for screen in one.steps.screens),
        "states": _distinct(state for one in measured for state in one.steps.states),
        "maps": _distinct(place for one in measured for place in one.steps.maps),
        "state_actions": _distinct(row for one in measured for row in one.steps.rows),
    }


def _distinct(things: Iterable[Hashable]) -> Distinct:
    seen, of = set[Hashable](), 0
    for thing in things:
        seen.add(thing)
        of += 1
    return Distinct(different=len(seen), of=of)


def _paid(measured: Iterable[MeasuredSession]) -> float | None:
    """Dollars in all; None if any answer has no price."""
    if all(one.steps.priced for one in measured):
        return sum(one.rated.session.usage.cost_usd for one in measured)
    return None


def _throughput(ended: Iterable[Session]) -> Rate:
    spans = [(seconds_of(one.start_time), seconds_of(one.end_time)) for one in ended if one.end_time is not None]
    return Rate(amount=len(spans), per=_working_time(spans) / 3600)


def _working_time(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds from the first begin to the last end, without the pauses."""
    worked, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        since = begin if begin - reached > PAUSE_S else reached
        worked += max(0.0, end - since)
        reached = max(reached, end)
    return worked


def _minutes_rated(rated: RatedSession) -> float | None:
    taken = [one.seconds_spent for one in current(rated.annotations, Source.HUMAN) if one.seconds_spent is not None]
    return sum(taken) / 60 if taken else None

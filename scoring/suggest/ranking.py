"""How much another session is worth at each start of each task, and how so many sessions are shared out by that.

The need of a start is a sum of three shares: how little it and its task were played, how much failed there, and how far
its raters are apart. Sessions are shared out in proportion to the needs (by highest averages, as seats are), so that
the neediest start gets some and not all of them.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collector.counting import counted
from collector.records import Status
from scoring.annotations import spread
from scoring.records import HIGHEST, LOWEST
from scoring.sessions import RatedSession

_TASK_WEIGHT: Final = 2
"""The task's rate of failure counts as so many sessions of the start's own: few sessions prove little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Sessions to play of one task from one start, and why."""

    task_id: str
    """The task."""
    start_id: str
    """One of its starts."""
    sessions: int
    """How many to play."""
    need: float
    """The sum of the three shares."""
    coverage: float
    """How little was played: 1 / (1 + sessions), the mean of the start's and its task's."""
    failure: float
    """Share of sessions that missed the goal, a start with few of them being taken for like its task."""
    disagreement: float
    """How far the raters of its sessions are apart, as share of the whole scale, on average."""
    reason: str
    """The facts behind the shares, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What to play, and what that was told from."""

    suggestions: tuple[Suggestion, ...]
    """The neediest first."""
    sessions: int
    """Ended sessions that counted."""
    elsewhere: int
    """Sessions of tasks and starts that are not to be suggested: held-out, free text, one's own."""
    seed: int
    """A seed that no session has, nor any after it."""


@dataclass(slots=True)
class _Played:
    """What was played at a place, or of a task."""

    sessions: int = 0
    reached: int = 0
    missed: int = 0

    def add(self, rated: RatedSession) -> None:
        self.sessions += 1
        self.reached += rated.session.task_completed is True
        self.missed += rated.session.task_completed is False


def suggest(sessions: Sequence[RatedSession], starts: Mapping[str, tuple[str, ...]], most: int) -> Suggestions:
    """Share `most` sessions out over the starts of the tasks by what was played and how it went."""
    ended = [rated for rated in sessions if rated.session.status != Status.RUNNING]
    here = [rated for rated in ended if rated.session.start_id in starts.get(rated.session.task_id, ())]
    tasks = {task: _Played() for task in starts}
    places = {(task, start): _Played() for task, ids in starts.items() for start in ids}
    apart: dict[tuple[str, str], list[float]] = {}
    for rated in here:
        task, start = rated.session.task_id, rated.session.start_id
        tasks[task].add(rated)
        places[task, start].add(rated)
        if (points := spread(rated.annotations)) > 0:
            apart.setdefault((task, start), []).append(points)
    needs = [_need(place, places[place], tasks[place[0]], apart.get(place, [])) for place in places]
    return Suggestions(
        suggestions=tuple(_shared_out(needs, most)),
        sessions=len(here),
        elsewhere=len(ended) - len(here),
        seed=max((rated.session.seed for rated in sessions), default=-1) + 1,
    )


def _need(place: tuple[str, str], here: _Played, task: _Played, apart: Sequence[float]) -> Suggestion:
    coverage = (1 / (1 + here.sessions) + 1 / (1 + task.sessions)) / 2
    of_task = (task.missed + 0.5) / (task.missed + task.reached + 1)
    failure = (here.missed + _TASK_WEIGHT * of_task) / (here.missed + here.reached + _TASK_WEIGHT)
    disagreement = statistics.fmean(apart) / (HIGHEST - LOWEST) if apart else 0.0
    return Suggestion(
        task_id=place[0],
        start_id=place[1],
        sessions=0,
        need=coverage + failure + disagreement,
        coverage=coverage,
        failure=failure,
        disagreement=disagreement,
        reason=_reason(here, task, apart),
    )


def _reason(here: _Played, task: _Played, apart: Sequence[float]) -> str:
    facts = [f"played {counted(here.sessions, 'time')} from here, {counted(task.sessions, 'time')} in all"]
    if here.missed + here.reached:
        facts.append(f"{here.missed} of {here.missed + here.reached} missed the goal here")
    if task.missed + task.reached > here.missed + here.reached:
        facts.append(f"{task.missed} of {task.missed + task.reached} in all")
    if apart:
        facts.append(f"raters {statistics.fmean(apart):.1f} points apart")
    return "; ".join(facts)


def _shared_out(needs: Iterable[Suggestion], most: int) -> list[Suggestion]:
    """The suggestions with their sessions; those that get none are left out. Ties go by task and start."""
    in_order = sorted(needs, key=lambda one: (-one.need, one.task_id, one.start_id))
    given: Counter[int] = Counter()
    for _ in range(most if in_order else 0):
        given[max(range(len(in_order)), key=lambda place: (in_order[place].need / (1 + given[place]), -place))] += 1
    return [dataclasses.replace(one, sessions=given[place]) for place, one in enumerate(in_order) if given[place]]

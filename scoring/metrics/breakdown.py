"""The figures of a run tree by game, task, policy and prompt, before the score filter and after it.

Sessions of different games, and of the bundled cartridge and a real game, never share a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from collector.records import Session
from scoring.metrics.figures import Metrics, metrics_of
from scoring.metrics.filters import ScoreFilter
from scoring.metrics.recorded import MeasuredSession

_Key = TypeVar("_Key", str, tuple[str, bool])


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The figures of some sessions, together and in groups."""

    overall: Metrics
    """All of them."""
    by_task: Mapping[str, Metrics]
    """By task_id."""
    by_policy: Mapping[str, Metrics]
    """By policy: expert, random, human or a model family."""
    by_prompt: Mapping[str, Metrics]
    """By prompt_id, of the sessions that were asked with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GameReport(Breakdown):
    """The figures of one game: of all its sessions, and of those that the filter accepts."""

    game: str
    """The game reader's name."""
    synthetic: bool
    """Played on the bundled cartridge."""
    accepted: Breakdown
    """The sessions that the filter accepts."""


def by_game(measured: Iterable[MeasuredSession]) -> Iterable[list[MeasuredSession]]:
    """The sessions of each game, in order of its name."""
    return _grouped(measured, lambda session: (session.game, session.synthetic)).values()


def game_report(played: Sequence[MeasuredSession], accepted: ScoreFilter) -> GameReport:
    """The figures of one game's sessions, of which there is at least one."""
    everything, one = _breakdown(played, accepted), played[0].rated.session
    return GameReport(
        game=one.game,
        synthetic=one.synthetic,
        overall=everything.overall,
        by_task=everything.by_task,
        by_policy=everything.by_policy,
        by_prompt=everything.by_prompt,
        accepted=_breakdown([one for one in played if accepted.accepts(one.rated)], accepted),
    )


def _breakdown(played: Sequence[MeasuredSession], accepted: ScoreFilter) -> Breakdown:
    def by(key: Callable[[Session], str], of: Iterable[MeasuredSession] = played) -> dict[str, Metrics]:
        return {name: metrics_of(group, accepted) for name, group in _grouped(of, key).items()}

    prompted = [one for one in played if one.rated.session.prompt_id]
    return Breakdown(
        overall=metrics_of(played, accepted),
        by_task=by(lambda session: session.task_id),
        by_policy=by(lambda session: session.policy),
        by_prompt=by(lambda session: session.prompt_id or "", prompted),
    )


def _grouped(measured: Iterable[MeasuredSession], key: Callable[[Session], _Key]) -> dict[_Key, list[MeasuredSession]]:
    groups: dict[_Key, list[MeasuredSession]] = {}
    for one in measured:
        groups.setdefault(key(one.rated.session), []).append(one)
    return dict(sorted(groups.items()))

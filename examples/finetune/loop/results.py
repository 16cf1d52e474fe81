"""What the players reached: rates with Wilson's interval, and paired differences against the intact model.

A pair is the same start of the same task. Its difference is drawn by world and, where training seeds are compared, by
training seed: neither two tasks in one world nor two worlds under one seed are independent.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from collector.run_directory import find_sessions
from scoring.compare.pairs import pair_up
from scoring.sessions import RatedSession, read_sessions
from scoring.statistics import clustered_bootstrap, wilson

INTACT: Final = "fine-tuned"
"""The player that the others are compared with."""

UNSEEN: Final = "fine-tuned, unseen tasks"
"""The same on tasks that it was not trained on."""

Played = Mapping[int | None, Sequence[RatedSession]]
"""A player's sessions by training seed; None for a player without one."""


def read_played(folders: Mapping[int | None, Path]) -> Played:
    """The sessions that stand in each seed's folder."""
    return {seed: tuple(read_sessions(find_sessions(folder)).sessions) for seed, folder in folders.items()}


def summary(played: Mapping[str, Played]) -> dict[str, Any]:
    """Every player's rate, overall and by task, and how far the intact model is ahead of it."""
    return {
        name: {
            "rate": rate(sessions),
            "by_task": {task: rate(part) for task, part in _by_task(sessions).items()},
            "statuses": dict(Counter(str(rated.session.status) for part in sessions.values() for rated in part)),
            "ahead": None if name == INTACT or INTACT not in played else difference(played[INTACT], sessions),
        }
        for name, sessions in played.items()
    }


def rate(played: Played) -> dict[str, Any]:
    """The share of sessions that reached their goal, each seed's too."""
    reached = [_reached(rated) for sessions in played.values() for rated in sessions]
    interval = wilson(sum(reached), len(reached))
    by_seed = {str(seed): statistics.fmean(map(_reached, part)) for seed, part in played.items() if seed is not None}
    return {
        "sessions": len(reached),
        "reached": sum(reached),
        "share": statistics.fmean(reached) if reached else None,
        "wilson": [interval.low, interval.high],
        "by_seed": by_seed,
    }


def difference(ahead: Played, behind: Played) -> dict[str, Any]:
    """The mean paired difference with its interval, drawn by world and training seed.

    Players of the same training seeds are paired seed by seed; a player without seeds, or with other ones, stands
    against every seed.
    """
    values: list[float] = []
    worlds: list[str] = []
    seeds: list[int | None] = []
    for seed, sessions in ahead.items():
        others = [behind[seed]] if behind.keys() == ahead.keys() else list(behind.values())
        for other in others:
            for pair in pair_up("ahead", sessions, "behind", other).pairs:
                values.append(float(_reached(pair.a)) - float(_reached(pair.b)))
                worlds.append(pair.start)
                seeds.append(seed)
    interval = clustered_bootstrap(values, worlds, seconds=seeds)
    return {
        "pairs": len(values),
        "worlds": len(set(worlds)),
        "training_seeds": len(set(seeds)),
        "difference": statistics.fmean(values),
        "interval": [interval.low, interval.high],
        "level": interval.level,
    }


def table(found: Mapping[str, Any]) -> str:
    """The summary as text."""
    lines = [f"{'player':<26}{'reached':>12}{'share':>8}  {'95 % (Wilson)':<15}{'fine-tuned ahead by':>20}  95 %"]
    for name, told in found.items():
        counted, ahead = told["rate"], told["ahead"]
        low, high = counted["wilson"]
        line = f"{name:<26}{counted['reached']:>5} of {counted['sessions']:>3}{counted['share']:>8.2f}"
        line += f"  {low:.2f} to {high:.2f}   "
        if ahead is not None:
            line += f"{ahead['difference']:>19.2f}  {ahead['interval'][0]:+.2f} to {ahead['interval'][1]:+.2f}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def task_table(found: Mapping[str, Any]) -> str:
    """Each player's share by task."""
    tasks = sorted({task for told in found.values() for task in told["by_task"]})
    lines = [f"{'player':<26}" + "".join(f"{task:>20}" for task in tasks)]
    for name, told in found.items():
        shares = [told["by_task"].get(task) for task in tasks]
        lines.append(f"{name:<26}" + "".join(f"{'' if s is None else format(s['share'], '.2f'):>20}" for s in shares))
    return "\n".join(lines)


def _by_task(played: Played) -> dict[str, Played]:
    tasks = sorted({rated.session.task_id for sessions in played.values() for rated in sessions})
    return {
        task: {seed: [r for r in sessions if r.session.task_id == task] for seed, sessions in played.items()}
        for task in tasks
    }


def _reached(rated: RatedSession) -> bool:
    """A session that failed has no verdict, and did not reach its goal."""
    return rated.session.task_completed is True

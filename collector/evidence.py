"""What roll-outs from one and the same recorded state say about its actions.

Two outcomes after one shared state prove nothing: luck decides as much as the action. So an action counts as better
than another only with several roll-outs of the same player behind each, and if a rank-sum test over all of them (exact,
two-sided, ties by their middle ranks; Wilcoxon 1945) says that chance alone would rarely set them so far apart. Each
pair of actions is a test of its own: of many pairs without any difference, one in 20 passes at the usual level.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Final

from collector.config_text import config_part
from collector.records import Session
from collector.run_directory import SessionDirectory, recorded_sessions
from collector.shards import read_rows

LEAST: Final = 4
"""Roll-outs behind each action: with fewer, no outcome of both reaches the usual level."""

LEVEL: Final = 0.05
"""How often chance alone may set two actions as far apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvidence:
    """Outcomes of roll-outs from before one step of one session, all played by the same player."""

    session_id: str
    """The session that was gone back into."""
    step: int
    """The step in whose place the roll-outs took their first action."""
    player: str
    """Who played on, and with how many steps: the agent's configuration as JSON."""
    steps_to_goal: Mapping[str, tuple[float, ...]]
    """By first action: the steps each roll-out took to the goal, infinite where it did not get there."""

    def is_better(self, action: str, other: str, *, least: int = LEAST, level: float = LEVEL) -> bool:
        """Whether the action led to the goal sooner or more often than the other, with that many roll-outs each."""
        ours, theirs = self.steps_to_goal.get(action, ()), self.steps_to_goal.get(other, ())
        if min(len(ours), len(theirs)) < least:
            return False
        return _rank_sum(ours, theirs) < _expected(ours, theirs) and rank_sum_p(ours, theirs) <= level

    def better_pairs(self, *, least: int = LEAST, level: float = LEVEL) -> Iterator[tuple[str, str]]:
        """Every (better, worse) pair of first actions that the roll-outs support."""
        for action, other in permutations(sorted(self.steps_to_goal), 2):
            if self.is_better(action, other, least=least, level=level):
                yield action, other


def evidence_in(runs: Path) -> list[StepEvidence]:
    """The evidence of all branches of a run tree, by session, step and player; a seed counts once an action."""
    found: dict[tuple[str, int, str], dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for directory, session in recorded_sessions(runs):
        branch = directory.read_branch()
        action = None if branch is None else _first_action(directory)
        if branch is None or action is None or session.task_completed is None:
            continue  # no branch, nothing pressed, or stopped by something else before there was a verdict
        steps = float(session.total_steps) if session.task_completed else math.inf
        key = (branch.session_id, branch.step, _player(directory, session))
        found[key][action].setdefault(session.seed, steps)
    return [
        StepEvidence(
            session_id=session_id,
            step=step,
            player=player,
            steps_to_goal={action: tuple(by_seed.values()) for action, by_seed in sorted(outcomes.items())},
        )
        for (session_id, step, player), outcomes in sorted(found.items())
    ]


def rank_sum_p(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Share of all ways to deal the values out whose rank sum is as far from the middle as ours, 0..1."""
    ranks = _double_ranks([*ours, *theirs])
    ways: list[dict[int, int]] = [{0: 1}] + [{} for _ in ours]  # by how many are dealt out, then by their sum
    for rank in ranks:
        for count in range(len(ours), 0, -1):
            for total, number in ways[count - 1].items():
                ways[count][total + rank] = ways[count].get(total + rank, 0) + number
    expected = _expected(ours, theirs)
    distance = abs(_rank_sum(ours, theirs) - expected)
    extreme = sum(number for total, number in ways[len(ours)].items() if abs(total - expected) >= distance)
    return extreme / math.comb(len(ranks), len(ours))


def _rank_sum(ours: Sequence[float], theirs: Sequence[float]) -> int:
    """The sum of the doubled ranks that our values have among all."""
    return sum(_double_ranks([*ours, *theirs])[: len(ours)])


def _expected(ours: Sequence[float], theirs: Sequence[float]) -> int:
    """What it is on average if chance deals the values out."""
    return len(ours) * (len(ours) + len(theirs) + 1)


def _double_ranks(values: Sequence[float]) -> list[int]:
    """Twice each value's rank from 1, the smallest first; equal values share the middle of their ranks."""
    below = {value: sum(other < value for other in values) for value in set(values)}
    same = {value: sum(other == value for other in values) for value in set(values)}
    return [2 * below[value] + same[value] + 1 for value in values]


def _first_action(directory: SessionDirectory) -> str | None:
    row = next(read_rows(directory.shard, ["action"]), None)
    return None if row is None else str(row["action"]) if row["action"] is not None else None


def _player(directory: SessionDirectory, session: Session) -> str:
    """Who played with what was configured: never what a roll-out earned on the way, an extension of its budget."""
    agent, budget = (dict(config_part(directory.config, part)) for part in ("agent", "budget"))
    steps = config_part(directory.config, "task").get("max_steps")
    return json.dumps({"agent": session.agent, "max_steps": steps, "budget": budget, **agent}, sort_keys=True)

"""The fewest presses after which a task is done: breadth-first search in a game's rules.

A node of the search is a state and the predicate's track of how it was reached, so that conditions on the past (`ever`,
`then`) are searched like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from collector.games.predicates import All, Ever, Not, Predicate, Reports, Resumed, Then, Track
from collector.games.protocol import GameModel
from collector.records import State, StateValue, Task

PLANNER_VERSION: Final = 1
"""Moves when a plan from the same state may become another: labels say by which they were made."""

MAX_NODES: Final = 300_000
"""Nodes after which a search is given up: about ten seconds."""

_Key: TypeAlias = tuple[tuple[object, ...], Track]
"""What tells one node of a search from another: the rules' search key, and the track."""


@dataclass(slots=True)
class Node:
    """A state that some presses lead to."""

    state: State
    track: Track
    parent: Node | None
    """The node one press before; None for the first."""
    button: str
    """The press that led here from the parent."""
    depth: int
    """Presses since the first node."""

    def moves(self) -> tuple[Move, ...]:
        """The presses from the first node to this one."""
        moves: list[Move] = []
        node = self
        while node.parent is not None:
            moves.append(Move(button=node.button, after=node.state))
            node = node.parent
        return tuple(reversed(moves))


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A press of a plan."""

    button: str
    """The button."""
    after: State
    """The state it leads to."""


def shortest_plan(model: GameModel, predicate: Predicate, state: State, track: Track) -> tuple[Move, ...] | None:
    """The fewest presses from the state after which the predicate holds; None if none are found within MAX_NODES.

    `track` is the predicate's track at `state`. A task that wants a report is done where the report would be right.
    The last answer is kept: a session asks the same question twice, for its optimum and for its expert.
    """
    return _last_plan(model, predicate, tuple(state.items()), track)  # type: ignore[arg-type]  # both are hashable


@lru_cache(maxsize=1)
def _last_plan(
    model: GameModel, predicate: Predicate, fields: tuple[tuple[str, StateValue], ...], track: Track
) -> tuple[Move, ...] | None:
    return Search(model, predicate).plan(dict(fields), track)


class Search:
    """Looks for plans for one predicate in one world; what it learns of distances makes the searches after it short.

    A plan of n presses shows of every node that was met d presses after its start that at least n - d more are needed,
    or there would be a shorter plan. A search that may take so many presses at most leaves out what needs more.
    """

    def __init__(self, model: GameModel, predicate: Predicate) -> None:
        """Know nothing yet."""
        self._model = model
        self._predicate = predicate
        self._wanted = reported_fields(predicate)
        self._rules = model.towards(frozenset(predicate.fields()))
        self._at_least: dict[_Key, int] = {}

    def at_least(self, state: State, track: Track) -> int:
        """How many presses are needed from the state, as far as is known."""
        return self._at_least.get((self._rules.search_key(state), track), 0)

    def plan(self, state: State, track: Track, most: int | None = None) -> tuple[Move, ...] | None:
        """The fewest presses to the goal; None if none are found, or none that are `most` at most."""
        if self._is_goal(state, track):
            return ()
        nodes = [Node(state, track, None, "", 0)]
        depths = {(self._rules.search_key(state), track): 0}
        for node in nodes:  # grows while it is read: a queue that keeps its past
            depth = node.depth + 1
            if most is not None and depth > most:
                break
            for button in _presses(self._rules, node):
                after = self._rules.next_state(node.state, button)
                track = self._predicate.follow(node.track, after)
                key = (self._rules.search_key(after), track)
                if key in depths:
                    continue
                depths[key] = depth
                found = Node(after, track, node, button, depth)
                if self._is_goal(after, track):
                    self._learn(depths, depth)
                    return found.moves()
                if most is None or self._at_least.get(key, 1) <= most - depth:
                    nodes.append(found)
            if len(nodes) > MAX_NODES:
                return None
        if most is not None:
            self._learn(depths, most + 1)
        return None

    def _learn(self, depths: Mapping[_Key, int], presses: int) -> None:
        """Keep what follows for the nodes that were met from the start needing so many presses, or more."""
        for key, depth in depths.items():
            if presses - depth > self._at_least.get(key, 0):
                self._at_least[key] = presses - depth

    def _is_goal(self, state: State, track: Track) -> bool:
        if self._predicate.holds(track, None):
            return True
        return bool(self._wanted) and self._predicate.holds(track, self._model.report(state, self._wanted))


def _presses(rules: GameModel, node: Node) -> Iterator[str]:
    """The presses to try at a node: those that commute with the press before it were tried there already."""
    parent = node.parent
    for button in rules.buttons(node.state):
        late = parent is not None and parent.track == node.track and rules.commutes(parent.state, node.state, button)
        if not late:
            yield button


def reported_fields(predicate: Predicate) -> tuple[str, ...]:
    """The fields that a report has to give, in the predicate's order; empty if it asks for none."""
    match predicate:
        case Reports(wanted):
            return tuple(field for field, _ in wanted)
        case All(parts) | Then(parts):
            return _joined(reported_fields(part) for part in parts)
        case Not(part) | Ever(part) | Resumed(part):
            return reported_fields(part)
    return ()


def _joined(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(field for group in groups for field in group))


def optimal_steps(model: GameModel, first_state: State, task: Task) -> int | None:
    """Steps of the shortest solution, the report's own step included; None without a predicate or a solution."""
    if task.success is None:
        return None
    plan = shortest_plan(model, task.success, first_state, task.success.begin(first_state))
    if plan is None:
        return None
    return len(plan) + bool(reported_fields(task.success))

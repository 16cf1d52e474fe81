"""The fewest presses after which a task is done: breadth-first search in a game's rules.

A node of the search is a state and the predicate's track of how it was reached, so that conditions on the past (`ever`,
`then`) are searched like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from collector.games.predicates import All, Ever, Not, Predicate, Reports, Resumed, Then, Track
from collector.games.protocol import GameModel
from collector.records import State, StateValue, Task

PLANNER_VERSION: Final = 1
"""Moves when a plan from the same state may become another: labels say by which they were made."""

MAX_NODES: Final = 300_000
"""Nodes after which a search is given up: about ten seconds."""


@dataclass(slots=True)
class Node:
    """A state that some presses lead to."""

    state: State
    track: Track
    parent: Node | None
    """The node one press before; None for the first."""
    button: str
    """The press that led here from the parent."""

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
    state = dict(fields)
    wanted = reported_fields(predicate)
    if _is_goal(model, predicate, state, track, wanted):
        return ()
    rules = model.towards(frozenset(predicate.fields()))
    nodes = [Node(state, track, None, "")]
    seen = {(rules.search_key(state), track)}
    for node in nodes:  # grows while it is read: a queue that keeps its past
        for button in _presses(rules, node):
            after = rules.next_state(node.state, button)
            track = predicate.follow(node.track, after)
            key = (rules.search_key(after), track)
            if key in seen:
                continue
            seen.add(key)
            found = Node(after, track, node, button)
            if _is_goal(model, predicate, after, track, wanted):
                return found.moves()
            nodes.append(found)
        if len(nodes) > MAX_NODES:
            return None
    return None


def _presses(rules: GameModel, node: Node) -> Iterator[str]:
    """The presses to try at a node: those that commute with the press before it were tried there already."""
    parent = node.parent
    for button in rules.buttons(node.state):
        late = parent is not None and parent.track == node.track and rules.commutes(parent.state, node.state, button)
        if not late:
            yield button


def _is_goal(model: GameModel, predicate: Predicate, state: State, track: Track, wanted: tuple[str, ...]) -> bool:
    if predicate.holds(track, None):
        return True
    return bool(wanted) and predicate.holds(track, model.report(state, wanted))


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

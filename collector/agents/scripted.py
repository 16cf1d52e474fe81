"""The expert: plans the fewest presses in the game's rules, follows the plan, and says at each step what it goes by."""

from __future__ import annotations

import logging

from collector.agents.planner import Move, reported_fields, shortest_plan
from collector.errors import AgentError, InputError
from collector.games.predicates import Predicate, Track
from collector.games.protocol import Game, GameModel
from collector.records import WAIT, Reply, State, Task, Turn

_LOG = logging.getLogger(__name__)


class ScriptedAgent:
    """Solves tasks whose success is a predicate, in games whose rules are known in Python."""

    name = "scripted"
    policy = "expert"
    model_used = "scripted"
    label_terms = "none"
    prompt_id: str | None = None
    can_undo = False

    def __init__(self) -> None:
        """Know nothing yet: `begin` brings the task."""
        self._model: GameModel | None = None
        self._success: Predicate | None = None
        self._track: Track = ()
        self._plan: tuple[Move, ...] = ()
        self._expected: State = {}

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Plan the whole session; InputError if the task or the game can't be planned, or nothing solves it."""
        if task.success is None or game.model is None:
            missing = (
                f"task {task.task_id!r} has no success predicate"
                if task.success is None
                else (f"game {game.game_id!r} has no rules in Python")
            )
            raise InputError(
                f"the scripted agent plays only tasks it can plan, and {missing}; an agent that plays anything is "
                "agent=random"
            )
        self._model, self._success = game.model, task.success
        self._track = task.success.begin(first)
        plan = shortest_plan(game.model, task.success, first, self._track)
        if plan is None:
            raise InputError(
                f"no presses that solve task {task.task_id!r} were found from this start (world "
                f"{first.get('world_seed')}); check its success predicate and its starts"
            )
        self._plan, self._expected = plan, first

    def act(self, turn: Turn) -> Reply:
        """The plan's next press; once the goal is reached, the report."""
        model, success = self._prepared()
        state = turn.observation.state
        if turn.previous_actions:
            self._track = success.follow(self._track, state)
        if state != self._expected:
            self._replan(turn.task, state)
        reply = expert_reply(model, success, turn.task, state, self._plan)
        self._expected = self._plan[0].after if self._plan else state
        self._plan = self._plan[1:]
        return reply

    def close(self) -> None:
        """Nothing is held."""

    def _prepared(self) -> tuple[GameModel, Predicate]:
        if self._model is None or self._success is None:
            raise AgentError("the scripted agent was asked for a press before begin(); begin it with a task first")
        return self._model, self._success

    def _replan(self, task: Task, state: State) -> None:
        """Plan anew from a state that the rules did not foresee; AgentError if nothing leads on from it."""
        model, success = self._prepared()
        differing = sorted(name for name in state if state[name] != self._expected.get(name))
        _LOG.info("the screen is not the one the plan expected (%s): planning anew", ", ".join(differing))
        plan = shortest_plan(model, success, state, self._track)
        if plan is None:
            raise AgentError(f"nothing solves task {task.task_id!r} from here; unforeseen were {', '.join(differing)}")
        self._plan = plan


def expert_reply(model: GameModel, success: Predicate, task: Task, state: State, plan: tuple[Move, ...]) -> Reply:
    """The plan's first press with its reasons; where the plan is empty, that the task is over, and what it asks for."""
    ahead = tuple(move.after for move in plan)
    after, wanted = (ahead[0] if ahead else state), reported_fields(success)
    button = plan[0].button if plan else WAIT
    return Reply(
        actions=(button,),
        analysis=model.describe(state),
        reasoning=model.explain(state, button, task, ahead),
        expected_outcome=model.expect(state, after),
        done=not plan,
        report=model.report(state, wanted) if wanted and not plan else None,
        expected_state=after,
    )

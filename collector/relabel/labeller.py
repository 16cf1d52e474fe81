"""What a step cost and what would have been best, by the planner: a label from two points of a session."""

from __future__ import annotations

from collections.abc import Iterator

from collector.agents.planner import PLANNER_VERSION, Move, Search, reported_fields
from collector.agents.random_buttons import GAME_BOY_BUTTONS
from collector.agents.scripted import expert_reply
from collector.errors import InputError
from collector.games.predicates import Predicate
from collector.games.protocol import GameModel
from collector.labels import StepLabel
from collector.records import WAIT, Reply, Task
from collector.relabel.retracing import Point, Retraced

_TRIED = 3
"""An action is wasted or has to be taken back: the goal is then one or two presses further away than it could be."""

NO_WAY = "no presses that reach the goal were found from here"
"""The reason of a label without an expert action."""


class Labeller:
    """Labels the steps of one session; what was found is kept, since its world stays the same."""

    def __init__(self, model: GameModel, task: Task, success: Predicate, rom_sha256: str) -> None:
        """`success` is the task's predicate, which has to be there."""
        self._model = model
        self._task = task
        self._success = success
        self._rom_sha256 = rom_sha256
        self._wants_report = bool(reported_fields(success))
        self._search = Search(model, success)
        self._known: dict[tuple[object, ...], tuple[Reply, tuple[str, ...], int] | None] = {}

    def label(self, session_id: str, step: Retraced) -> StepLabel:
        """The label of a step; where the rules can't foresee a screen its reason says so."""
        try:
            return self._label(session_id, step)
        except InputError as error:
            return self._unlabelled(session_id, step, str(error), solvable_after=None)

    def _label(self, session_id: str, step: Retraced) -> StepLabel:
        best = self._best(step.before)
        if best is None:
            return self._unlabelled(session_id, step, NO_WAY, solvable_after=False)
        reply, actions, cost = best
        after = self._cost_after(step)
        return StepLabel(
            session_id=session_id,
            step=step.row["step"],
            step_row_hash=step.row["row_hash"],
            expert_actions=actions,
            expert_done=reply.done,
            expert_report=reply.report,
            expert_analysis=reply.analysis,
            expert_reasoning=reply.reasoning,
            expert_outcome=reply.expected_outcome,
            cost_to_go=cost,
            cost_to_go_after=after,
            solvable_after=after is not None,
            reason=None,
            planner_version=PLANNER_VERSION,
            rom_sha256=self._rom_sha256,
        )

    def _unlabelled(self, session_id: str, step: Retraced, reason: str, *, solvable_after: bool | None) -> StepLabel:
        return StepLabel(
            session_id=session_id,
            step=step.row["step"],
            step_row_hash=step.row["row_hash"],
            expert_actions=(),
            expert_done=False,
            expert_report=None,
            expert_analysis="",
            expert_reasoning="",
            expert_outcome="",
            cost_to_go=None,
            cost_to_go_after=None,
            solvable_after=solvable_after,
            reason=reason,
            planner_version=PLANNER_VERSION,
            rom_sha256=self._rom_sha256,
        )

    def _best(self, here: Point) -> tuple[Reply, tuple[str, ...], int] | None:
        """What the expert would reply, all actions as good, and the steps to the goal; None if no way leads to it."""
        key = (*here.state.items(), here.track)
        if key not in self._known:
            plan = self._plan(here)
            self._known[key] = None if plan is None else self._along(here, plan)
        return self._known[key]

    def _along(self, here: Point, plan: tuple[Move, ...]) -> tuple[Reply, tuple[str, ...], int]:
        reply = expert_reply(self._model, self._success, self._task, here.state, plan)
        actions = tuple(dict.fromkeys((*reply.actions, *self._equals(here, plan))))
        return reply, actions, len(plan) + self._wants_report

    def _equals(self, here: Point, plan: tuple[Move, ...]) -> Iterator[str]:
        """Every press after which as few presses are left as after the plan's first."""
        if not plan:
            return
        for action in (*GAME_BOY_BUTTONS, WAIT):
            state = here.state if action == WAIT else self._model.next_state(here.state, action)
            track = self._success.follow(here.track, state)
            if self._search.plan(state, track, most=len(plan) - 1) is not None:
                yield action

    def _cost_after(self, step: Retraced) -> int | None:
        if step.row["terminated"]:
            return 0
        best = self._best(step.after)
        return None if best is None else best[2]

    def _plan(self, here: Point) -> tuple[Move, ...] | None:
        """The fewest presses: tried first with few more than are known to be needed, which is quick."""
        least = self._search.at_least(here.state, here.track)
        for most in range(least, least + _TRIED if least else 0):
            if (plan := self._search.plan(here.state, here.track, most=most)) is not None:
                return plan
        return self._search.plan(here.state, here.track)

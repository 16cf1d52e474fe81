"""One session: observe, ask the agent, press, look again, until the goal, the agent or the budget ends it.

This is the file to read first. It knows no disk and no configuration: every step is handed to a `Recorder`, which
returns once the step is safe, and only then is the next one begun.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from collector.agents.planner import optimal_steps
from collector.agents.protocol import Agent, Memory
from collector.budget import Budget, BudgetRules
from collector.clock import utc_now
from collector.console import Console, Mark
from collector.errors import AgentError
from collector.games.predicates import Track
from collector.outcome import Outcome
from collector.preconditions import begin_task, go_on_to, resumed
from collector.records import (
    PREVIOUS_ACTIONS,
    RECENT_SCREENS,
    AgentEvent,
    Branch,
    Observation,
    Png,
    Reply,
    SessionUsage,
    Start,
    State,
    Status,
    Step,
    Task,
    Turn,
)
from collector.step_row import Place, Press, step_row


class Recorder(Protocol):
    """Where a session goes."""

    @property
    def session_id(self) -> str:
        """The session's directory name without "session_"."""

    def record(self, step: Step) -> None:
        """Keep the step; it is safe when this returns."""

    def notify(self, event: str, **facts: Any) -> None:
        """Keep something that happened beside the steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What a session is about: plain records, no configuration."""

    task: Task
    """What is to be done."""
    start: Start
    """Where it begins."""
    budget: BudgetRules
    """What it may spend."""
    seed: int
    """The session's seed."""
    branch: Branch | None = field(default=None, repr=False)
    """Where it leaves another session's path; None begins at the start itself."""


class _LivePoint(NamedTuple):
    """What an undo goes back to: how things stood before a step."""

    step: int
    """The step before it on the live path."""
    observation: Observation
    mark: Mark
    track: Track
    actions: tuple[str, ...]
    screens: tuple[Png, ...]


class Rollout:
    """A session on a console."""

    def __init__(self, assignment: Assignment, console: Console, agent: Agent, memory: Memory | None = None) -> None:
        """Join everything a session needs; nothing runs yet."""
        self.assignment = assignment
        self.console = console
        self.agent = agent
        self.outcome = Outcome()
        self.optimal_steps: int | None = None
        self.world_seed = assignment.start.world_seed
        self._memory = memory
        self._budget = Budget(assignment.budget)
        self._actions: deque[str] = deque(maxlen=PREVIOUS_ACTIONS)
        self._screens: deque[Png] = deque(maxlen=RECENT_SCREENS)
        self._track: Track = ()
        self._last_step = 0
        self._live: list[_LivePoint] = []

    @property
    def max_steps(self) -> int:
        """The step limit as it stands: an adaptive one is known after `prepare`, an extension moves it."""
        return self._budget.max_steps

    def prepare(self) -> Observation:
        """Go to the start and see that the session can be played; InputError if not. Nothing is recorded yet."""
        task, start = self.assignment.task, self.assignment.start
        first = self.console.begin(start)
        if isinstance(world := first.state.get("world_seed"), int):  # a captured state names none: memory knows it
            self.world_seed = world
        self._track = begin_task(task, start, first.state)
        if self.assignment.branch is not None:
            first, self._track = go_on_to(self.assignment.branch, task.success, self.console, first, self._track)
            task = resumed(task, self._track)
            self.assignment = replace(self.assignment, task=task)
        if task.success is not None:
            self.outcome.progress = task.success.progress(self._track, None)
            if self.console.game.model is not None:
                self.optimal_steps = optimal_steps(self.console.game.model, first.state, task)
        self._budget = Budget(self.assignment.budget, self.optimal_steps)
        self.agent.begin(task, self.console.game, first.state, self.assignment.seed)
        return first

    def run(self, first: Observation, recorder: Recorder) -> Outcome:
        """Play from the first observation to the end; `self.outcome` holds what was reached if an error ends it."""
        began, observation = time.monotonic(), first
        while self.outcome.status is Status.RUNNING:
            observation = self._play_turn(observation, recorder, began)
        return self.outcome

    def _play_turn(self, observation: Observation, recorder: Recorder, began: float) -> Observation:
        """Ask for one reply and press its buttons until it or the session ends; what is seen last."""
        turn = self._turn(observation)
        try:
            reply = self.agent.act(turn)
        except AgentError as error:
            _tell(error.events, turn, recorder)
            raise
        _tell(reply.events, turn, recorder)
        self._count_usage(reply, began)
        if reply.undo:
            return self._undo(observation, recorder)
        if not reply.actions and reply.error is None:
            raise AgentError(f"{self.agent.name} gave neither an action nor an error at step {turn.step}")
        for index in range(max(len(reply.actions), 1)):
            observation = self._take_step(turn, observation, reply, index, recorder)
            if self.outcome.status is not Status.RUNNING:
                break
        return observation

    def _turn(self, observation: Observation) -> Turn:
        return Turn(
            task=self.assignment.task,
            observation=observation,
            step=self._budget.taken + 1,
            step_budget=self._budget.max_steps,
            previous_actions=tuple(self._actions),
            memory_notes="" if self._memory is None else self._memory.notes(observation),
            recent_screens=tuple(self._screens),
        )

    def _take_step(self, turn: Turn, before: Observation, reply: Reply, index: int, recorder: Recorder) -> Observation:
        """Press one button, judge what came of it, and record the step before anything else happens."""
        if self.agent.can_undo:
            self._keep_live_point(before)
        asked = replace(turn, previous_actions=tuple(self._actions), step_budget=self._budget.max_steps)
        press = self._press(before, reply.actions[index] if reply.actions else None)
        near_limit = self._budget.take()
        is_last = index + 1 >= len(reply.actions)
        status = self._judge(press, reply, is_last, recorder)
        place = Place(
            session_id=recorder.session_id,
            step=self._budget.taken,
            parent_step=self._last_step,
            reply_number=self.outcome.usage.replies,
            reply_index=index,
            status=status,
            seed=self.assignment.seed,
            world_seed=self.world_seed,
            parent_session_id=None if self.assignment.branch is None else self.assignment.branch.session_id,
        )
        step = step_row(press, reply, place, asked, self.assignment.start, self.console, self.agent)
        recorder.record(step)
        self.outcome.status, self.outcome.total_steps, self._last_step = status, step.step, step.step
        if press.action is not None:
            self._actions.append(press.action)
            self._screens.append(before.png)
        if self._memory is not None:
            self._memory.observe(step, press.after, reply.remember if is_last else ())
        if reply.expected_state is not None and is_last:
            self._check_expectation(reply.expected_state, press.after.state, recorder)
        if near_limit and status is Status.RUNNING:
            recorder.notify("soft_limit", step=step.step, max_steps=self._budget.max_steps)
        return press.after

    def _press(self, before: Observation, action: str | None) -> Press:
        timestamp = utc_now()
        held, elapsed, after = 0, 0, before
        if action is not None:
            held, elapsed = self.console.press(action)
            after = self.console.observe()
        return Press(
            action=action, timestamp=timestamp, held_frames=held, frames_elapsed=elapsed, before=before, after=after
        )

    def _judge(self, press: Press, reply: Reply, is_last: bool, recorder: Recorder) -> Status:
        """How the session stands after a press; the verdict comes from memory and the report alone."""
        success, reached = self.assignment.task.success, False
        said_done = reply.done and is_last
        report = reply.report if said_done else None
        if success is not None:
            if press.action is not None:  # a reply that pressed nothing leads to no further state
                self._track = success.follow(self._track, press.after.state)
            reached = success.holds(self._track, report)
            self.outcome.progress = success.progress(self._track, report)
        self.outcome.report = report
        spent = not (reached or said_done) and self._is_spent(reply, recorder)
        if not (reached or said_done or spent):
            return Status.RUNNING
        self.outcome.task_completed = reached if success is not None else None
        if reached:
            return Status.COMPLETED
        return Status.GAVE_UP if said_done else Status.TRUNCATED

    def _is_spent(self, reply: Reply, recorder: Recorder) -> bool:
        """Whether the session may take no further step, after granting an extension where one is due."""
        if reply.out_of_budget:
            return True
        if (amount := self._budget.overspent(self.outcome.usage)) is not None:
            recorder.notify("budget_spent", step=self._budget.taken, spent=amount)
            return True
        if self._budget.extend(self.outcome.progress):
            progress, limit = self.outcome.progress, self._budget.max_steps
            reason = f"{progress:.0%} of the goal is reached"
            recorder.notify("budget_extended", step=self._budget.taken, max_steps=limit, reason=reason)
        return self._budget.is_spent

    def _keep_live_point(self, before: Observation) -> None:
        mark = self.console.mark()
        actions, screens = tuple(self._actions), tuple(self._screens)
        self._live.append(_LivePoint(self._last_step, before, mark, self._track, actions, screens))

    def _undo(self, observation: Observation, recorder: Recorder) -> Observation:
        """Go back to before the last live step: its row stays, and the next row follows the step before it."""
        if not self._live:
            recorder.notify("undo_refused", step=self._last_step, reason="there is no step to take back")
            return observation
        point = self._live.pop()
        recorder.notify("undo", step=self._last_step, back_to=point.step)
        self.console.restore(point.mark)
        self._track, self._last_step = point.track, point.step
        self._actions = deque(point.actions, maxlen=PREVIOUS_ACTIONS)
        self._screens = deque(point.screens, maxlen=RECENT_SCREENS)
        return point.observation

    def _check_expectation(self, expected: State, seen: State, recorder: Recorder) -> None:
        """Hold the agent's prediction against what is there now."""
        missed = [name for name, value in expected.items() if seen.get(name) != value]
        self.outcome.expected_outcomes += 1
        self.outcome.expected_outcomes_met += not missed
        if missed:
            recorder.notify(
                "expectation_missed",
                step=self._budget.taken,
                expected={name: expected[name] for name in missed},
                seen={name: seen.get(name) for name in missed},
            )

    def _count_usage(self, reply: Reply, began: float) -> None:
        used = self.outcome.usage
        self.outcome.usage = SessionUsage(
            replies=used.replies + 1,
            input_tokens=used.input_tokens + (reply.usage.input_tokens or 0),
            output_tokens=used.output_tokens + (reply.usage.output_tokens or 0),
            cost_usd=round(used.cost_usd + (reply.usage.cost_usd or 0.0), 9),
            wall_seconds=round(time.monotonic() - began, 3),
        )


def _tell(events: tuple[AgentEvent, ...], turn: Turn, recorder: Recorder) -> None:
    for event in events:
        recorder.notify(event.kind, step=turn.step, **event.facts)

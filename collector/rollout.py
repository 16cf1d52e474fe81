"""One session: observe, ask the agent, press, look again, until the goal, the agent or the budget ends it.

This is the file to read first. It knows no disk and no configuration: every step is handed to a `Recorder`, which
returns once the step is safe, and only then is the next one begun.
"""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from collector.agents.protocol import Agent
from collector.budget import StepBudget
from collector.console import Console
from collector.errors import AgentError, TaskError
from collector.games.predicates import Track
from collector.records import (
    PREVIOUS_ACTIONS,
    SCHEMA_VERSION,
    WAIT,
    Observation,
    Reply,
    SessionUsage,
    Start,
    State,
    Status,
    Step,
    Task,
    Turn,
)


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
    max_steps: int
    """The hard limit."""
    soft_share: float
    """Share of the limit at which a warning is due."""
    seed: int
    """The session's seed."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How a session went, kept up to date from step to step, so that it stands when an error ends the session."""

    status: Status = Status.RUNNING
    """How it ended."""
    task_completed: bool | None = None
    """Verdict from memory; None without a predicate or before the end."""
    progress: float | None = None
    """Share of the goal's parts that were reached; None without a predicate."""
    report: str | None = None
    """What the agent reported."""
    total_steps: int = 0
    """Steps recorded."""
    expected_outcomes: int = 0
    """Predictions that could be checked."""
    expected_outcomes_met: int = 0
    """How many came true."""
    usage: SessionUsage = field(default_factory=SessionUsage)
    """What it cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    """One action and the screens on both sides of it."""

    action: str | None
    timestamp: str
    held_frames: int
    frames_elapsed: int
    before: Observation
    after: Observation

    @property
    def effect(self) -> bool | None:
        """Whether memory or picture changed; None where nothing was pressed."""
        if self.action in (None, WAIT):
            return None
        return self.before.memory_hash != self.after.memory_hash or self.before.frame_hash != self.after.frame_hash


class Rollout:
    """A session on a console."""

    def __init__(self, assignment: Assignment, console: Console, agent: Agent) -> None:
        """Join everything a session needs; nothing runs yet."""
        self.assignment = assignment
        self.console = console
        self.agent = agent
        self.outcome = Outcome()
        self._budget = StepBudget(assignment.max_steps, soft_share=assignment.soft_share)
        self._actions: deque[str] = deque(maxlen=PREVIOUS_ACTIONS)
        self._track: Track = ()

    def prepare(self) -> Observation:
        """Go to the start and see that the session can be played; InputError if not. Nothing is recorded yet."""
        task, start = self.assignment.task, self.assignment.start
        first = self.console.begin(start)
        self._track = begin_task(task, start, first.state)
        if task.success is not None:
            self.outcome.progress = task.success.progress(self._track, None)
        self.agent.begin(task, self.console.game, first.state, self.assignment.seed)
        return first

    def run(self, first: Observation, recorder: Recorder) -> Outcome:
        """Play from the first observation to the end; `self.outcome` holds what was reached if an error ends it."""
        began, observation = time.monotonic(), first
        while self.outcome.status is Status.RUNNING:
            observation = self._play_turn(observation, recorder)
            wall_seconds = round(time.monotonic() - began, 3)
            self.outcome.usage = replace(self.outcome.usage, wall_seconds=wall_seconds)
        return self.outcome

    def _play_turn(self, observation: Observation, recorder: Recorder) -> Observation:
        """Ask for one reply and press its buttons until it or the session ends; what is seen last."""
        turn = Turn(
            task=self.assignment.task,
            observation=observation,
            step=self._budget.taken + 1,
            step_budget=self._budget.max_steps,
            previous_actions=tuple(self._actions),
        )
        reply = self.agent.act(turn)
        if not reply.actions and reply.error is None:
            raise AgentError(f"{self.agent.name} gave neither an action nor an error at step {turn.step}")
        self._count_usage(reply)
        for index in range(max(len(reply.actions), 1)):
            observation = self._take_step(observation, reply, index, recorder)
            if self.outcome.status is not Status.RUNNING:
                break
        return observation

    def _take_step(self, before: Observation, reply: Reply, index: int, recorder: Recorder) -> Observation:
        """Press one button, judge what came of it, and record the step before anything else happens."""
        press = self._press(before, reply.actions[index] if reply.actions else None)
        near_limit = self._budget.take()
        said_done = reply.done and index + 1 >= len(reply.actions)
        status = self._judge(press.after.state, said_done, reply.report if said_done else None)
        recorder.record(self._step_row(press, reply, index, status, recorder.session_id))
        self.outcome.status, self.outcome.total_steps = status, self._budget.taken
        if press.action is not None:
            self._actions.append(press.action)
        if reply.expected_state is not None and index + 1 == len(reply.actions):
            self._check_expectation(reply.expected_state, press.after.state, recorder)
        if near_limit and status is Status.RUNNING:
            recorder.notify("soft_limit", step=self._budget.taken, max_steps=self._budget.max_steps)
        return press.after

    def _press(self, before: Observation, action: str | None) -> _Press:
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        held, elapsed, after = 0, 0, before
        if action is not None:
            held, elapsed = self.console.press(action)
            after = self.console.observe()
        return _Press(
            action=action, timestamp=timestamp, held_frames=held, frames_elapsed=elapsed, before=before, after=after
        )

    def _judge(self, state: State, said_done: bool, report: str | None) -> Status:
        """How the session stands after a press; the verdict comes from memory and the report alone."""
        success, reached = self.assignment.task.success, False
        if success is not None:
            self._track = success.follow(self._track, state)
            reached = success.holds(self._track, report)
            self.outcome.progress = success.progress(self._track, report)
        self.outcome.report = report
        if not (reached or said_done or self._budget.is_spent):
            return Status.RUNNING
        self.outcome.task_completed = reached if success is not None else None
        if reached:
            return Status.COMPLETED
        return Status.GAVE_UP if said_done else Status.TRUNCATED

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

    def _count_usage(self, reply: Reply) -> None:
        used = self.outcome.usage
        self.outcome.usage = replace(
            used,
            replies=used.replies + 1,
            input_tokens=used.input_tokens + (reply.usage.input_tokens or 0),
            output_tokens=used.output_tokens + (reply.usage.output_tokens or 0),
        )

    def _step_row(self, press: _Press, reply: Reply, index: int, status: Status, session_id: str) -> Step:
        assignment, task, agent = self.assignment, self.assignment.task, self.agent
        before, after, emulator, number = press.before, press.after, self.console.emulator, self._budget.taken
        return Step(
            session_id=session_id,
            step=number,
            parent_step=number - 1,
            parent_session_id=None,
            reply_id=f"{session_id}/{self.outcome.usage.replies}",
            reply_index=index,
            reply_length=max(len(reply.actions), 1),
            timestamp=press.timestamp,
            task_id=task.task_id,
            task_type=str(task.task_type),
            instruction=task.instruction,
            goal=task.goal,
            step_budget=self._budget.max_steps,
            memory_context=before.memory_context,
            memory_notes="",
            previous_actions=tuple(self._actions),
            prompt_id=agent.prompt_id,
            screenshot=before.png,
            screenshot_after=after.png,
            frame=before.frame,
            frames_elapsed=press.frames_elapsed,
            frame_hash=before.frame_hash,
            frame_hash_after=after.frame_hash,
            state=json.dumps(before.state, ensure_ascii=False),
            memory_hash=before.memory_hash,
            analysis=reply.analysis,
            reasoning=reply.reasoning,
            expected_outcome=reply.expected_outcome,
            action=press.action,
            hold_frames=press.held_frames,
            done=reply.done,
            report=reply.report,
            raw_response=reply.raw_response,
            action_effect=press.effect,
            terminated=status is Status.COMPLETED,
            truncated=status is Status.TRUNCATED,
            error=reply.error,
            agent=agent.name,
            policy=agent.policy,
            model_used=agent.model_used,
            latency_ms=reply.usage.latency_ms,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            cached=reply.usage.cached,
            game=self.console.game.game_id,
            rom_sha256=emulator.rom.sha256,
            emulator=emulator.name,
            emulator_version=emulator.version,
            start_id=assignment.start.start_id,
            world_seed=assignment.start.world_seed,
            seed=assignment.seed,
            schema_version=SCHEMA_VERSION,
            label_terms=agent.label_terms,
        )


def begin_task(task: Task, start: Start, first: State) -> Track:
    """The track of the task's success predicate after the first state; empty without a predicate.

    TaskError with what was seen where what the task requires does not hold, where it is already done, and where the
    game has no such fields.
    """
    try:
        if task.requires is not None and not task.requires.holds(task.requires.begin(first), None):
            seen = ", ".join(f"{name}={first[name]!r}" for name in dict.fromkeys(task.requires.fields()))
            raise TaskError(f"what it requires does not hold there, where {seen}; give it another start")
        if task.success is None:
            return ()
        track = task.success.begin(first)
        if task.success.holds(track, None):
            raise TaskError("it is already done there; give it another start")
        return track
    except TaskError as error:
        raise TaskError(f"task {task.task_id} can't begin at start {start.start_id}: {error}") from error

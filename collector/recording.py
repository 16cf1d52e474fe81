"""One session from power-on to its files: a plain `Job` goes in, a finished session directory comes out.

Workers, sweeps, batches and the spec's flags all end here. A session that fails is data: its error is recorded, its
steps stay, and the next session goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from collector.agents.catalogue import make_agent
from collector.agents.given_first import GivenFirst
from collector.agents.settings import AgentSettings, SharedCalling
from collector.analysis import write_error_analysis
from collector.clock import utc_now
from collector.command_line import Interruption, deferred_interrupts
from collector.config import CollectConfig
from collector.config_text import config_text
from collector.console import Console
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.errors import EeveeError
from collector.games.catalogue import game_for
from collector.memory import SessionMemory, open_memory
from collector.outcome import Outcome
from collector.prompt_variations import keep_prompt, write_prompt_variations
from collector.records import SCHEMA_VERSION, STATUS_TABLE, FinalResult, Observation, Session, Status, Step
from collector.rollout import Assignment, Rollout
from collector.run_directory import SessionDirectory, create_session_directory, outcome_in_words
from collector.safe_files import replace_text
from collector.shards import ShardWriter
from collector.starts import DEFAULT_STARTS, CapturedState, StartLibrary
from collector.views import write_screenshots, write_trace, write_training_data

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything one session needs: plain records that can be sent to another process."""

    runs: Path
    """Where session directories are made."""
    session_name: str
    """The user's name for the session, or the task's."""
    assignment: Assignment
    """What is to be played."""
    emulator: EmulatorSettings
    """On what."""
    agent: AgentSettings
    """By whom."""
    fsync: bool
    """A step counts once the disk has it."""
    screenshots: bool
    """Write PNG files of every step."""
    training_data: bool
    """Write training_data.jsonl."""
    config: CollectConfig
    """The resolved configuration of this session."""
    plan_key: str | None = None
    """The batch entry it plays; None for a single session."""
    starts: Path = DEFAULT_STARTS
    """The start library."""
    shared: SharedCalling = field(default_factory=SharedCalling)
    """What it shares with other sessions when it asks a model."""


class SessionInterrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM ended a session between two steps; what was recorded of it is complete."""

    def __init__(self, directory: SessionDirectory, session: Session) -> None:
        super().__init__(session.session_id)
        self.recorded = (directory, session)


class SessionRecorder:
    """Writes a session's steps and events to its directory, and stops it between two steps when asked to."""

    def __init__(
        self, directory: SessionDirectory, *, fsync: bool, interruption: Interruption, on_step: Callable[[Step], None]
    ) -> None:
        """Create the shard; `on_step` hears of each step once it is kept."""
        self.directory = directory
        self.shard = ShardWriter(directory.shard, Step, fsync=fsync)
        self._interruption = interruption
        self._on_step = on_step

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.directory.session_id

    def record(self, step: Step) -> None:
        """Append the step to the shard, tell the listener, and stop here if an interrupt is waiting."""
        self.shard.write(step)
        self._on_step(step)
        if not (step.terminated or step.truncated):  # a session that has reached its end ends as what it is
            self._interruption.raise_if_requested()

    def notify(self, event: str, **facts: Any) -> None:
        """Append the event to events.jsonl; a reached soft limit is logged too."""
        self.directory.add_event(event, **facts)
        if event == "soft_limit":
            _LOG.warning("%s: step %s of at most %s", self.session_id, facts["step"], facts["max_steps"])


def record_session(job: Job, on_step: Callable[[Step], None] = lambda step: None) -> tuple[SessionDirectory, Session]:
    """Play one session and leave its directory complete.

    InputError before anything is made if the job can't be played; SessionInterrupted after the step in hand and the
    files are safe. Any other error ends only this session: its status is failed.
    """
    name = job.assignment.start.state
    captured = None if name is None else StartLibrary(job.starts).read(name)
    emulator = make_emulator(job.emulator)
    agent = make_agent(job.agent, job.shared)
    if job.assignment.branch is not None and job.assignment.branch.first_action is not None:
        agent = GivenFirst(agent, job.assignment.branch.first_action)
    memory: SessionMemory | None = None
    try:
        state = None if captured is None else captured.bytes_for(emulator)
        console = Console(emulator, game_for(emulator.rom), job.emulator.timing, state)
        task, start_id = job.assignment.task, job.assignment.start.start_id
        memory = open_memory(job.agent, task, start_id, console.game.game_id, job.runs)
        rollout = Rollout(job.assignment, console, agent, memory)
        first = rollout.prepare()
        with deferred_interrupts() as interruption:
            return _record(job, captured, rollout, first, memory, interruption, on_step)
    finally:
        if memory is not None:
            memory.close()
        agent.close()
        emulator.close()


def _record(
    job: Job,
    captured: CapturedState | None,
    rollout: Rollout,
    first: Observation,
    memory: SessionMemory | None,
    interruption: Interruption,
    on_step: Callable[[Step], None],
) -> tuple[SessionDirectory, Session]:
    directory = create_session_directory(job.runs, job.session_name)
    recorder = SessionRecorder(directory, fsync=job.fsync, interruption=interruption, on_step=on_step)
    replace_text(directory.config, config_text(job.config))
    directory.write_start(job.assignment.start, job.emulator.timing, job.assignment.branch)
    if rollout.agent.prompt_id is not None:
        keep_prompt(directory, job.agent.prompts, rollout.agent.prompt_id)
    if captured is not None:
        StartLibrary(directory.start.parent).add(captured)
    if memory is not None:
        memory.begin(directory)
    session = _opening_session(job, rollout, first, directory.session_id)
    directory.write_session(session)
    error: BaseException | None = None
    try:
        rollout.run(first, recorder)
    except KeyboardInterrupt as interrupt:
        error = interrupt
        rollout.outcome.status = Status.INTERRUPTED
    except Exception as failure:  # the session boundary: a failed session is data
        error = failure
        rollout.outcome.status = Status.FAILED
        surprise = not isinstance(failure, EeveeError)
        _LOG.error("%s failed: %s", directory.session_id, failure, exc_info=surprise)
    session = replace(session, max_steps=rollout.max_steps)  # an extension has moved it
    session = _closed_session(session, rollout.outcome, recorder.shard.rows, error)
    with recorder.shard:  # its lock is held until the views stand: nobody repairs or prunes them meanwhile
        directory.write_session(session)
        if memory is not None:
            _finish_memory(memory, directory, session, rollout.outcome.report)
        _write_views(job, directory, session)
    if isinstance(error, KeyboardInterrupt) or interruption.requested:
        raise SessionInterrupted(directory, session) from error
    return directory, session


def _finish_memory(memory: SessionMemory, directory: SessionDirectory, session: Session, report: str | None) -> None:
    """Close the memory's part of a session; the session stands without it."""
    try:
        memory.finish(directory, session, report)
    except EeveeError as error:
        _LOG.error("%s: %s", directory.session_id, error)
        directory.add_event("memory_failed", reason=str(error))


def _write_views(job: Job, directory: SessionDirectory, session: Session) -> None:
    if job.screenshots and session.total_steps:
        write_screenshots(directory)
    if job.training_data and session.total_steps:
        write_training_data(directory)
    write_trace(directory, session)
    write_error_analysis(directory, session)
    write_prompt_variations(directory, session)


def _opening_session(job: Job, rollout: Rollout, first: Observation, session_id: str) -> Session:
    task, start, agent = rollout.assignment.task, rollout.assignment.start, rollout.agent
    emulator, game = rollout.console.emulator, rollout.console.game
    return Session(
        session_id=session_id,
        session_name=job.session_name,
        plan_key=job.plan_key,
        task_id=task.task_id,
        task_type=str(task.task_type),
        task_description=task.instruction,
        start_time=utc_now(),
        end_time=None,
        total_steps=0,
        max_steps=rollout.max_steps,
        optimal_steps=rollout.optimal_steps,
        progress=None,
        expected_outcomes=0,
        expected_outcomes_met=0,
        status=str(Status.RUNNING),
        task_completed=None,
        final_score=None,
        final_result=FinalResult(task_outcome="", completion_status=STATUS_TABLE[Status.RUNNING].completion_status),
        held_out=task.held_out,
        error=None,
        seed=rollout.assignment.seed,
        start_id=start.start_id,
        world_seed=rollout.world_seed,
        agent=agent.name,
        policy=agent.policy,
        model_used=agent.model_used,
        prompt_id=agent.prompt_id,
        emulator=emulator.name,
        emulator_version=emulator.version,
        game=game.game_id,
        rom_sha256=emulator.rom.sha256,
        synthetic=game.synthetic,
        schema_version=SCHEMA_VERSION,
        usage=rollout.outcome.usage,
        label_terms=agent.label_terms,
    )


def _closed_session(session: Session, outcome: Outcome, rows: int, error: BaseException | None) -> Session:
    failure = None if error is None or isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
    rule = STATUS_TABLE[outcome.status]
    return replace(
        session,
        end_time=utc_now(),
        total_steps=rows,
        progress=outcome.progress,
        expected_outcomes=outcome.expected_outcomes,
        expected_outcomes_met=outcome.expected_outcomes_met,
        status=str(outcome.status),
        task_completed=outcome.task_completed if error is None else None,
        final_result=FinalResult(
            task_outcome=outcome.report
            or outcome_in_words(session.task_description, outcome.status, has_goal=outcome.progress is not None),
            completion_status=rule.completion_status,
        ),
        error=failure,
        usage=outcome.usage,
    )

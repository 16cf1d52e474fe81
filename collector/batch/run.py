"""Many sessions from one plan: side by side, until all are played or the goal is reached, and resumed."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as Bar
from rich.text import Text

from collector.batch.plan import plan_as_json, with_plan_keys
from collector.batch.reports import summary, write_json, write_reports
from collector.batch.spending import SpendingColumn, ran_out
from collector.batch.workers import Played, play
from collector.clock import utc_now
from collector.command_line import deferred_interrupts
from collector.errors import EeveeError, RunDirectoryError
from collector.exclusive import exclusive
from collector.recording import Job
from collector.records import Session, Status
from collector.run_directory import SessionDirectory, create_batch_directory, find_sessions
from collector.shards import read_rows
from collector.views import write_screenshots, write_trace, write_training_data

_LOG = logging.getLogger(__name__)

FINISHED: Final = (Status.COMPLETED, Status.TRUNCATED, Status.GAVE_UP)
"""How a session ends that need not be played again."""
RANDOM: Final = "random"
"""The policy, and the kind of agent, that plays by luck."""
_NOT_TRAINED_ON: Final = "every session planned is of a held-out task or of random buttons, and neither is trained on"
_WAIT_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """How a batch is played."""

    workers: int = 1
    """Sessions at once."""
    resume: bool = False
    """Leave out the entries that a finished session in RUNS has played."""
    goal_rows: int | None = None
    """Stop once so many rows are kept; None plays the whole plan."""
    calls: Path | None = None
    """The calls file, whose spending the live line shows; None shows none."""


@dataclass(slots=True)
class Tally:
    """What a batch has so far."""

    goal_rows: int | None
    sessions: list[tuple[SessionDirectory, Session]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    kept: set[bytes] = field(default_factory=set)
    """Digests of the distinct rows (screen, instruction, action) of sessions that reached their goal and that the
    builder may train on."""
    ran_out: bool = False
    """A limit on what all sessions may ask of models ended one."""

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.goal_rows is not None and len(self.kept) >= self.goal_rows

    def add(self, directory: SessionDirectory, session: Session) -> None:
        """Count a session; the rows of one that reached its goal are what the score filter keeps."""
        self.sessions.append((directory, session))
        self.ran_out = self.ran_out or ran_out(directory, session)
        if session.task_completed and self.goal_rows is not None and is_trained_on(session.policy, session.held_out):
            for row in read_rows(directory.shard, ["frame_hash", "instruction", "action"]):
                if row["action"] is not None:
                    text = "\0".join((row["frame_hash"], row["instruction"], row["action"]))
                    self.kept.add(hashlib.sha256(text.encode()).digest()[:16])


def is_trained_on(policy: str, held_out: bool) -> bool:
    """Whether the builder takes rows of such a session: luck is not a lesson, and held-out tasks are for the test."""
    return policy != RANDOM and not held_out


def run_batch(runs: Path, jobs: list[Job], settings: BatchSettings) -> int:
    """Play the plan and write the batch's reports; exit code 1 if a session failed or could not begin.

    Ctrl-C ends every session after the step in hand; the reports then cover what was recorded.
    """
    start_time, tally, jobs = utc_now(), Tally(settings.goal_rows), with_plan_keys(jobs)
    if settings.goal_rows is not None and not any(
        is_trained_on(job.agent.kind, job.assignment.task.held_out) for job in jobs
    ):
        _LOG.warning("goal.rows=%s can't be reached: %s", settings.goal_rows, _NOT_TRAINED_ON)
    with _claim(runs, alone=settings.resume):
        finished = _finished_entries(runs, jobs) if settings.resume else {}
        wanted = {job.plan_key: job for job in jobs}
        for key, played in finished.items():
            tally.add(*played)
            _write_missing_views(wanted[key], played[0])
        directory = create_batch_directory(runs)
        write_json(directory / "plan.json", plan_as_json(jobs, start_time))
        try:
            _play(jobs, finished.keys(), settings, tally)
        finally:
            write_reports(directory, start_time, len(jobs), len(finished), tally.sessions, tally.errors)
            print(summary(directory, len(jobs), len(finished), tally.sessions, len(tally.kept) or None))
    if settings.goal_rows is not None and not tally.is_reached:
        kept, goal = len(tally.kept), settings.goal_rows
        _LOG.warning("%s of %s rows are kept: the plan ended before the goal; raise max_sessions", kept, goal)
    failed = [session for _, session in tally.sessions if session.status == Status.FAILED]
    return int(bool(failed or tally.errors))


def _play(jobs: list[Job], finished: Collection[str], settings: BatchSettings, tally: Tally) -> None:
    def pending() -> Iterator[Job]:
        for job in jobs:
            if tally.is_reached:
                return
            if tally.ran_out:
                _LOG.warning("no further session is begun: a limit on spending, or on a day's calls, is reached")
                return
            if job.plan_key not in finished:
                yield job

    played_by_hand = any(job.agent.kind == "human" for job in jobs)  # the person's screen has no room for a live line
    with (
        deferred_interrupts() as interruption,
        _live_line(tally, len(jobs), settings.calls, hidden=played_by_hand) as show,
    ):
        for played in play(pending(), settings.workers, interruption):
            _count(played, tally)
            show()
        interruption.raise_if_requested()


def _count(played: Played, tally: Tally) -> None:
    if played.directory is not None and played.session is not None:
        tally.add(played.directory, played.session)
    if played.error is not None:
        assignment = played.job.assignment
        message = f"{assignment.task.task_id} from {assignment.start.start_id}: {played.error}"
        _LOG.error("%s", message)
        tally.errors.append(message)


def _finished_entries(runs: Path, jobs: list[Job]) -> dict[str, tuple[SessionDirectory, Session]]:
    """The plan's entries that a finished session has played, by key; waits for those still being played."""
    wanted = {job.plan_key for job in jobs}
    found: dict[str, tuple[SessionDirectory, Session]] = {}
    for directory, session in _readable_sessions(runs):
        if session.plan_key not in wanted:
            continue
        while session.status == Status.RUNNING:
            time.sleep(_WAIT_S)
            session = directory.read_session()
        if session.status in FINISHED and session.plan_key is not None and not ran_out(directory, session):
            found.setdefault(session.plan_key, (directory, session))
    return found


def _readable_sessions(runs: Path) -> Iterator[tuple[SessionDirectory, Session]]:
    """Every session of RUNS whose metadata can be read; a damaged one is told of and not counted as played."""
    for directory in find_sessions(runs):
        try:
            if directory.metadata.exists():
                yield directory, directory.read_session()
        except EeveeError as error:
            _LOG.warning("not counted as played: %s", error)


def _write_missing_views(job: Job, directory: SessionDirectory) -> None:
    """Give a session of an earlier batch the views that this one asks for."""
    lacks_data = job.training_data and not directory.training_data.exists()
    lacks_screenshots = job.screenshots and not directory.screenshots.exists()
    if not (lacks_data or lacks_screenshots):
        return
    try:
        with exclusive(directory):
            if lacks_screenshots:
                write_screenshots(directory)
            if lacks_data:
                write_training_data(directory)
                if directory.annotations.exists():
                    _LOG.warning(
                        "%s: people's scores come into its training data when it is rated next", directory.path
                    )
            write_trace(directory, directory.read_session())
    except EeveeError as error:
        _LOG.warning("%s: what this batch asks for can't be written: %s", directory.session_id, error)


@contextmanager
def _claim(runs: Path, *, alone: bool) -> Iterator[None]:
    """Hold RUNS for a batch: any number at a time, but a resumed one alone, or an entry might be played twice."""
    try:
        runs.mkdir(parents=True, exist_ok=True)
        fd = os.open(runs, os.O_RDONLY)
    except OSError as error:
        raise RunDirectoryError(f"{runs}: can't be made ({error.strerror}); choose another with runs=DIR") from error
    try:
        fcntl.flock(fd, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RunDirectoryError(
            f"{runs}: another batch is being played there; resume when it has ended, or choose another folder"
        ) from None
    finally:
        os.close(fd)


class _Rate(ProgressColumn):
    """Sessions a minute."""

    def render(self, task: Bar) -> Text:
        """The rate so far."""
        minutes = max(task.elapsed or 0.0, 1e-9) / 60
        return Text(f"{task.fields['played'] / minutes:.0f}/min")


@contextmanager
def _live_line(tally: Tally, planned: int, calls: Path | None, *, hidden: bool) -> Iterator[Callable[[], None]]:
    """One line kept up to date: kept rows and goal, sessions, rate, spending, time left. Quiet when not a terminal."""
    terminal = Terminal(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), _Rate(), SpendingColumn(calls), TimeRemainingColumn())
    quiet = hidden or not terminal.is_terminal
    with Progress(*columns, console=terminal, transient=True, disable=quiet) as progress:
        began = len(tally.sessions)
        bar = progress.add_task("", total=tally.goal_rows or planned, played=0)

        def show() -> None:
            sessions = len(tally.sessions)
            kept = f"{len(tally.kept)}/{tally.goal_rows} rows kept, " if tally.goal_rows else ""
            done = len(tally.kept) if tally.goal_rows else sessions + len(tally.errors)
            text = f"{kept}{sessions}/{planned} sessions"
            progress.update(bar, completed=done, description=text, played=sessions - began)

        show()
        yield show

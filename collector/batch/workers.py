"""Sessions one after the other in this process, or several at once in processes of their own.

A process plays one session and ends, so memory stays flat and a crash takes only its session with it. Processes are
forked from a server that has the heavy imports done. They stop after the step in hand when they are told to, and when
whoever started them is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Final

from collector.command_line import Interruption
from collector.errors import EeveeError
from collector.recording import Job, SessionInterrupted, record_session
from collector.records import Session, Step
from collector.run_directory import SessionDirectory

_POLL_S: Final = 0.2
_PRELOAD: Final = ("collector.recording", "collector.batch.warm_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of a job."""

    job: Job
    """The job."""
    directory: SessionDirectory | None = None
    """Its session's directory; None if it never began."""
    session: Session | None = None
    """The session as it ended; None if it never began."""
    error: str | None = None
    """Why it never began, or how its process died."""


def play(jobs: Iterator[Job], workers: int, interruption: Interruption) -> Iterator[Played]:
    """Play the jobs and tell of each as it ends; nothing further is begun once an interrupt is waiting.

    `jobs` is asked for the next one only when it can begin, so it may end early.
    """
    return _play_here(jobs, interruption) if workers == 1 else _play_in_processes(jobs, workers, interruption)


def _play_here(jobs: Iterator[Job], interruption: Interruption) -> Iterator[Played]:
    while not interruption.requested and (job := next(jobs, None)) is not None:
        try:
            directory, session = record_session(job)
        except SessionInterrupted as interrupted:
            interruption.requested = True
            directory, session = interrupted.recorded
        except EeveeError as error:
            yield Played(job=job, error=str(error))
            continue
        yield Played(job=job, directory=directory, session=session)


def _play_in_processes(jobs: Iterator[Job], workers: int, interruption: Interruption) -> Iterator[Played]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOAD))
    running: dict[Connection, _Worker] = {}
    told_to_stop = False
    while True:
        while len(running) < workers and not interruption.requested and (job := next(jobs, None)) is not None:
            worker = _Worker(context, job)
            running[worker.connection] = worker
        if interruption.requested and not told_to_stop:
            told_to_stop = True
            for worker in running.values():
                worker.stop()
        if not running:
            return
        for connection in wait(list(running), timeout=_POLL_S):
            assert isinstance(connection, Connection)
            yield running.pop(connection).result()


class _Worker:
    """A process that plays one job."""

    def __init__(self, context: ForkServerContext, job: Job) -> None:
        self.job = job
        self.connection, theirs = context.Pipe()
        self._process: ForkServerProcess = context.Process(target=_work, args=(job, theirs))
        self._process.start()
        theirs.close()

    def stop(self) -> None:
        """Ask for an end after the step in hand."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid or 0, signal.SIGTERM)

    def result(self) -> Played:
        """What it had to say; waits for its end."""
        path, error = None, None
        with suppress(EOFError, ConnectionResetError):
            path, error = self.connection.recv()
        self.connection.close()
        self._process.join()
        if path is None:
            died = f"its process died (exit code {self._process.exitcode})"
            return Played(job=self.job, error=error or died)
        directory = SessionDirectory(path)
        return Played(job=self.job, directory=directory, session=directory.read_session())


def _work(job: Job, parent: Connection) -> None:
    """The body of a process: away from the terminal's Ctrl-C, and never without a parent."""
    os.setsid()

    def stop_if_orphaned(step: Step) -> None:
        if parent.poll():  # the parent never sends: something to read means that it is gone
            os.kill(os.getpid(), signal.SIGTERM)

    try:
        directory, _ = record_session(job, stop_if_orphaned)
        parent.send((directory.path, None))
    except SessionInterrupted as interrupted:
        with suppress(BrokenPipeError):
            parent.send((interrupted.recorded[0].path, None))
    except EeveeError as error:
        parent.send((None, str(error)))

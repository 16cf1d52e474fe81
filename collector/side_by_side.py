"""The same work on many sessions: in this process, or side by side in several."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final, TypeVar

from collector.errors import InputError, WorkError

if TYPE_CHECKING:
    from collector.argument_parser import CommandParser

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_FEW: Final = 4
"""So few sessions are done sooner than a second process starts."""


def add_workers(parser: CommandParser) -> None:
    """Give a command its `--workers`."""
    parser.add_argument("--workers", type=int, metavar="N", help="processes (as many as there are cores)")


def workers_for(given: int | None, sessions: int) -> int:
    """Processes for so many sessions: as many as were asked for, or cores there are, but none for a few sessions."""
    if given is not None and given < 1:
        raise InputError(f"--workers {given}: give 1 or more")
    return min(given or len(os.sched_getaffinity(0)), max(1, sessions // _FEW))


@contextmanager
def side_by_side(work: Callable[[_Item], _Result], items: Sequence[_Item], workers: int) -> Iterator[Iterable[_Result]]:
    """The results in the order of the items; WorkError if a worker process dies.

    What a worker process runs must be found by name: `work` can't stand in a module that is run with `python -m`.
    """
    if workers == 1:
        yield map(work, items)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool.map(work, items)
    except BrokenProcessPool as error:
        raise WorkError("a worker process died (out of memory?); try again with --workers 1") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

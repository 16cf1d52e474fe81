"""Sessions verified in this process or side by side in several.

Not in `__main__`: what a worker process runs must be found by name, and `python -m collector.verify` has none there.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from collector.errors import WorkError
from collector.run_directory import SessionDirectory
from collector.verify.replay import Replayer
from collector.verify.session import Verified, verify_session


@contextmanager
def verify_sessions(
    found: list[SessionDirectory], replayer: Replayer | None, workers: int
) -> Iterator[Iterable[Verified]]:
    """The results in the order of the sessions; WorkError if a worker process dies."""
    verify: Callable[[Path], Verified] = partial(verify_session, replayer=replayer)
    paths = [directory.path for directory in found]
    if workers == 1:
        yield map(verify, paths)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool.map(verify, paths)
    except BrokenProcessPool as error:
        raise WorkError("a worker process died (out of memory?); try again with --workers 1") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

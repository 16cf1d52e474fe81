"""One at a time: whoever changes a finished session holds its directory, and nobody touches one that is being written.

Locks are the kernel's and go with their process, so a killed holder leaves nothing to clear.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from collector.errors import RunDirectoryError
from collector.run_directory import SessionDirectory
from collector.shards import is_being_written


class SessionBusy(RunDirectoryError):
    """Another process writes, repairs or prunes the session."""


@contextmanager
def exclusive(directory: SessionDirectory) -> Iterator[None]:
    """Hold a session against other repairs, prunes and ratings; SessionBusy if its writer or another holder lives."""
    with ExitStack() as held:
        fd = held.enter_context(_opened(directory.path))
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SessionBusy(
                f"{directory.path}: another repair or prune is at work on it; wait until it ends"
            ) from None
        if directory.shard.exists() and is_being_written(directory.shard):
            raise SessionBusy(f"{directory.path}: it is still being written; wait until it ends")
        if directory.annotations.exists():
            fcntl.flock(held.enter_context(_opened(directory.annotations)), fcntl.LOCK_EX)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)

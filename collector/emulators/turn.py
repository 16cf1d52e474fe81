"""Taking turns on an emulator that plays one session at a time: who comes second waits until the first is done.

The turn is a kernel lock on a file in the system's temporary folder, so it ends with its process however that ends. It
holds between the processes of one user on one machine.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import tempfile
from pathlib import Path

_LOG = logging.getLogger(__name__)


class Turn:
    """The right to play on what stands at an address, from construction until `end`."""

    def __init__(self, address: str) -> None:
        """Wait for whoever has the turn; a process that asks twice for one address waits for itself."""
        self._path = turn_file(address)
        self._file: int | None = None
        while self._file is None:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _wait_for(file, address)
            except BaseException:
                os.close(file)
                raise
            if _is_still_at(self._path, file):
                self._file = file
            else:
                os.close(file)  # the one before took it away when its turn ended

    def end(self) -> None:
        """Let the next one play; harmless if done before."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None


def turn_file(address: str) -> Path:
    """The file whose lock is the turn."""
    name = re.sub(r"[^A-Za-z0-9.]+", "-", address).strip("-")
    return Path(tempfile.gettempdir(), f"eevee-turn-{os.getuid()}-{name}")


def _wait_for(file: int, address: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _LOG.warning("another session plays on %s; waiting for its end", address)
        fcntl.flock(file, fcntl.LOCK_EX)


def _is_still_at(path: Path, file: int) -> bool:
    """Whether the path leads to the open file, and not to another or to none."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False

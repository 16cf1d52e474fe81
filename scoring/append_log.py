"""A file of lines that are only ever added, each by one locked write, whoever writes beside.

Order in the file is order in time: no clock decides. A crash can tear at most the last line; the next writer begins a
new line after it, so nothing else is lost.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from collector.errors import InputError, WorkError

Entry = TypeVar("Entry")


class AppendLog(Generic[Entry]):
    """The log at a path; `parse` makes an entry of a line, or says with InputError why it can't."""

    def __init__(self, path: Path, parse: Callable[[str], Entry]) -> None:
        self._path, self._parse = path, parse

    def append(self, line: str) -> None:
        """Add a line by one write(2); when this returns it is in the kernel's hands."""
        data = line.encode() + b"\n"
        with self._locked(os.O_RDWR | os.O_APPEND | os.O_CREAT, fcntl.LOCK_EX) as fd:
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                data = b"\n" + data
            self._write_whole(fd, data, size)

    def read(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """The entries, oldest first, and "file:line: what is wrong" of each line that holds none; none without file."""
        if not self._path.exists():
            return (), ()
        with self._locked(os.O_RDONLY, fcntl.LOCK_SH) as fd:
            return self._entries(fd)

    @contextmanager
    def held(self) -> Iterator[tuple[Entry, ...]]:
        """The entries of a log that exists, which nobody adds to while the caller works with them."""
        with self._locked(os.O_RDWR, fcntl.LOCK_EX) as fd:
            yield self._entries(fd)[0]

    def _entries(self, fd: int) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        entries: list[Entry] = []
        problems: list[str] = []
        *lines, tail = self._read_all(fd).split(b"\n")
        for number, line in enumerate([*lines, tail], start=1):
            if not line.strip():
                continue
            try:
                entries.append(self._parse(line.decode()))
            except (InputError, UnicodeDecodeError) as error:
                torn = f"torn after {len(line)} bytes, its writer died; rate again"
                problems.append(f"{self._path}:{number}: {torn if number > len(lines) else error}")
        return tuple(entries), tuple(problems)

    def _read_all(self, fd: int) -> bytes:
        try:
            with open(fd, "rb", closefd=False) as source:
                return source.read()
        except OSError as error:
            raise WorkError(
                f"{self._path}: can't be read ({error.strerror}); it should be a file you may use"
            ) from error

    def _write_whole(self, fd: int, data: bytes, size: int) -> None:
        """Write all of the line, or leave the file at its old size."""
        wrote, reason = 0, "the disk took only part of it"
        try:
            wrote = os.write(fd, data)
        except OSError as error:
            reason = str(error.strerror)
        if wrote != len(data):
            os.ftruncate(fd, size)
            raise WorkError(
                f"{self._path}: could not append a rating ({reason}); those before it are intact: free some space"
            )

    @contextmanager
    def _locked(self, flags: int, lock: int) -> Iterator[int]:
        try:
            fd = os.open(self._path, flags, 0o644)
        except OSError as error:
            raise WorkError(
                f"{self._path}: can't be opened ({error.strerror}); it should be a file you may use"
            ) from error
        try:
            fcntl.flock(fd, lock)
            yield fd
        finally:
            os.close(fd)

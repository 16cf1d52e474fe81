"""The SQLite file in which all processes of a runs directory keep count of their calls. Nothing secret is in it.

Write-ahead logging lets a process be killed at any moment: what it committed stands, what it had not is gone. The
file must be on a local disk, as SQLite's locks ask for.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collector.errors import AgentError

_BUSY_S: Final = 30.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, provider TEXT NOT NULL, at REAL NOT NULL, tokens INTEGER NOT NULL, cost REAL NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS calls_by_time ON calls (provider, at);
CREATE TABLE IF NOT EXISTS totals (
    one INTEGER PRIMARY KEY CHECK (one = 1), calls INTEGER NOT NULL, tokens INTEGER NOT NULL, cost REAL NOT NULL
);
INSERT OR IGNORE INTO totals VALUES (1, 0, 0, 0.0);
CREATE TABLE IF NOT EXISTS breakers (
    provider TEXT PRIMARY KEY, failures INTEGER NOT NULL, hold_until REAL NOT NULL
);
"""


class SharedFile:
    """An open calls file."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, or make it; None counts in this process's memory only. AgentError if it can't be used."""
        self._path = path
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path or ":memory:", timeout=_BUSY_S, isolation_level=None)
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one process at a time; AgentError if the file can't be used."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _prepare(self) -> None:
        """Set the file up; processes that make it at the same moment may find it locked, and try again."""
        deadline = time.monotonic() + _BUSY_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=NORMAL")
                self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                time.sleep(0.02)

    def _unusable(self, error: Exception) -> AgentError:
        return AgentError(
            f"{self._path or 'the call counts'}: can't be used ({error}); it must be on a local disk you may write to. "
            "If it is damaged, remove it and the files -wal and -shm beside it: spending is then counted from 0"
        )

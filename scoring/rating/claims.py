"""Who is looking at what: leases in one SQLite file, so that raters in all processes keep out of each other's way.

A lease ends by itself, so that what a rater left open comes back to the others. It keeps work apart and nothing else:
whoever rates after the end of a lease is still heard.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from collector.errors import WorkError

LEASE_S: Final = 1800.0
"""How long an item stays with the rater who opened it."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS claims (
    item TEXT NOT NULL, rater TEXT NOT NULL, place REAL NOT NULL, until REAL NOT NULL, PRIMARY KEY (item, rater)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS skipped (
    item TEXT NOT NULL, rater TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (item, rater)
) WITHOUT ROWID;
"""


class Claims:
    """The leases of a run tree."""

    def __init__(self, path: Path, *, lease_s: float = LEASE_S, now: Callable[[], float] = time.time) -> None:
        self._path, self._lease_s, self._now = path, lease_s, now
        with self._transaction() as open_:
            for statement in _TABLES.split(";"):
                open_.execute(statement)

    def of(self, rater: str) -> list[str]:
        """The items a rater holds, the one to show first at the front."""
        with self._transaction() as open_:
            return _held(open_, rater, self._now())

    def take(self, rater: str, candidates: Iterable[str], is_free: Callable[[str, frozenset[str]], bool]) -> str | None:
        """Lease the first candidate that `is_free(item, other raters who hold it)`; None if there is none.

        `is_free` is asked after the leases were read: whoever has let go since has written the rating before that.
        """
        now = self._now()
        with self._transaction() as open_:
            holders: dict[str, set[str]] = {}
            for item, holder in open_.execute("SELECT item, rater FROM claims WHERE until > ?", (now,)):
                holders.setdefault(item, set()).add(holder)
            for item in candidates:
                held_by = holders.get(item, set())
                if rater not in held_by and is_free(item, frozenset(held_by)):
                    self._lease(open_, item, rater, now)
                    return item
        return None

    def put_first(self, rater: str, item: str) -> None:
        """Lease an item whoever else holds it, and show it before all others."""
        with self._transaction() as open_:
            [[first]] = open_.execute("SELECT min(place) FROM claims WHERE rater = ?", (rater,)).fetchall()
            self._lease(open_, item, rater, self._now() if first is None else first - 1)

    def release(self, rater: str, item: str) -> None:
        """Let go of an item."""
        with self._transaction() as open_:
            open_.execute("DELETE FROM claims WHERE item = ? AND rater = ?", (item, rater))

    def skip(self, rater: str, item: str) -> None:
        """Let go of an item that the rater does not want to rate now."""
        with self._transaction() as open_:
            open_.execute("DELETE FROM claims WHERE item = ? AND rater = ?", (item, rater))
            open_.execute("INSERT OR REPLACE INTO skipped VALUES (?, ?, ?)", (item, rater, self._now()))

    def skipped(self, rater: str) -> dict[str, float]:
        """What the rater skipped, and when (seconds since 1970), the earliest first."""
        with self._transaction() as open_:
            return dict(open_.execute("SELECT item, at FROM skipped WHERE rater = ? ORDER BY at", (rater,)).fetchall())

    def forget_skips(self, rater: str, items: Iterable[str]) -> None:
        """Offer these items again."""
        with self._transaction() as open_:
            open_.executemany("DELETE FROM skipped WHERE item = ? AND rater = ?", [(item, rater) for item in items])

    def _lease(self, open_: sqlite3.Connection, item: str, rater: str, place: float) -> None:
        until = self._now() + self._lease_s
        open_.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?)", (item, rater, place, until))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30.0, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = OFF")  # a lease that a power cut loses is no loss
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise WorkError(
                f"{self._path}: {error}; it says who rates what and holds no rating: delete it if it is damaged"
            ) from error


def _held(open_: sqlite3.Connection, rater: str, now: float) -> list[str]:
    found = open_.execute("SELECT item FROM claims WHERE rater = ? AND until > ? ORDER BY place, item", (rater, now))
    return [item for (item,) in found]

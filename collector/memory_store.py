"""The tables of a memory, in SQLite: screens and presses, notes, tasks, and a game's own facts and places.

Nothing in it depends on the time of day: what is newer is told by a counter, so equal sessions leave equal memories.
Every table has a bound; what was touched longest ago goes first.
"""

from __future__ import annotations

import dataclasses
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from collector.errors import InputError, RunDirectoryError
from collector.safe_files import make_directory, replace_bytes

BOUNDS: Final[Mapping[str, int]] = {
    "notes": 500,
    "tasks": 500,
    "screens": 5_000,
    "presses": 20_000,
    "facts": 2_000,
    "places": 500,
}
"""Rows of each table that are kept."""

LONGEST_TEXT: Final = 400
"""Letters of a note, a report or a value that are kept."""

_LAYOUT: Final = "1"
_WAIT_S: Final = 30.0
_SWEEP_EVERY: Final = 64
"""The bounds are seen to once in so many changes, and at a session's end."""

_TABLES: Final = (
    "about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "clock (turn INTEGER NOT NULL)",
    "notes (note TEXT PRIMARY KEY, times INTEGER NOT NULL, session_id TEXT NOT NULL, step INTEGER NOT NULL, "
    "turn INTEGER NOT NULL)",
    "tasks (session_id TEXT PRIMARY KEY, task_id TEXT NOT NULL, instruction TEXT NOT NULL, start_id TEXT NOT NULL, "
    "status TEXT NOT NULL, steps INTEGER NOT NULL, report TEXT, turn INTEGER NOT NULL)",
    "screens (frame_hash TEXT PRIMARY KEY, visits INTEGER NOT NULL, turn INTEGER NOT NULL)",
    "presses (frame_hash TEXT, action TEXT, tries INTEGER NOT NULL, changed INTEGER NOT NULL, "
    "turn INTEGER NOT NULL, PRIMARY KEY (frame_hash, action))",
    "facts (start_id TEXT, name TEXT, value TEXT NOT NULL, changes INTEGER NOT NULL, turn INTEGER NOT NULL, "
    "PRIMARY KEY (start_id, name))",
    "places (place TEXT PRIMARY KEY, visits INTEGER NOT NULL, turn INTEGER NOT NULL)",
)

_SEE: Final = """INSERT INTO screens VALUES (?, 1, ?)
    ON CONFLICT (frame_hash) DO UPDATE SET visits = visits + 1, turn = excluded.turn"""
_TRY: Final = """INSERT INTO presses VALUES (?, ?, 1, ?, ?)
    ON CONFLICT (frame_hash, action) DO UPDATE
    SET tries = tries + 1, changed = changed + excluded.changed, turn = excluded.turn"""
_NOTE: Final = """INSERT INTO notes VALUES (?, 1, ?, ?, ?)
    ON CONFLICT (note) DO UPDATE SET times = times + 1, turn = excluded.turn"""
_FACT: Final = """INSERT INTO facts VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (start_id, name) DO UPDATE
    SET value = excluded.value, changes = changes + excluded.changes, turn = excluded.turn"""
_ENTER: Final = """INSERT INTO places VALUES (?, 1, ?)
    ON CONFLICT (place) DO UPDATE SET visits = visits + 1, turn = excluded.turn"""
_PLAYED: Final = "INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SWEEP: Final = (
    "DELETE FROM {0} WHERE rowid IN (SELECT rowid FROM {0} ORDER BY turn DESC, rowid DESC LIMIT -1 OFFSET {1})"
)

_Do: TypeAlias = Callable[..., None]
"""Executes a statement with its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one step teaches."""

    session_id: str
    """The session."""
    step: int
    """The step."""
    frame_hash: str
    """The screen before the press."""
    action: str | None
    """The press; None for a failed reply."""
    changed_screen: bool
    """Whether another screen followed."""
    notes: tuple[str, ...] = ()
    """What the agent asked to keep."""
    facts: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    """Fields of the game's memory: the value, and whether the press changed it."""
    start_id: str = ""
    """The start in whose world the facts hold."""
    entered: str | None = None
    """The place that was come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedTask:
    """A session that ended: a line of the task history."""

    session_id: str
    """The session."""
    task_id: str
    """Its task."""
    instruction: str
    """What was asked."""
    start_id: str
    """Where it began."""
    status: str
    """How it ended."""
    steps: int
    """Steps taken."""
    report: str | None
    """What was reported."""


class MemoryStore:
    """One SQLite database; in memory, or a file that several processes share."""

    def __init__(self, connection: sqlite3.Connection, where: str) -> None:
        """Wrap a connection that has the tables; `where` stands in errors."""
        self._connection = connection
        self._where = where
        self._changes = 0

    @classmethod
    def private(cls, game: str, known: MemoryStore | None = None) -> MemoryStore:
        """A memory of this process alone: empty, or with all that `known` holds now."""
        store = cls(sqlite3.connect(":memory:", isolation_level=None), "the session's memory")
        if known is None:
            store._make_tables(game)
        else:
            with _explained(known._where):
                known._connection.backup(store._connection)
        return store

    @classmethod
    def copy_of(cls, path: Path) -> MemoryStore:
        """A memory of this process alone with all that a file holds, which is only read."""
        with _explained(str(path)), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as kept:
            store = cls(sqlite3.connect(":memory:", isolation_level=None), "the session's memory")
            kept.backup(store._connection)
        return store

    @classmethod
    def shared(cls, path: Path, game: str) -> MemoryStore:
        """The memory in a file, made if it isn't there; InputError if the file is none or is another game's."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise RunDirectoryError(f"{path}: the memory can't be opened ({error}); mend its permissions") from error
        store = cls(connection, str(path))
        try:
            _write_ahead(connection)
            store._make_tables(game)
            [(kept,)] = connection.execute("SELECT value FROM about WHERE name = 'game'").fetchall()
        except (sqlite3.Error, ValueError) as error:
            connection.close()
            raise InputError(f"{path}: is no memory that can be read ({error}); move it away or restore it") from error
        if kept != game:
            connection.close()
            raise InputError(f"{path}: holds what was learnt of {kept}, not of {game}; choose another memory_session")
        return store

    def learn(self, lesson: Lesson) -> None:
        """Take a step in, whole or not at all."""
        with self._change() as (do, turn):
            do(_SEE, lesson.frame_hash, turn)
            if lesson.action is not None:
                do(_TRY, lesson.frame_hash, lesson.action, int(lesson.changed_screen), turn)
            for note in lesson.notes:
                do(_NOTE, note, lesson.session_id, lesson.step, turn)
            for name, (value, changed) in lesson.facts.items():
                do(_FACT, lesson.start_id, name, value, int(changed), turn)
            if lesson.entered is not None:
                do(_ENTER, lesson.entered, turn)
        self._changes += 1
        if self._changes % _SWEEP_EVERY == 0:
            self.clean_up()

    def add_task(self, played: PlayedTask) -> None:
        """Enter a session that ended into the history, and see to the bounds."""
        with self._change() as (do, turn):
            do(_PLAYED, *dataclasses.astuple(played), turn)
        self.clean_up()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with _explained(self._where):
            return self._connection.execute(query, values).fetchall()

    def put(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Put rows into a table as they stood in another memory; what is learnt from now on is newer than they."""
        with _explained(self._where):
            for row in rows:
                self._connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            self._connection.execute(f"UPDATE clock SET turn = max(turn, (SELECT ifnull(max(turn), 0) FROM {table}))")

    def clean_up(self) -> None:
        """Bring every table down to its bound: what was touched longest ago goes."""
        with self._change() as (do, _):
            for table, bound in BOUNDS.items():
                do(_SWEEP.format(table, bound))

    def snapshot(self, path: Path) -> None:
        """Write a copy as a file of its own; a reader sees all of it or nothing."""
        make_directory(path.parent)
        with tempfile.TemporaryDirectory(prefix="eevee-memory-") as folder, _explained(str(path)):
            copy = Path(folder, path.name)
            target = sqlite3.connect(copy)
            self._connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            target.close()
            replace_bytes(path, copy.read_bytes())

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _make_tables(self, game: str) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
        connection.execute("INSERT OR IGNORE INTO about VALUES ('layout', ?), ('game', ?)", (_LAYOUT, game))
        connection.execute("INSERT INTO clock SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM clock)")
        connection.execute("COMMIT")

    @contextmanager
    def _change(self) -> Iterator[tuple[_Do, int]]:
        """A transaction: a function that executes a statement with its values, and the number of this turn."""
        connection = self._connection

        def do(statement: str, *values: Any) -> None:
            connection.execute(statement, values)

        with _explained(self._where):
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("UPDATE clock SET turn = turn + 1")
                [(turn,)] = connection.execute("SELECT turn FROM clock").fetchall()
                yield do, turn
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once, and let a killed writer cost no more than its last change."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            return
        except sqlite3.OperationalError:  # two processes switch at once: SQLite doesn't wait for this one
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@contextmanager
def _explained(where: str) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise RunDirectoryError(
            f"{where}: the memory can't be used ({error}); free some space, or end what holds the file"
        ) from error

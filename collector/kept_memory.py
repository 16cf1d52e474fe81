"""What a memory held before a session, as plain records, and the snapshot made of them again.

A dataset may hold no database, whose bytes nobody can search: in records every text is a cell of its own. Kept are
the rows that the session's notes can tell of: its own screens, its own start, and everything that is tied to neither.
(Where presses or facts were at their bounds, what is let go of later may differ by a row.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from collector.memory_store import MemoryStore


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptNote:
    """A row of `notes`."""

    note: str
    """What the agent asked to keep."""
    times: int
    """How often."""
    session_id: str
    """Where it was asked for first."""
    step: int
    """At which step."""
    turn: int
    """When it was last asked for, by the memory's own count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTask:
    """A row of `tasks`: a session that was played before."""

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
    turn: int
    """When it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPress:
    """A row of `presses`."""

    frame_hash: str
    """The screen."""
    action: str
    """The press."""
    tries: int
    """How often it was tried there."""
    changed: int
    """How often another screen followed."""
    turn: int
    """When it was last tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFact:
    """A row of `facts`: a field of the game's memory."""

    start_id: str
    """The start in whose world it holds."""
    name: str
    """The field."""
    value: str
    """What it said last."""
    changes: int
    """How often a press changed it."""
    turn: int
    """When it was last seen to be new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlace:
    """A row of `places`, which the game's memory tells."""

    place: str
    """The place."""
    visits: int
    """How often it was come to."""
    turn: int
    """When it was last come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMemory:
    """The tables, each by its name; a record's fields are the table's columns in their order."""

    notes: tuple[KeptNote, ...]
    """All of them."""
    tasks: tuple[KeptTask, ...]
    """All of them."""
    presses: tuple[KeptPress, ...]
    """Those on screens that the session shows."""
    facts: tuple[KeptFact, ...]
    """Those of the session's start."""
    places: tuple[KeptPlace, ...]
    """All of them."""


Kept = TypeVar("Kept", KeptNote, KeptTask, KeptPress, KeptFact, KeptPlace)


def kept_memory(snapshot: Path, *, start_id: str, screens: Collection[str]) -> KeptMemory:
    """What a snapshot holds for a session from that start; SCREENS are the digests of what it shows."""
    with closing(MemoryStore.copy_of(snapshot)) as store:
        return KeptMemory(
            notes=_rows(store, "notes", KeptNote),
            tasks=_rows(store, "tasks", KeptTask),
            presses=tuple(press for press in _rows(store, "presses", KeptPress) if press.frame_hash in screens),
            facts=tuple(fact for fact in _rows(store, "facts", KeptFact) if fact.start_id == start_id),
            places=_rows(store, "places", KeptPlace),
        )


def restore_memory(kept: KeptMemory, game: str, snapshot: Path) -> None:
    """Write a snapshot that tells the session what the one it was made from did; RunDirectoryError for odd rows."""
    with closing(MemoryStore.private(game)) as store:
        for table in dataclasses.fields(kept):
            store.put(table.name, (dataclasses.astuple(row) for row in getattr(kept, table.name)))
        store.snapshot(snapshot)


def _rows(store: MemoryStore, table: str, record: type[Kept]) -> tuple[Kept, ...]:
    """A table in the order in which it was filled, which decides what a full one lets go first."""
    names = [field.name for field in dataclasses.fields(record)]
    found = store.rows(f"SELECT {', '.join(names)} FROM {table} ORDER BY rowid")
    return tuple(record(**dict(zip(names, row, strict=True))) for row in found)

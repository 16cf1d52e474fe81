"""What a session's files say that its metadata does not: what was pressed and met, and how large they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from collector.errors import EeveeError
from collector.run_directory import SessionDirectory
from collector.safe_files import bytes_on_disk
from collector.shards import read_rows
from scoring.sessions import RatedSession

_COLUMNS: Final = ["action", "frame_hash", "frame_hash_after", "state", "input_tokens", "cost_usd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What was done and met in a session, in the order of its steps."""

    actions: tuple[str, ...] = ()
    """What was pressed or waited; failed replies are left out."""
    screens: tuple[str, ...] = ()
    """Digests of the pictures before each step, and after the last one."""
    states: tuple[str, ...] = ()
    """The reader's fields before each step, as JSON; none of a game without a reader."""
    maps: tuple[str, ...] = ()
    """The reader's field `map` before each step that has one."""
    rows: tuple[tuple[str, str], ...] = ()
    """(state, else picture; action) of each step with an action."""
    priced: bool = True
    """Whether every answer that took tokens has a price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSession:
    """A session with its ratings, and what its files say."""

    rated: RatedSession
    """Its metadata and ratings."""
    steps: StepFacts
    """What was done and met."""
    size: int
    """Bytes of its files on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Sessions measured, and those whose steps could not be read."""

    sessions: tuple[MeasuredSession, ...]
    """Every one, in order; one whose steps can't be read has none."""
    problems: tuple[str, ...]
    """What could not be read, one sentence each."""


def measure(sessions: Iterable[RatedSession]) -> Measurement:
    """Read the steps of each session; one that can't be read is said and counts without them."""
    measured: list[MeasuredSession] = []
    problems: list[str] = []
    for rated in sessions:
        steps = StepFacts()
        try:
            steps = step_facts(rated.directory)
        except EeveeError as error:
            problems.append(str(error))
        size = bytes_on_disk(rated.directory.path)
        measured.append(MeasuredSession(rated=rated, steps=steps, size=size))
    return Measurement(sessions=tuple(measured), problems=tuple(problems))


def step_facts(directory: SessionDirectory) -> StepFacts:
    """What stands in the session's shard; nothing if there is none yet."""
    rows = list(read_rows(directory.shard, _COLUMNS)) if directory.shard.exists() else []
    states = [row["state"] for row in rows if _has_fields(row["state"])]
    return StepFacts(
        actions=tuple(row["action"] for row in rows if row["action"] is not None),
        screens=(*(row["frame_hash"] for row in rows), *(row["frame_hash_after"] for row in rows[-1:])),
        states=tuple(states),
        maps=tuple(place for state in states if (place := _map_of(state)) is not None),
        rows=tuple((_where(row), row["action"]) for row in rows if row["action"] is not None),
        priced=all(row["cost_usd"] is not None for row in rows if row["input_tokens"] is not None),
    )


def _has_fields(state: str) -> bool:
    return state not in ("", "{}")


def _where(row: dict[str, Any]) -> str:
    return str(row["state"] if _has_fields(row["state"]) else row["frame_hash"])


def _map_of(state: str) -> str | None:
    place = json.loads(state).get("map")
    return None if place is None else str(place)

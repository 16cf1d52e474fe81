"""A recorded session played again on the bundled cartridge, for the states and the tracks that its steps stand in.

Labels are made of what the cartridge shows when the session's presses are repeated from its start, not of the `state`
column: the pictures' and memory's digests prove it to be the same journey, the state after the last press is known
too, and a reader that has learnt to read more since is used as it is now. The cartridge shows the same on every
emulator, so a session is played again here wherever it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collector.console import Console, Mark
from collector.emulators.protocol import Emulator
from collector.errors import WorkError
from collector.games.catalogue import game_for
from collector.games.predicates import Predicate, Track
from collector.preconditions import go_on_to
from collector.records import Observation, State
from collector.run_directory import SessionDirectory
from collector.starts import StartLibrary
from collector.verify.rows import Row

COLUMNS = [
    "step",
    "parent_step",
    "action",
    "terminated",
    "frame_hash",
    "frame_hash_after",
    "memory_hash",
    "row_hash",
]
"""Of steps.arrow: what playing it again needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a session stands between two steps."""

    state: State
    """What the reader reads."""
    track: Track
    """What the task's predicate remembers of the way there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraced:
    """A step between the points it leads from and to."""

    row: Row
    """Its COLUMNS."""
    before: Point
    """Where it was taken."""
    after: Point
    """Where it led."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A point with what is needed to go back to it after an undo."""

    point: Point
    seen: Observation
    mark: Mark | None


def retrace(
    directory: SessionDirectory, rows: Sequence[Row], success: Predicate, emulator: Emulator
) -> Iterator[Retraced]:
    """Each recorded step in order; WorkError at the first that the cartridge does not show as it was recorded."""
    start, timing = directory.read_start()
    captured = None if start.state is None else StartLibrary(directory.start.parent).read(start.state)
    state = None if captured is None else captured.bytes_for(emulator)
    console = Console(emulator, game_for(emulator.rom), timing, state)
    keep = any(row["parent_step"] != row["step"] - 1 for row in rows)
    first = console.begin(start)
    track = success.begin(first.state)
    if (branch := directory.read_branch()) is not None:
        first, track = go_on_to(branch, success, console, first, track)
    places = [_place(console, first, track, keep=keep)]
    for row in rows:
        here = places[row["parent_step"]]
        if row["parent_step"] != row["step"] - 1 and here.mark is not None:
            console.restore(here.mark)
        seen = _press_again(console, row, here.seen, directory.session_id)
        pressed = row["action"] is not None
        track = success.follow(here.point.track, seen.state) if pressed else here.point.track
        places.append(_place(console, seen, track, keep=keep))
        yield Retraced(row=row, before=here.point, after=places[-1].point)


def _place(console: Console, seen: Observation, track: Track, *, keep: bool) -> _Place:
    mark = console.mark() if keep else None
    return _Place(point=Point(state=seen.state, track=track), seen=seen, mark=mark)


def _press_again(console: Console, row: Row, before: Observation, session_id: str) -> Observation:
    after = before
    if row["action"] is not None:
        console.press(row["action"])
        after = console.observe()
    for column, seen in (
        ("frame_hash", before.frame_hash),
        ("memory_hash", before.memory_hash),
        ("frame_hash_after", after.frame_hash),
    ):
        if row[column] != seen:
            raise WorkError(
                f"{session_id} step {row['step']}: {column} is {row[column]!r}, and the cartridge gives {seen!r} when "
                "the session is played again; see python -m collector.verify"
            )
    return after

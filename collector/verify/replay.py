"""Play a recorded session again, press by press and frame by frame, and say where the console shows something else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.console import Console
from collector.emulators.catalogue import EMULATORS, EmulatorSettings, make_emulator
from collector.emulators.protocol import Emulator
from collector.errors import EmulatorError, InputError, RomError, WorkError
from collector.games.catalogue import game_for
from collector.records import WAIT, Branch, Observation, Session, Start, Timing
from collector.roms.thistledown import rom_sha256
from collector.run_directory import SessionDirectory
from collector.starts import StartLibrary
from collector.verify.rows import Failure, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """What there is to play on."""

    roms: Mapping[str, Path] = field(default_factory=dict)
    """ROM files by their sha256; the bundled cartridge is always there."""
    base_url: str | None = None
    """A running SkyEmu's address; None if there is none."""

    def obstacle(self, directory: SessionDirectory, session: Session, rows: Sequence[Row]) -> str | None:
        """Why the session can't be played again, in words; None if it can."""
        if not rows:
            return "no step was recorded"
        if not directory.start.exists():
            return "states/start.json is missing, so nothing says how it began"
        if session.emulator not in EMULATORS:
            return f"there is no emulator {session.emulator!r} here"
        if session.emulator == "skyemu" and self.base_url is None:
            return "it needs a running SkyEmu: --base-url URL"
        if session.rom_sha256 is None:  # the server's own ROM was played; the first picture tells whether it still is
            return None
        if session.rom_sha256 != rom_sha256() and session.rom_sha256 not in self.roms:
            return f"it needs the ROM with sha256 {session.rom_sha256[:12]}...: --rom PATH"
        return None

    def failures_of(self, directory: SessionDirectory, session: Session, rows: Sequence[Row]) -> list[Failure]:
        """What differs at the first step that differs; a session without obstacle is expected."""
        with self._begun(directory, session) as (console, first, branch):
            if misplaced := _misplaced(session, branch, rows):
                return misplaced
            return _first_difference(console, first, live_path(rows), session)

    def retraced(
        self, directory: SessionDirectory, session: Session, rows: Sequence[Row]
    ) -> Iterator[tuple[Row, Observation, Observation]]:
        """Each row with what is seen before and after it, undone ones too; a session without obstacle is expected.

        Its rows are steps 1, 2, ... that follow earlier ones. WorkError if states/start.json has them leave another
        session than they say.
        """
        with self._begun(directory, session) as (console, first, branch):
            if misplaced := _misplaced(session, branch, rows):
                raise WorkError(f"{misplaced[0].column}: expected {misplaced[0].expected}, seen {misplaced[0].seen}")
            is_undone = any(row["parent_step"] != row["step"] - 1 for row in rows)
            places = [(first, console.mark() if is_undone else None)]
            for row in rows:
                before, mark = places[row["parent_step"]]
                if row["parent_step"] != row["step"] - 1 and mark is not None:
                    console.restore(mark)
                after = before
                if row["action"] is not None:
                    _press_exactly(console.emulator, row)
                    after = console.observe()
                places.append((after, console.mark() if is_undone else None))
                yield row, before, after

    @contextmanager
    def _begun(
        self, directory: SessionDirectory, session: Session
    ) -> Iterator[tuple[Console, Observation, Branch | None]]:
        """The console where the session's first step was taken, what it shows, and the path it left, if it did."""
        start, timing = _beginning(directory)
        captured = None if start.state is None else StartLibrary(directory.start.parent).read(start.state)
        settings = EmulatorSettings(
            kind=session.emulator,
            rom=self.roms.get(session.rom_sha256 or ""),
            timing=timing,
            use_loaded_rom=session.rom_sha256 is None,
        )
        if self.base_url is not None:
            settings = dataclasses.replace(settings, base_url=self.base_url)
        emulator = make_emulator(settings)
        try:
            state = None if captured is None else captured.bytes_for(emulator)
            console = Console(emulator, game_for(emulator.rom), timing, state)
            first, branch = console.begin(start), directory.read_branch()
            if branch is not None:
                first = [first, *console.follow(branch)][-1]
            yield console, first, branch
        finally:
            emulator.close()


def replayer_for(roms: Iterable[Path], base_url: str | None) -> Replayer:
    """What a command was given to play on; RomError for a ROM that can't be read."""
    try:
        by_digest = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in roms}
    except OSError as error:
        raise RomError(f"{error.filename}: the ROM can't be read ({error.strerror})") from error
    return Replayer(roms=by_digest, base_url=base_url)


def _misplaced(session: Session, branch: Branch | None, rows: Sequence[Row]) -> list[Failure]:
    """Where rows and states/start.json differ in which session was left, or in the action that was given first."""
    parent = None if branch is None else branch.session_id
    wanted = [(row["step"], "parent_session_id", parent, row["parent_session_id"]) for row in rows]
    if branch is not None and branch.first_action is not None:
        wanted.append((1, "action", branch.first_action, rows[0]["action"]))
    return [
        Failure(session_id=session.session_id, step=step, column=column, expected=str(expected), seen=str(seen))
        for step, column, expected, seen in wanted
        if expected != seen
    ][:1]


def _beginning(directory: SessionDirectory) -> tuple[Start, Timing]:
    try:
        return directory.read_start()
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{directory.start}: does not say how the session began ({error}); was it edited?") from error


def live_path(rows: Sequence[Row]) -> list[Row]:
    """The rows that lead to the last one, oldest first: what was undone is left out."""
    path: list[Row] = []
    number = len(rows)
    while 1 <= number <= len(rows):
        path.append(rows[number - 1])
        number = min(rows[number - 1]["parent_step"], number - 1)
    return path[::-1]


def _first_difference(console: Console, seen: Observation, rows: Sequence[Row], session: Session) -> list[Failure]:
    for row in rows:
        differences = list(_before(row, seen))
        try:
            if row["action"] is not None:
                _press_exactly(console.emulator, row)
                seen = console.observe()
        except EmulatorError as error:
            differences.append(("action", f"{row['action']!r} to be pressed", f"{error}"))
        if row["frame_hash_after"] != seen.frame_hash:
            differences.append(("frame_hash_after", seen.frame_hash, row["frame_hash_after"]))
        if differences:
            return [_failure(session, row["step"], console.emulator, *difference) for difference in differences]
    return []


def _before(row: Row, seen: Observation) -> Iterator[tuple[str, str, str]]:
    for column, value in (
        ("frame", seen.frame),
        ("frame_hash", seen.frame_hash),
        ("memory_hash", seen.memory_hash),
    ):
        if row[column] != value:
            yield column, str(value), str(row[column])
    try:
        recorded = dict[str, Any](json.loads(row["state"]))
    except ValueError:
        yield "state", "a JSON object", repr(row["state"])
        return
    for name, value in recorded.items():
        if name not in seen.state or seen.state[name] != value:
            yield "state", f"{name}={seen.state.get(name)!r}", f"{name}={value!r}"
            return


def _press_exactly(emulator: Emulator, row: Row) -> None:
    """Hold and wait as many frames as were recorded: no game knowledge is needed."""
    held = row["hold_frames"]
    if row["action"] != WAIT and held:
        emulator.hold((row["action"],))
        emulator.advance(held)
        emulator.hold(())
    if row["frames_elapsed"] > held:
        emulator.advance(row["frames_elapsed"] - held)


def _failure(session: Session, step: int, emulator: Emulator, column: str, expected: str, seen: str) -> Failure:
    if emulator.version != session.emulator_version:
        expected += f" (re-played on {emulator.name} {emulator.version}, recorded on {session.emulator_version})"
    return Failure(
        session_id=session.session_id, step=step, column=f"{column} (re-played)", expected=expected, seen=seen
    )

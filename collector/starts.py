"""States captured from a running game, so that sessions can begin there: a folder of them is a start library.

A state is NAME.state (the emulator's own bytes), NAME.json (what it is of) and NAME.png (what it looks like). It goes
on only with the ROM, emulator and version it was captured with. A session keeps a copy of the state it began from in
its own states folder, which is a library of that one state.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from collector.emulators.protocol import Emulator, RomIdentity
from collector.errors import InputError, RomError, RunDirectoryError
from collector.records import Png
from collector.run_directory import NAME_PATTERN
from collector.safe_files import replace_bytes, replace_text

DEFAULT_STARTS: Final = Path("starts")
"""The start library unless `starts=DIR` says otherwise."""

_RESERVED: Final = frozenset({"start"})
"""A session's states folder has a start.json of its own."""
_SHOWN: Final = 12
"""Digits of a digest that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """What a captured state is of: NAME.json."""

    name: str
    """Its name in the library."""
    note: str
    """What the user wrote about it."""
    rom: RomIdentity
    """The ROM it belongs to."""
    emulator: str
    """The emulator's name."""
    emulator_version: str
    """The emulator's version."""
    created: str
    """UTC, ISO 8601."""
    frame_hash: str
    """Digest over size and RGB pixels of the screen it shows."""
    state_sha256: str
    """Of the state's bytes."""

    @property
    def summary(self) -> str:
        """In one line."""
        return f"{describe_rom(self.rom)} on {self.emulator} {self.emulator_version}, captured {self.created}"

    def misfit(self, rom: RomIdentity, emulator: str, version: str) -> str | None:
        """Why the state can't go on there, naming both sides; None if it can."""
        if not _same_rom(self.rom, rom):
            return f"it was captured from {describe_rom(self.rom)}, and {describe_rom(rom)} is played"
        if self.emulator != emulator:
            return f"it was captured on {self.emulator} {self.emulator_version}, and {emulator} {version} is played on"
        if self.emulator_version != version:
            return f"it was captured on {emulator} {self.emulator_version}, and {emulator} {version} is here"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedState:
    """A captured state with its facts and its picture."""

    facts: StateFacts
    """What it is of."""
    state: bytes
    """What the emulator saved."""
    png: Png
    """The screen it shows."""

    def bytes_for(self, emulator: Emulator) -> bytes:
        """The state's bytes; RomError or InputError, naming both sides, unless it can go on on this emulator."""
        facts = self.facts
        misfit = facts.misfit(emulator.rom, emulator.name, emulator.version)
        if misfit is None:
            return self.state
        if not _same_rom(facts.rom, emulator.rom):
            raise RomError(f"state {facts.name}: {misfit}; give its ROM with emulator.rom=PATH")
        raise InputError(f"state {facts.name}: {misfit}; play it where it was captured, or capture it again")


class StartLibrary:
    """The captured states of a folder."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet; the folder need not exist."""
        self.folder = folder

    def names(self) -> tuple[str, ...]:
        """The states there are, in order."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.state") if path.with_suffix(".json").exists()))

    def facts(self, name: str) -> StateFacts:
        """What NAME.json says; InputError with the names there are if there is no such state."""
        if name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise InputError(
                f"there is no captured state {name!r} in {self.folder} (starts=DIR); it has {known}; "
                f"capture one: python -m collector.state capture {name}"
            )
        path = self._path(name, "json")
        try:
            raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return StateFacts(**(raw | {"rom": RomIdentity(**raw["rom"])}))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(f"{path}: does not say what the state is of ({error}); capture the state again") from error

    def read(self, name: str) -> CapturedState:
        """A state; InputError if it is not there, or not what was captured."""
        facts = self.facts(name)
        try:
            captured = CapturedState(
                facts=facts,
                state=self._path(name, "state").read_bytes(),
                png=Png(self._path(name, "png").read_bytes()),
            )
        except OSError as error:
            raise InputError(f"{error.filename}: can't be read ({error.strerror}); capture the state again") from error
        digest = state_digest(captured.state)
        if digest != facts.state_sha256:
            raise InputError(
                f"{self._path(name, 'state')}: its sha256 is {digest[:_SHOWN]}..., {facts.state_sha256[:_SHOWN]}... "
                "was captured; the file was changed or damaged: capture the state again"
            )
        return captured

    def require_free(self, name: str) -> None:
        """InputError unless a new state may have this name."""
        if not NAME_PATTERN.fullmatch(name) or name.startswith(".") or name in _RESERVED:
            raise InputError(f"state {name!r}: use 1 to 64 of A-Z a-z 0-9 . _ -, with no dot first; `start` is taken")
        for ending in ("state", "json", "png"):
            if self._path(name, ending).exists():
                raise InputError(f"{self._path(name, ending)} is there already and stays; choose another name")

    def add(self, captured: CapturedState) -> None:
        """Write a new state, its facts last, so that what is listed is whole; InputError if the name is taken."""
        name = captured.facts.name
        self.require_free(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Only one of two captures of the same name makes the file.
            os.close(os.open(self._path(name, "state"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            raise InputError(f"{self._path(name, 'state')} is there already; choose another name") from None
        except OSError as error:
            raise RunDirectoryError(
                f"{self.folder}: can't be written ({error.strerror}); choose a folder you may write to"
            ) from error
        replace_bytes(self._path(name, "state"), captured.state)
        replace_bytes(self._path(name, "png"), captured.png)
        facts = json.dumps(dataclasses.asdict(captured.facts), indent=2, ensure_ascii=False)
        replace_text(self._path(name, "json"), facts + "\n")

    def keep_out_of_git(self) -> None:
        """Leave a .gitignore over everything in the folder: states hold parts of the user's game."""
        if not (self.folder / ".gitignore").exists():
            replace_text(self.folder / ".gitignore", "*\n")

    def _path(self, name: str, ending: str) -> Path:
        return self.folder / f"{name}.{ending}"


def state_digest(state: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(state).hexdigest()


def describe_rom(rom: RomIdentity) -> str:
    """A ROM in a few words for a message."""
    digest = "file not here" if rom.sha256 is None else f"sha256 {rom.sha256[:_SHOWN]}..."
    return f"{rom.title or 'an untitled ROM'} revision {rom.revision} ({digest})"


def _same_rom(one: RomIdentity, other: RomIdentity) -> bool:
    """By their digests; by their headers where a file is not here."""
    if one.sha256 is not None and other.sha256 is not None:
        return one.sha256 == other.sha256
    return (one.title, one.revision) == (other.title, other.revision)

"""What is in a ROM file, from its header: the console it is for, its title and revision.

Offsets and checksums are those of the cartridge headers in Pan Docs (Game Boy) and GBATEK (Game Boy Advance).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from collector.emulators.protocol import RomIdentity
from collector.errors import RomError
from collector.games.protocol import MemoryRange


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """Where a console's header stands, in the file and on the bus."""

    bus: int
    """Bus address of the file's first byte."""
    title: slice
    """Offsets of the title: ASCII, NUL-padded."""
    revision: int
    """Offset of the revision number."""
    summed: slice
    """Offsets of the bytes that the checksum is taken over; it stands right behind them."""
    start: int
    """What the checksum starts from; each byte is taken away from it."""
    each: int
    """What is taken away besides, for each byte."""


class GameConsole(Enum):
    """The consoles whose ROMs are known by their header."""

    GAME_BOY = "Game Boy"
    GAME_BOY_ADVANCE = "Game Boy Advance"


_HEADERS = {
    GameConsole.GAME_BOY: _Header(
        bus=0, title=slice(0x134, 0x143), revision=0x14C, summed=slice(0x134, 0x14D), start=0, each=1
    ),
    GameConsole.GAME_BOY_ADVANCE: _Header(
        bus=0x08000000, title=slice(0xA0, 0xAC), revision=0xBC, summed=slice(0xA0, 0xBD), start=-0x19, each=0
    ),
}
_GAME_BOY_BANK = 0x4000
_ADVANCE_MARK = (0xB2, 0x96)
"""A byte that every Game Boy Advance header holds, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RomFile:
    """A ROM file that was read."""

    path: Path
    """Where it is."""
    content: bytes
    """All of it."""
    console: GameConsole
    """What it runs on."""
    identity: RomIdentity
    """Which game it is."""

    @property
    def file_name(self) -> str:
        """What a copy is to be called, so that an emulator knows the console by the name's ending."""
        if self.console is GameConsole.GAME_BOY_ADVANCE:
            return "game.gba"
        return "game.gbc" if self.content[0x143] & 0x80 else "game.gb"


def read_rom(path: Path, *consoles: GameConsole) -> RomFile:
    """The ROM at the path; RomError unless it is there and for one of these consoles."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RomError(
            f"{path}: no such ROM; give its path with emulator.rom=PATH, or leave it out for the bundled cartridge"
        ) from None
    except OSError as error:
        raise RomError(f"{path}: the ROM can't be read ({error.strerror})") from error
    faults = []
    for console in consoles:
        fault = _fault(content, console)
        if fault is None:
            header = _HEADERS[console]
            identity = _identity(content[header.title], content[header.revision], hashlib.sha256(content).hexdigest())
            return RomFile(path=path, content=content, console=console, identity=identity)
        faults.append(f"not a {console.value} ROM ({fault})")
    raise RomError(f"{path}: {', '.join(faults)}")


def header_ranges(console: GameConsole) -> tuple[MemoryRange, MemoryRange]:
    """Where title and revision can be read on the console's bus."""
    header = _HEADERS[console]
    title = MemoryRange(header.bus + header.title.start, header.title.stop - header.title.start)
    return title, MemoryRange(header.bus + header.revision, 1)


def identity_on_bus(read: bytes) -> RomIdentity:
    """Who a ROM says it is, from what stands at `header_ranges`; its digest is not known."""
    return _identity(read[:-1], read[-1], None)


def _identity(title: Sequence[int], revision: int, sha256: str | None) -> RomIdentity:
    words = bytes(title).split(b"\0")[0].decode("ascii", "replace").strip()
    return RomIdentity(title=words, revision=revision, sha256=sha256)


def _fault(content: bytes, console: GameConsole) -> str | None:
    """What tells that this is no ROM of the console; None if nothing does."""
    header = _HEADERS[console]
    place = header.summed.stop
    expected = (header.start - sum(content[header.summed]) - header.each * (place - header.summed.start)) & 0xFF
    found = content[place : place + 1]
    seen = f"{len(content)} bytes, header checksum {found.hex() or 'missing'}, expected {expected:02x}"
    if found != bytes([expected]):
        return seen
    if console is GameConsole.GAME_BOY:
        whole = len(content) >= 2 * _GAME_BOY_BANK and len(content) % _GAME_BOY_BANK == 0
        return None if whole else seen
    offset, mark = _ADVANCE_MARK
    return None if content[offset] == mark else f"byte {offset:#x} is {content[offset]:02x}, expected {mark:02x}"

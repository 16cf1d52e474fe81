"""What an emulator is to the collector: frames, buttons, memory and a screen.

An emulator knows no game and no timing. Capabilities say what one can't do; asking for it anyway raises `NotCapable`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from collector.games.protocol import MemoryRange
from collector.records import Picture


class Capability(StrEnum):
    """Something not every emulator can do."""

    SAVE_STATE = "save_state"
    SHOULDER_BUTTONS = "shoulder_buttons"


@dataclass(frozen=True, slots=True, kw_only=True)
class RomIdentity:
    """Which ROM is in the console."""

    title: str
    """From the cartridge's header."""
    revision: int
    """From the cartridge's header: 0 for a game's first edition."""
    sha256: str | None
    """Of the file; None if it is not local."""


class Emulator(Protocol):
    """A running console. Addresses are on the console's bus; frames are its video frames."""

    @property
    def name(self) -> str:
        """Recorded in the `emulator` column."""

    @property
    def version(self) -> str:
        """Recorded in the `emulator_version` column."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do beyond this protocol's core."""

    @property
    def rom(self) -> RomIdentity:
        """The ROM it runs."""

    @property
    def frame(self) -> int:
        """Frames since power-on."""

    def reset(self) -> None:
        """Power-cycle with empty save RAM and no button held."""

    def hold(self, buttons: Collection[str]) -> None:
        """Hold exactly these buttons (press_a ...) from now on; NotCapable for one the console lacks."""

    def advance(self, frames: int) -> None:
        """Run this many frames, at least 1; the last one is drawn."""

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        """The bytes of all ranges, joined in order."""

    def screenshot(self) -> Picture:
        """The last drawn frame."""

    def save_state(self) -> bytes:
        """Everything needed to go on from here on the same emulator and version."""

    def load_state(self, state: bytes) -> None:
        """Go on from a saved state; advance at least one frame before trusting the picture."""

    def close(self) -> None:
        """Stop, leaving no file beside the ROM."""

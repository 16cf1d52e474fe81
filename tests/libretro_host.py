"""A libretro core as an Emulator of a Game Boy: a second opinion on the cartridge, from somebody else's console."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from collector.emulators.libretro import LibretroCore
from collector.emulators.mgba import SYSTEM_FOLDERS
from collector.emulators.protocol import Capability
from collector.emulators.rom_file import GameConsole, read_rom
from collector.errors import NotCapable
from collector.games.protocol import MemoryRange
from collector.records import BUTTONS, Picture


def find_core(name: str) -> Path | None:
    """Where the system keeps this core (gambatte); None if it isn't installed."""
    found = [folder / f"{name}_libretro.so" for folder in SYSTEM_FOLDERS]
    return next((path for path in found if path.exists()), None)


class LibretroEmulator:
    """The Emulator protocol on a libretro Game Boy core, without states."""

    name = "libretro"
    capabilities: frozenset[Capability] = frozenset()

    def __init__(self, core: Path, rom_path: Path, options: Mapping[str, str]) -> None:
        """Power on; `options` are the core's own settings, each by its key."""
        self._rom_file = read_rom(rom_path, GameConsole.GAME_BOY)
        self.rom = self._rom_file.identity
        self._core = LibretroCore(core, options)
        self.version = self._core.version
        self._frame = 0
        self.reset()

    @property
    def frame(self) -> int:
        return self._frame

    def reset(self) -> None:
        self._core.power_on(self._rom_file.file_name, self._rom_file.content)
        self._frame = 0

    def hold(self, buttons: Collection[str]) -> None:
        if unknown := set(buttons) - set(BUTTONS[:8]):
            raise NotCapable(f"a Game Boy has no {', '.join(sorted(unknown))}")
        self._core.hold(buttons)

    def advance(self, frames: int) -> None:
        if frames < 1:
            raise ValueError(f"advance({frames}): a console runs at least 1 frame")
        self._core.run(frames)
        self._frame += frames

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        return b"".join(map(self._core.read, ranges))

    def screenshot(self) -> Picture:
        return self._core.picture()

    def save_state(self) -> bytes:
        raise NotCapable("states of this core are not needed here")

    def load_state(self, state: bytes) -> None:
        raise NotCapable("states of this core are not needed here")

    def close(self) -> None:
        self._core.close()

"""mGBA in this process, as a libretro core: Game Boy Advance.

The core is `mgba_libretro.so` of the extra `[gba]` (stable-retro), of the system (Debian: libretro-mgba), or
any other given by `emulator.core=PATH`. It is given the ROM's bytes and no path, so no save RAM is found or left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from collector.emulators.libretro import BUTTON_NUMBERS, LibretroCore
from collector.emulators.protocol import Capability
from collector.emulators.rom_file import GameConsole, read_rom
from collector.errors import ConfigError, EmulatorError, NotCapable
from collector.games.protocol import MemoryRange
from collector.records import Picture

LIBRARY_NAME: Final = "mgba_libretro.so"
SYSTEM_FOLDERS: Final = (*Path("/usr/lib").glob("*/libretro"), Path("/usr/lib/libretro"), Path("/usr/lib64/libretro"))

_OPTIONS: Final = {
    "mgba_use_bios": "OFF",
    "mgba_skip_bios": "ON",
    "mgba_color_correction": "OFF",
    "mgba_interframe_blending": "OFF",
    "mgba_frameskip": "0",
}
"""The same console everywhere: no BIOS file of the user's, colours as the game writes them, every frame drawn."""

_ROM_BUS: Final = range(0x08000000, 0x0E000000)
_ROM_WINDOW: Final = 0x02000000
"""The ROM stands three times on the bus, this far apart."""
_SEAL_BYTES: Final = 32


class MgbaEmulator:
    """The Emulator protocol on mGBA."""

    name = "mgba"
    capabilities = frozenset({Capability.SAVE_STATE, Capability.SHOULDER_BUTTONS})

    def __init__(self, rom_path: Path, library: Path | None = None) -> None:
        """Power the console on; RomError if the file is no GBA ROM, ConfigError if there is no core."""
        self._rom_file = read_rom(rom_path, GameConsole.GAME_BOY_ADVANCE)
        self.rom = self._rom_file.identity
        self._core: LibretroCore | None = LibretroCore(find_core(library), _OPTIONS)
        self.version = self._core.version
        self._frame = 0
        self.reset()

    @property
    def frame(self) -> int:
        """Frames since power-on."""
        return self._frame

    def reset(self) -> None:
        self._running.power_on(self._rom_file.file_name, self._rom_file.content)
        self._frame = 0

    def hold(self, buttons: Collection[str]) -> None:
        if unknown := set(buttons) - BUTTON_NUMBERS.keys():
            raise NotCapable(
                f"a Game Boy Advance has no {', '.join(sorted(unknown))}; it has {', '.join(BUTTON_NUMBERS)}"
            )
        self._running.hold(buttons)

    def advance(self, frames: int) -> None:
        if frames < 1:
            raise ValueError(f"advance({frames}): a console runs at least 1 frame")
        self._running.run(frames)
        self._frame += frames

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        return b"".join(self._read(part) for part in ranges)

    def screenshot(self) -> Picture:
        return self._running.picture()

    def save_state(self) -> bytes:
        state = self._running.save_state()
        return self._seal(state) + state

    def load_state(self, state: bytes) -> None:
        """Go on from a state; EmulatorError unless this version saved it with this ROM: mGBA itself takes anything."""
        seal, content = state[:_SEAL_BYTES], state[_SEAL_BYTES:]
        self.hold(())
        if seal != self._seal(content) or not self._running.load_state(content):
            raise EmulatorError(
                f"mGBA {self.version} can't load this state of {len(state)} bytes; was another version or ROM used, or "
                "was it saved by another program?"
            )

    def close(self) -> None:
        if self._core is not None:
            self._core.close()
            self._core = None

    @property
    def _running(self) -> LibretroCore:
        if self._core is None:
            raise EmulatorError("the emulator was closed; make a new one")
        return self._core

    def _read(self, part: MemoryRange) -> bytes:
        """One range; of the ROM's window on the bus only the part that the file fills is backed by memory."""
        end = (part.start - _ROM_BUS.start) % _ROM_WINDOW + part.length
        if part.start in _ROM_BUS and end > len(self._rom_file.content):
            raise EmulatorError(
                f"{part.length} bytes at {part.start:#x}: the ROM ends after {len(self._rom_file.content)} bytes"
            )
        return self._running.read(part)

    def _seal(self, state: bytes) -> bytes:
        """Digest that ties a state to the core's version and the ROM."""
        return hashlib.sha256(b"\0".join((self.version.encode(), str(self.rom.sha256).encode(), state))).digest()


def find_core(library: Path | None = None) -> Path:
    """The core that is given, that of the extra, or the system's; ConfigError if there is none."""
    if library is not None:
        if not library.is_file():
            raise ConfigError(f"emulator.core={library}: no such file; give the path of {LIBRARY_NAME}")
        return library
    folders = [Path(place, "cores") for place in _package_folders("stable_retro")] + list(SYSTEM_FOLDERS)
    for folder in folders:
        if (folder / LIBRARY_NAME).is_file():
            return folder / LIBRARY_NAME
    raise ConfigError(
        "emulator=mgba needs mGBA's libretro core: pip install 'eevee-datasets[gba]' (244 MB), or Debian's package "
        "libretro-mgba (3 MB), or emulator.core=PATH"
    )


def _package_folders(name: str) -> Sequence[str]:
    spec = find_spec(name)
    return [] if spec is None else list(spec.submodule_search_locations or ())

"""PyBoy in this process: Game Boy and Game Boy Color, thousands of frames a second, deterministic from power-on.

The ROM is read from a copy in a temporary folder that is gone once the console is on, so no save RAM is found or left
beside the user's file.
"""

from __future__ import annotations

import io
import logging
import tempfile
import warnings
from collections.abc import Collection, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.emulators.protocol import Capability
from collector.emulators.rom_file import GameConsole, RomFile, read_rom
from collector.errors import EmulatorError, NotCapable
from collector.games.protocol import MemoryRange
from collector.records import Picture

if TYPE_CHECKING:
    from pyboy import PyBoy

_BUS_END: Final = 0x10000

BUTTON_NAMES: Final = {f"press_{name}": name for name in ("a", "b", "up", "down", "left", "right", "start", "select")}


class PyBoyEmulator:
    """The Emulator protocol on PyBoy."""

    name = "pyboy"
    capabilities = frozenset({Capability.SAVE_STATE})

    def __init__(self, rom_path: Path) -> None:
        """Power the console on; RomError if the file is no Game Boy ROM."""
        rom = read_rom(rom_path, GameConsole.GAME_BOY)
        self.version = version("pyboy")
        self.rom = rom.identity
        self._rom_file = rom
        self._console: PyBoy | None = None
        self._is_fresh = False
        self._held: frozenset[str] = frozenset()
        self._frame = 0
        self.reset()

    @property
    def frame(self) -> int:
        """Frames since power-on."""
        return self._frame

    def reset(self) -> None:
        if self._is_fresh:
            return
        self._stop()
        self._console = _power_on(self._rom_file)
        self._held = frozenset()
        self._frame = 0
        self._is_fresh = True

    def hold(self, buttons: Collection[str]) -> None:
        wanted = frozenset(buttons)
        if unknown := wanted - BUTTON_NAMES.keys():
            raise NotCapable(f"a Game Boy has no {', '.join(sorted(unknown))}; it has {', '.join(BUTTON_NAMES)}")
        self._is_fresh = False
        for button in sorted(self._held - wanted):
            self._running.button_release(BUTTON_NAMES[button])
        for button in sorted(wanted - self._held):
            self._running.button_press(BUTTON_NAMES[button])
        self._held = wanted

    def advance(self, frames: int) -> None:
        if frames < 1:
            raise ValueError(f"advance({frames}): a console runs at least 1 frame")
        self._is_fresh = False
        self._running.tick(frames, True, False)
        self._frame += frames

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        memory = self._running.memory
        if beyond := [part for part in ranges if part.start < 0 or part.start + part.length > _BUS_END]:
            raise EmulatorError(f"a Game Boy's bus ends at {_BUS_END - 1:#06x}: {beyond} can't be read")
        return b"".join(bytes(memory[start : start + length]) for start, length in ranges)

    def screenshot(self) -> Picture:
        pixels = self._running.screen.ndarray
        height, width, _ = pixels.shape
        return Picture(width=width, height=height, rgb=pixels[:, :, :3].tobytes())

    def save_state(self) -> bytes:
        out = io.BytesIO()
        self._running.save_state(out)
        return out.getvalue()

    def load_state(self, state: bytes) -> None:
        self.hold(())
        try:
            self._running.load_state(io.BytesIO(state))
        except Exception as error:  # PyBoy raises its own and struct's errors for a foreign state
            raise EmulatorError(
                f"PyBoy {self.version} can't load this state ({error}); was another version or ROM used?"
            ) from error

    def close(self) -> None:
        self._stop()

    @property
    def _running(self) -> PyBoy:
        if self._console is None:
            raise EmulatorError("the emulator was closed; make a new one")
        return self._console

    def _stop(self) -> None:
        if self._console is not None:
            self._console.stop(save=False)
            self._console = None


def _power_on(rom: RomFile) -> PyBoy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pysdl2 announces its bundled library
        from pyboy import PyBoy
    logging.getLogger("pyboy").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="eevee-pyboy-") as folder:
        path = Path(folder, rom.file_name)
        path.write_bytes(rom.content)
        console = PyBoy(str(path), window="null", sound_emulated=False, log_level="ERROR")
    console.set_emulation_speed(0)
    return console

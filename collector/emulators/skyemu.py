"""SkyEmu through its HTTP control server (`SkyEmu http_server 8080 ROM`): Game Boy, Game Boy Color, Game Boy Advance.

By default SkyEmu runs on this machine and is given a fresh copy of the ROM, in a temporary folder, at each power-on: it
keeps the save RAM in a file beside the ROM and would begin differently the next time. With the ROM on another machine
(`use_loaded_rom`) it is played where it lies, save RAM and all.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from collector.emulators.protocol import Capability, RomIdentity
from collector.emulators.rom_file import GameConsole, RomFile, header_ranges, identity_on_bus, read_rom
from collector.emulators.skyemu_http import SkyEmuServer
from collector.emulators.skyemu_status import console_of, loaded_rom, version_of
from collector.emulators.turn import Turn
from collector.errors import EmulatorError, NotCapable
from collector.games.protocol import MemoryRange
from collector.pictures import decode_picture
from collector.records import SHOULDERS, Picture

INPUT_NAMES: Final = {
    f"press_{name.lower()}": name for name in ("A", "B", "Up", "Down", "Left", "Right", "Start", "Select", "L", "R")
}
"""SkyEmu's names of the buttons; it silently ignores any other."""

FRAMES_PER_CALL: Final = 600
"""The server answers nothing while it steps, a thousand frames a second or so."""

_SCREEN_SIZES: Final = {GameConsole.GAME_BOY: (160, 144), GameConsole.GAME_BOY_ADVANCE: (240, 160)}


class SkyEmuEmulator:
    """The Emulator protocol on a SkyEmu that is already running."""

    name = "skyemu"

    def __init__(self, server: SkyEmuServer, rom_path: Path | None) -> None:
        """Power the console on with this ROM, or with the one the server has loaded if None.

        Waits while another session plays on the server.
        EmulatorError if no SkyEmu answers or it has no ROM, RomError if the file is no ROM it plays.
        """
        self._server = server
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._rom_file: RomFile | None = None
        self._turn: Turn | None = None
        self._power_ons = 0
        self._frame = 0
        self._is_drawn = False
        try:
            self._open(rom_path)
        except BaseException:
            self.close()
            raise

    def _open(self, rom_path: Path | None) -> None:
        if rom_path is not None:
            self._rom_file = read_rom(rom_path, GameConsole.GAME_BOY, GameConsole.GAME_BOY_ADVANCE)
            self._folder = tempfile.TemporaryDirectory(prefix="eevee-skyemu-")
        self._turn = Turn(self._server.base_url)
        status = self._server.status()
        self.version = version_of(status)
        self._rom_path = "" if self._rom_file else loaded_rom(status)
        self._console = self._rom_file.console if self._rom_file else console_of(self._rom_path)
        is_advance = self._console is GameConsole.GAME_BOY_ADVANCE
        self._inputs = {button: name for button, name in INPUT_NAMES.items() if is_advance or button not in SHOULDERS}
        self.capabilities = frozenset(
            ({Capability.SAVE_STATE} if self._folder else set())
            | ({Capability.SHOULDER_BUTTONS} if is_advance else set())
        )
        self.reset()
        self.rom = self._rom_file.identity if self._rom_file else self._identity_on_bus()

    @property
    def frame(self) -> int:
        """Frames since power-on."""
        return self._frame

    def reset(self) -> None:
        self.hold(())  # inputs survive /load_rom
        before, self._rom_path = self._rom_path, self._next_copy()
        advice = "is SkyEmu on this machine and may it read this file? emulator.use_loaded_rom=true plays its own ROM"
        self._server.order("/load_rom", {"path": self._rom_path, "pause": 1}, advice=advice)
        if self._rom_file and before:
            shutil.rmtree(Path(before).parent, ignore_errors=True)
        self._frame = 0
        self._is_drawn = False

    def hold(self, buttons: Collection[str]) -> None:
        wanted = frozenset(buttons)
        if unknown := wanted - self._inputs.keys():
            raise NotCapable(
                f"a {self._console.value} has no {', '.join(sorted(unknown))}; it has {', '.join(self._inputs)}"
            )
        self._server.order("/input", {name: int(button in wanted) for button, name in self._inputs.items()})

    def advance(self, frames: int) -> None:
        if frames < 1:
            raise ValueError(f"advance({frames}): a console runs at least 1 frame")
        while frames:
            now = min(frames, FRAMES_PER_CALL)
            self._server.order("/step", {"frames": now})
            self._frame += now
            frames -= now
        self._is_drawn = True

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        addresses = [start + offset for start, length in ranges for offset in range(length)]
        return self._server.read_bytes(addresses)

    def screenshot(self) -> Picture:
        if not self._is_drawn:
            raise EmulatorError("SkyEmu has drawn no frame since power-on; advance at least one frame first")
        self._check_rom()
        content = self._server.screen()
        try:
            picture = decode_picture(content)
        except Exception as error:  # Pillow raises a dozen kinds for a damaged image
            raise EmulatorError(
                f"SkyEmu's /screen is no picture: {len(content)} bytes, {content[:40]!r}; "
                "is another program at emulator.base_url?"
            ) from error
        if (picture.width, picture.height) != _SCREEN_SIZES[self._console]:
            width, height = _SCREEN_SIZES[self._console]
            raise EmulatorError(
                f"SkyEmu's /screen is {picture.width}x{picture.height} pixels, a {self._console.value} has "
                f"{width}x{height}; is another ROM loaded?"
            )
        return picture

    def save_state(self) -> bytes:
        path = self._state_path()
        self._server.order("/save", {"path": str(path)}, advice="may SkyEmu write to this folder?")
        try:
            return path.read_bytes()
        except OSError as error:
            raise EmulatorError(f"SkyEmu said it saved {path}, which can't be read ({error.strerror})") from error

    def load_state(self, state: bytes) -> None:
        path = self._state_path()
        path.write_bytes(state)
        self.hold(())  # /load lets go of buttons for one frame, so a held one would count as pressed again
        advice = f"SkyEmu {self.version} can't load this state; was another version or ROM used?"
        self._server.order("/load", {"path": str(path)}, advice=advice)
        self._frame += 1  # that frame

    def close(self) -> None:
        self._server.close()
        if self._folder is not None:
            self._folder.cleanup()
        if self._turn is not None:
            self._turn.end()

    def _next_copy(self) -> str:
        """Path of a ROM that SkyEmu has not written a save file for; the ROM's own path if it isn't ours to copy."""
        if self._rom_file is None or self._folder is None:
            return self._rom_path
        self._power_ons += 1
        place = Path(self._folder.name, f"power-on-{self._power_ons}")
        place.mkdir()
        copy = place / self._rom_file.file_name
        copy.write_bytes(self._rom_file.content)
        return str(copy)

    def _state_path(self) -> Path:
        if self._folder is None:
            raise NotCapable(
                "SkyEmu keeps states in files on its own machine, which emulator.use_loaded_rom=true takes for another "
                "one; give emulator.rom=PATH if both run here"
            )
        return Path(self._folder.name, "state.png")

    def _check_rom(self) -> None:
        """See that the server still runs our ROM: without one it answers `ok` and zeros to nearly everything."""
        status = self._server.status()
        loaded = status.get("rom-path") if status["rom-loaded"] else None
        if loaded != self._rom_path:
            raise EmulatorError(
                f"SkyEmu at {self._server.base_url} now has {loaded or 'no ROM'} loaded instead of {self._rom_path}; "
                "was it restarted, or does another program use it too? Start the session anew"
            )

    def _identity_on_bus(self) -> RomIdentity:
        return identity_on_bus(self.read(header_ranges(self._console)))

"""What SkyEmu's /status tells: the version, the loaded ROM, and the console it is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collector.emulators.rom_file import GameConsole
from collector.errors import EmulatorError


def version_of(status: Mapping[str, Any]) -> str:
    """SkyEmu's version, without its name."""
    return str(status["emulator"]).removeprefix("SkyEmu").strip(" ()")


def loaded_rom(status: Mapping[str, Any]) -> str:
    """Path, on the server's machine, of the ROM it has loaded; EmulatorError if it has none."""
    path = status.get("rom-path") if status["rom-loaded"] else None
    if not path:
        raise EmulatorError(
            "SkyEmu has no ROM loaded; start it with one (`SkyEmu http_server 8080 ROM`), "
            "or leave emulator.use_loaded_rom out"
        )
    return str(path)


def console_of(rom_path: str) -> GameConsole:
    """What a ROM runs on, by its path: all that is known of a file on another machine."""
    return GameConsole.GAME_BOY_ADVANCE if rom_path.lower().endswith(".gba") else GameConsole.GAME_BOY

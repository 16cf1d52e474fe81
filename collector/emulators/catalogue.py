"""The emulators there are. Adding one is a file here, a line below and a YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collector.emulators.protocol import Emulator
from collector.errors import ConfigError
from collector.records import Timing
from collector.roms.thistledown import ROM_PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorSettings:
    """Which emulator, with which ROM, at what pace."""

    kind: str
    """A key of EMULATORS."""
    rom: Path | None = None
    """The ROM file; the bundled cartridge if None."""
    timing: Timing = field(default_factory=Timing)
    """How long presses take."""
    base_url: str = "http://127.0.0.1:8080"
    """Where SkyEmu's HTTP control server is."""
    timeout_s: float = 10.0
    """How long the server may take for one answer."""
    core: Path | None = None
    """mGBA's libretro core; the installed one if None."""
    use_loaded_rom: bool = False
    """Play the ROM that the server has loaded, because it is on another machine."""


def _pyboy(settings: EmulatorSettings) -> Emulator:
    from collector.emulators.pyboy import PyBoyEmulator

    return PyBoyEmulator(settings.rom or ROM_PATH)


def _skyemu(settings: EmulatorSettings) -> Emulator:
    from collector.emulators.skyemu import SkyEmuEmulator
    from collector.emulators.skyemu_http import SkyEmuServer

    if settings.use_loaded_rom and settings.rom is not None:
        raise ConfigError("emulator.rom and emulator.use_loaded_rom=true exclude each other; give one of them")
    server = SkyEmuServer(settings.base_url, settings.timeout_s)
    return SkyEmuEmulator(server, None if settings.use_loaded_rom else settings.rom or ROM_PATH)


def _mgba(settings: EmulatorSettings) -> Emulator:
    from collector.emulators.mgba import MgbaEmulator

    if settings.rom is None:
        raise ConfigError(
            "emulator=mgba plays Game Boy Advance ROMs, and the bundled cartridge is none; emulator.rom=PATH"
        )
    return MgbaEmulator(settings.rom, settings.core)


EMULATORS: Final[Mapping[str, Callable[[EmulatorSettings], Emulator]]] = {
    "pyboy": _pyboy,
    "skyemu": _skyemu,
    "mgba": _mgba,
}
"""Each kind and how to start one."""


def make_emulator(settings: EmulatorSettings) -> Emulator:
    """A running emulator."""
    if settings.kind not in EMULATORS:
        raise ConfigError(f"emulator.kind={settings.kind!r}: there are {', '.join(EMULATORS)}")
    return EMULATORS[settings.kind](settings)

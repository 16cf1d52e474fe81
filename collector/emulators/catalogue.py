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


def _pyboy(settings: EmulatorSettings) -> Emulator:
    from collector.emulators.pyboy import PyBoyEmulator

    return PyBoyEmulator(settings.rom or ROM_PATH)


EMULATORS: Final[Mapping[str, Callable[[EmulatorSettings], Emulator]]] = {"pyboy": _pyboy}
"""Each kind and how to start one."""


def make_emulator(settings: EmulatorSettings) -> Emulator:
    """A running emulator."""
    if settings.kind not in EMULATORS:
        raise ConfigError(f"emulator.kind={settings.kind!r}: there are {', '.join(EMULATORS)}")
    return EMULATORS[settings.kind](settings)

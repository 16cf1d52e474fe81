"""PyBoy is an Emulator; what is its own besides."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.emulators.protocol import Emulator
from collector.emulators.pyboy import PyBoyEmulator
from collector.errors import EmulatorError
from collector.games.protocol import MemoryRange
from collector.roms.thistledown import ROM_PATH
from tests.contract.emulator_suite import EmulatorSuite


class TestPyBoy(EmulatorSuite):
    def start(self, rom: Path) -> Emulator:
        return PyBoyEmulator(rom)


def test_a_foreign_state_is_refused() -> None:
    emulator = PyBoyEmulator(ROM_PATH)
    try:
        with pytest.raises(EmulatorError, match="can't load this state"):
            emulator.load_state(b"\x01 from elsewhere")
    finally:
        emulator.close()


def test_a_closed_emulator_says_so() -> None:
    emulator = PyBoyEmulator(ROM_PATH)
    emulator.close()
    with pytest.raises(EmulatorError, match="was closed"):
        emulator.read((MemoryRange(0xC000, 1),))

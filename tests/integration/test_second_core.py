"""The cartridge on a second, independent core: its pictures and RAM owe nothing to PyBoy's leniency.

gambatte is Debian's package libretro-gambatte. Where CI is set the test fails without it instead of skipping.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from collector.console import Console
from collector.emulators.pyboy import PyBoyEmulator
from collector.games.thistledown import Thistledown
from collector.records import BUTTONS, Observation, Start
from collector.roms.thistledown import ROM_PATH
from tests.libretro_host import LibretroEmulator, find_core

PRESSES = 120
UNCORRECTED = {"gambatte_gbc_color_correction": "disabled"}
"""Colours as the game writes them, not as a screen of 1998 showed them."""


@pytest.fixture
def gambatte() -> Iterator[Console]:
    core = find_core("gambatte")
    if core is None:
        missing = "the gambatte core is not installed (Debian: apt-get install libretro-gambatte)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    emulator = LibretroEmulator(core, ROM_PATH, UNCORRECTED)
    yield Console(emulator, Thistledown())
    emulator.close()


@pytest.fixture
def pyboy() -> Iterator[Console]:
    emulator = PyBoyEmulator(ROM_PATH)
    yield Console(emulator, Thistledown())
    emulator.close()


@pytest.mark.parametrize("world_seed", [0, 4711])
def test_two_cores_show_the_same_after_every_press(gambatte: Console, pyboy: Console, world_seed: int) -> None:
    start = Start(start_id=f"w{world_seed:04d}", world_seed=world_seed, presses=())
    presses = random.Random(world_seed).choices(BUTTONS[:8], k=PRESSES)
    assert_alike(gambatte.begin(start), pyboy.begin(start), "at the start")
    pictures = set()
    for number, button in enumerate(presses, 1):
        gambatte.press(button)
        pyboy.press(button)
        seen = pyboy.observe()
        assert_alike(gambatte.observe(), seen, f"after press {number}, {button}")
        pictures.add(seen.frame_hash)
    assert len(pictures) > 20, "the presses changed little, so little was compared"


def assert_alike(first: Observation, second: Observation, when: str) -> None:
    assert first.state == second.state, when
    assert first.memory_hash == second.memory_hash, when
    assert first.picture == second.picture, when

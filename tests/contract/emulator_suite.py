"""What every Emulator must do. A new one is proven by a file like test_pyboy.py: inherit the suite, say how to start.

The suite plays the bundled cartridge on the real emulator. What an emulator says it can't do must raise NotCapable.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from collector.emulators.protocol import Capability, Emulator
from collector.errors import NotCapable, RomError
from collector.games.protocol import MemoryRange
from collector.games.thistledown import Thistledown
from collector.records import BUTTONS, Picture
from collector.roms.thistledown import ROM_PATH, rom_sha256

GAME: Final = Thistledown()
TITLE_FRAMES: Final = 180
"""Enough for the title screen to take input."""
INTO_WORLD: Final = ("press_up", "press_right", "press_down", "press_start")
AROUND: Final = ("press_down", "press_left", "press_start", "press_down", "press_b", "press_right")
TO_SAVE: Final = ("press_start", "press_down", "press_down", "press_a", "press_a", "press_a", "press_a")
"""From the field: START menu, third row, SAVE, and yes to what it asks."""


def press(emulator: Emulator, button: str, *, hold: int = 4, rest: int = 60) -> None:
    """Press and let go, and run long enough for anything the game does."""
    emulator.hold((button,))
    emulator.advance(hold)
    emulator.hold(())
    emulator.advance(rest)


def boot(emulator: Emulator, presses: Sequence[str] = ()) -> None:
    """Power-cycle and press, beginning at the title."""
    emulator.reset()
    emulator.advance(TITLE_FRAMES)
    for button in presses:
        press(emulator, button)


def state(emulator: Emulator) -> dict[str, object]:
    """The cartridge's state fields."""
    return dict(GAME.state(emulator.read(GAME.memory_ranges)))


def seen(emulator: Emulator) -> tuple[int, Picture, bytes]:
    """Everything an observation is made of."""
    return emulator.frame, emulator.screenshot(), emulator.read(GAME.memory_ranges)


def trail(emulator: Emulator, presses: Sequence[str]) -> list[tuple[int, Picture, bytes]]:
    """What is seen after each press."""
    found = [seen(emulator)]
    for button in presses:
        press(emulator, button)
        found.append(seen(emulator))
    return found


def meant(found: tuple[int, Picture, bytes]) -> tuple[Picture, bytes]:
    """What the player sees and changes, without the counts of frames: an emulator may run one to load a state."""
    _, picture, memory = found
    return picture, GAME.stable_memory(memory)


def listing(folder: Path) -> dict[str, str]:
    """Digest of every file of a folder."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


class EmulatorSuite:
    """Inherit it, name the class Test..., and override `start`."""

    def start(self, rom: Path) -> Emulator:
        """A running emulator with this ROM in it."""
        raise NotImplementedError("a suite says here how its emulator starts")

    @pytest.fixture
    def emulator(self) -> Iterator[Emulator]:
        emulator = self.start(ROM_PATH)
        yield emulator
        emulator.close()

    def test_names_itself_and_its_rom(self, emulator: Emulator) -> None:
        assert emulator.name
        assert emulator.version
        assert emulator.rom.title == "THISTLEDOWN"
        assert emulator.rom.sha256 in (None, rom_sha256())

    def test_same_presses_give_same_frames_and_memory_after_reset(self, emulator: Emulator) -> None:
        boot(emulator, INTO_WORLD)
        first = trail(emulator, AROUND)
        boot(emulator, INTO_WORLD)
        assert trail(emulator, AROUND) == first
        assert len({picture for _, picture, _ in first}) > 3, "the presses changed nothing, so nothing was compared"

    def test_two_emulators_play_the_same(self, emulator: Emulator) -> None:
        other = self.start(ROM_PATH)
        try:
            boot(emulator, INTO_WORLD)
            boot(other, INTO_WORLD)
            assert trail(emulator, AROUND) == trail(other, AROUND)
        finally:
            other.close()

    def test_reset_lets_go_of_held_buttons(self, emulator: Emulator) -> None:
        boot(emulator)
        untouched = seen(emulator)
        emulator.hold(("press_up",))
        boot(emulator)
        assert seen(emulator) == untouched
        press(emulator, "press_up")
        assert state(emulator)["world_seed"] == 1000, "the button counted as held after the reset"

    def test_frame_counts_frames_since_power_on(self, emulator: Emulator) -> None:
        emulator.reset()
        assert emulator.frame == 0
        emulator.advance(1)
        emulator.advance(7)
        assert emulator.frame == 8

    def test_looking_runs_no_frame(self, emulator: Emulator) -> None:
        boot(emulator, INTO_WORLD)
        assert seen(emulator) == seen(emulator)

    @pytest.mark.parametrize("frames", [0, -1])
    def test_advancing_by_nothing_is_refused(self, emulator: Emulator, frames: int) -> None:
        with pytest.raises(ValueError, match=f"advance\\({frames}\\)"):
            emulator.advance(frames)

    def test_a_button_works_from_hold_until_release(self, emulator: Emulator) -> None:
        boot(emulator)
        before = state(emulator)["world_seed"]
        emulator.advance(30)
        assert state(emulator)["world_seed"] == before
        press(emulator, "press_up")
        assert state(emulator)["world_seed"] == 1000
        emulator.advance(120)
        assert state(emulator)["world_seed"] == 1000, "the button stayed down after its release"

    def test_hold_replaces_what_was_held(self, emulator: Emulator) -> None:
        boot(emulator)
        emulator.hold(("press_up",))
        emulator.advance(4)
        emulator.hold(("press_right",))
        emulator.advance(4)
        emulator.hold(())
        emulator.advance(60)
        press(emulator, "press_up")
        assert state(emulator)["world_seed"] == 1100

    @pytest.mark.parametrize("button", ["press_x", "a", "wait", ""])
    def test_an_unknown_button_is_refused_and_nothing_is_pressed(self, emulator: Emulator, button: str) -> None:
        boot(emulator)
        with pytest.raises(NotCapable):
            emulator.hold((button, "press_up"))
        emulator.advance(60)
        assert state(emulator)["world_seed"] == 0

    def test_shoulder_buttons_are_a_capability(self, emulator: Emulator) -> None:
        if Capability.SHOULDER_BUTTONS in emulator.capabilities:
            emulator.hold(("press_l", "press_r"))
            return
        for button in ("press_l", "press_r"):
            with pytest.raises(NotCapable, match=button):
                emulator.hold((button,))

    def test_every_game_boy_button_can_be_held_at_once(self, emulator: Emulator) -> None:
        emulator.hold(BUTTONS[:8])
        emulator.advance(2)
        emulator.hold(())

    def test_read_joins_its_ranges_in_order(self, emulator: Emulator) -> None:
        boot(emulator, INTO_WORLD)
        title, world = MemoryRange(0x134, 11), MemoryRange(0xC000, 4)
        assert emulator.read((title, world)) == b"THISTLEDOWN" + b"THDN"
        assert emulator.read((world, title, world)) == b"THDN" + b"THISTLEDOWN" + b"THDN"
        assert emulator.read(()) == b""

    def test_screenshot_is_the_game_boys_screen_in_rgb(self, emulator: Emulator) -> None:
        boot(emulator, INTO_WORLD)
        picture = emulator.screenshot()
        assert (picture.width, picture.height) == (160, 144)
        assert len(picture.rgb) == 160 * 144 * 3
        pixels = {picture.rgb[place : place + 3] for place in range(0, len(picture.rgb), 3)}
        assert any(len(set(pixel)) > 1 for pixel in pixels), "every pixel of a colour game is grey"

    def test_a_loaded_state_goes_on_as_the_saved_one(self, emulator: Emulator) -> None:
        if Capability.SAVE_STATE not in emulator.capabilities:
            with pytest.raises(NotCapable):
                emulator.save_state()
            return
        boot(emulator, INTO_WORLD)
        saved = emulator.save_state()
        went_on = [meant(found) for found in trail(emulator, AROUND)]
        emulator.load_state(saved)
        again = [meant(found) for found in trail(emulator, AROUND)]
        assert again[1:] == went_on[1:]
        assert again[0][1] == went_on[0][1]

    def test_reset_empties_the_save_ram(self, emulator: Emulator) -> None:
        boot(emulator, (*INTO_WORLD, *TO_SAVE))
        assert state(emulator)["save_count"] == 1, "the cartridge saved nothing, so the save RAM was never filled"
        boot(emulator, ("press_select",))
        assert state(emulator)["screen"] == "title", "SELECT found a saved journey after a reset"

    def test_nothing_is_read_or_left_beside_the_rom(self, tmp_path: Path) -> None:
        folder = tmp_path / "my roms"
        folder.mkdir()
        rom = Path(shutil.copy(ROM_PATH, folder / "game.gb"))
        for ending in ("ram", "sav", "rtc", "state"):
            (folder / f"game.gb.{ending}").write_bytes(b"\x5a" * 0x2000)
        before = listing(folder)
        folder.chmod(0o555)
        emulator = self.start(rom)
        boot(emulator, (*INTO_WORLD, *TO_SAVE))
        emulator.reset()
        emulator.close()
        assert listing(folder) == before

    def test_close_may_be_called_twice(self) -> None:
        emulator = self.start(ROM_PATH)
        emulator.close()
        emulator.close()

    @pytest.mark.parametrize("content", [b"", b"not a ROM", bytes(0x8000), b"\xff" * 0x8001])
    def test_a_file_that_is_no_rom_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.gb"
        path.write_bytes(content)
        with pytest.raises(RomError, match=r"broken\.gb: not a Game Boy ROM"):
            self.start(path)

    def test_a_missing_rom_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(RomError, match=r"absent\.gb: no such ROM"):
            self.start(tmp_path / "absent.gb")

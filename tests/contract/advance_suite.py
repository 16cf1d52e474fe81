"""What every Emulator of a Game Boy Advance must do, on a tiny ROM of our own (tests/data/tiny_gba).

The same promises as emulator_suite.py makes for the Game Boy. A new emulator inherits the suite and says how to start.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from collector.emulators.protocol import Capability, Emulator
from collector.errors import EmulatorError, NotCapable, RomError
from collector.games.protocol import MemoryRange
from collector.records import BUTTONS, Picture
from tests.contract.emulator_suite import listing, press

ROM: Final = Path(__file__).parent.parent / "data" / "tiny_gba" / "tiny.gba"
MAGIC, PRESSES, SAVED = MemoryRange(0x02000000, 4), MemoryRange(0x02000004, 10), MemoryRange(0x02000010, 1)
COUNTED: Final = (
    *("press_a", "press_b", "press_select", "press_start", "press_right"),
    *("press_left", "press_up", "press_down", "press_r", "press_l"),
)
"""The buttons in the order of their counters."""
AROUND: Final = ("press_a", "press_l", "press_down", "press_a", "press_start", "press_r")
BOOT_FRAMES: Final = 5


def boot(emulator: Emulator, presses: Sequence[str] = ()) -> None:
    """Power-cycle and press."""
    emulator.reset()
    emulator.advance(BOOT_FRAMES)
    for button in presses:
        press(emulator, button, rest=6)


def counts(emulator: Emulator) -> dict[str, int]:
    """How often each button that was pressed went down."""
    return {name: count for name, count in zip(COUNTED, emulator.read((PRESSES,)), strict=True) if count}


def seen(emulator: Emulator) -> tuple[int, Picture, bytes]:
    return emulator.frame, emulator.screenshot(), emulator.read((MAGIC, PRESSES, SAVED))


def trail(emulator: Emulator, presses: Sequence[str] = AROUND) -> list[tuple[int, Picture, bytes]]:
    """What is seen after each press."""
    found = [seen(emulator)]
    for button in presses:
        press(emulator, button, rest=6)
        found.append(seen(emulator))
    return found


class AdvanceSuite:
    """Inherit it, name the class Test..., and override `start`."""

    def start(self, rom: Path) -> Emulator:
        """A running emulator with this ROM in it."""
        raise NotImplementedError("a suite says here how its emulator starts")

    @pytest.fixture
    def emulator(self) -> Iterator[Emulator]:
        emulator = self.start(ROM)
        yield emulator
        emulator.close()

    def test_names_itself_and_its_rom(self, emulator: Emulator) -> None:
        assert emulator.name
        assert emulator.version
        assert (emulator.rom.title, emulator.rom.revision) == ("TINYADVANCE", 3)

    def test_same_presses_give_same_frames_and_memory_after_reset(self, emulator: Emulator) -> None:
        boot(emulator)
        first = trail(emulator)
        boot(emulator)
        assert trail(emulator) == first
        assert len({picture for _, picture, _ in first}) == len(AROUND) + 1

    def test_two_emulators_play_side_by_side(self, emulator: Emulator) -> None:
        boot(emulator)
        alone = trail(emulator)
        other = self.start(ROM)
        try:
            boot(other)
            boot(emulator)
            both = [seen(emulator)], [seen(other)]
            for button in AROUND:
                for found, one in zip(both, (emulator, other), strict=True):
                    press(one, button, rest=6)
                    found.append(seen(one))
            press(other, "press_up")
            assert both == (alone, alone)
            assert "press_up" not in counts(emulator)
        finally:
            other.close()

    def test_reset_lets_go_of_held_buttons_and_empties_the_save_ram(self, emulator: Emulator) -> None:
        boot(emulator)
        empty = emulator.read((SAVED,))
        boot(emulator, ("press_start", "press_start"))
        emulator.hold(("press_b",))
        boot(emulator)
        assert counts(emulator) == {}
        assert emulator.read((SAVED,)) == empty != b"\x02"

    def test_frame_counts_frames_since_power_on(self, emulator: Emulator) -> None:
        emulator.reset()
        assert emulator.frame == 0
        emulator.advance(1)
        emulator.advance(7)
        assert emulator.frame == 8

    def test_looking_runs_no_frame(self, emulator: Emulator) -> None:
        boot(emulator, AROUND)
        assert seen(emulator) == seen(emulator)

    @pytest.mark.parametrize("frames", [0, -1])
    def test_advancing_by_nothing_is_refused(self, emulator: Emulator, frames: int) -> None:
        with pytest.raises(ValueError, match=f"advance\\({frames}\\)"):
            emulator.advance(frames)

    @pytest.mark.parametrize("button", BUTTONS)
    def test_each_button_works_from_hold_until_release(self, emulator: Emulator, button: str) -> None:
        boot(emulator)
        emulator.hold((button,))
        emulator.advance(30)
        assert counts(emulator) == {button: 1}
        emulator.hold(())
        emulator.advance(30)
        press(emulator, button)
        assert counts(emulator) == {button: 2}

    def test_hold_replaces_what_was_held(self, emulator: Emulator) -> None:
        boot(emulator)
        for buttons in (("press_a", "press_l"), ("press_l",), ("press_a", "press_l"), ()):
            emulator.hold(buttons)
            emulator.advance(4)
        assert counts(emulator) == {"press_a": 2, "press_l": 1}

    @pytest.mark.parametrize("button", ["press_x", "a", "wait", ""])
    def test_an_unknown_button_is_refused_and_nothing_is_pressed(self, emulator: Emulator, button: str) -> None:
        boot(emulator)
        with pytest.raises(NotCapable):
            emulator.hold((button, "press_up"))
        emulator.advance(10)
        assert counts(emulator) == {}

    def test_shoulder_buttons_are_a_capability(self, emulator: Emulator) -> None:
        assert Capability.SHOULDER_BUTTONS in emulator.capabilities

    def test_read_joins_its_ranges_in_order(self, emulator: Emulator) -> None:
        boot(emulator)
        title = MemoryRange(0x080000A0, 11)
        assert emulator.read((title, MAGIC)) == b"TINYADVANCETGBA"
        assert emulator.read((MAGIC, title, MAGIC)) == b"TGBATINYADVANCETGBA"
        assert emulator.read(()) == b""

    def test_screenshot_is_the_consoles_screen_in_rgb(self, emulator: Emulator) -> None:
        boot(emulator, ("press_a",))
        picture = emulator.screenshot()
        assert (picture.width, picture.height) == (240, 160)
        place = (8 * 240 + 0) * 3  # A's block, first count: colour 0x41F, five bits a channel, red lowest
        assert picture.rgb[place : place + 3] == bytes((0x1F << 3, 0, 1 << 3))
        assert picture.rgb[-3:] == b"\0\0\0"

    def test_a_loaded_state_goes_on_as_the_saved_one(self, emulator: Emulator) -> None:
        boot(emulator, ("press_b", "press_start"))
        saved = emulator.save_state()
        went_on = [found[1:] for found in trail(emulator)]
        other = self.start(ROM)
        other.advance(1)
        try:
            for one in (emulator, other):
                one.load_state(saved)
                again = [found[1:] for found in trail(one)]
                assert again[1:] == went_on[1:]
        finally:
            other.close()

    def test_a_foreign_state_is_refused(self, emulator: Emulator) -> None:
        boot(emulator)
        saved = emulator.save_state()
        for state in (b"", b"from elsewhere", bytes(len(saved)), saved[:-1], saved[:-1] + bytes([saved[-1] ^ 1])):
            with pytest.raises(EmulatorError, match="can't load this state"):
                emulator.load_state(state)
        emulator.load_state(saved)

    def test_nothing_is_read_or_left_beside_the_rom(self, tmp_path: Path) -> None:
        folder = tmp_path / "my roms"
        folder.mkdir()
        rom = Path(shutil.copy(ROM, folder / "game.gba"))
        for ending in ("sav", "srm", "ss0", "ips"):
            (folder / f"game.{ending}").write_bytes(b"\x5a" * 0x2000)
        before = listing(folder)
        folder.chmod(0o555)
        emulator = self.start(rom)
        boot(emulator, ("press_start",))
        assert emulator.read((SAVED,)) != b"\x5a"
        emulator.close()
        assert listing(folder) == before

    def test_close_may_be_called_twice(self) -> None:
        emulator = self.start(ROM)
        emulator.close()
        emulator.close()

    @pytest.mark.parametrize("content", [b"", b"not a ROM", bytes(0x8000), b"\xff" * 0x8001])
    def test_a_file_that_is_no_rom_is_refused(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.gba"
        path.write_bytes(content)
        with pytest.raises(RomError, match=r"broken\.gba: not a Game Boy"):
            self.start(path)

    def test_a_missing_rom_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(RomError, match=r"absent\.gba: no such ROM"):
            self.start(tmp_path / "absent.gba")

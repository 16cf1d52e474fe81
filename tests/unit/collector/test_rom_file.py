"""ROM headers: what is read from them, and files that are no ROM."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.emulators.protocol import RomIdentity
from collector.emulators.rom_file import GameConsole, header_ranges, identity_on_bus, read_rom
from collector.errors import RomError
from collector.games.catalogue import game_for
from collector.games.picture_only import PictureOnly
from collector.games.thistledown import Thistledown
from collector.roms.thistledown import ROM_PATH, rom_sha256
from tests.rom_images import advance_image


def test_the_bundled_cartridge_is_known_by_its_file_and_by_its_header() -> None:
    rom = read_rom(ROM_PATH, GameConsole.GAME_BOY)
    assert rom.identity == RomIdentity(title="THISTLEDOWN", revision=0, sha256=rom_sha256())
    assert rom.file_name == "game.gbc"
    on_bus = b"".join(rom.content[start : start + length] for start, length in header_ranges(GameConsole.GAME_BOY))
    assert identity_on_bus(on_bus) == RomIdentity(title="THISTLEDOWN", revision=0, sha256=None)
    assert isinstance(game_for(rom.identity), Thistledown)
    assert isinstance(game_for(identity_on_bus(on_bus)), Thistledown)


@pytest.mark.parametrize(
    "other",
    [
        RomIdentity(title="THISTLEDOWN", revision=0, sha256="0" * 64),
        RomIdentity(title="THISTLEDOWN", revision=1, sha256=None),
        RomIdentity(title="THISTLE", revision=0, sha256=None),
    ],
)
def test_another_rom_has_no_reader(other: RomIdentity) -> None:
    assert isinstance(game_for(other), PictureOnly)


def test_a_game_boy_advance_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.gba"
    path.write_bytes(advance_image("OUR GAME", revision=2))
    rom = read_rom(path, GameConsole.GAME_BOY, GameConsole.GAME_BOY_ADVANCE)
    assert rom.console is GameConsole.GAME_BOY_ADVANCE
    assert (rom.identity.title, rom.identity.revision) == ("OUR GAME", 2)
    assert rom.file_name == "game.gba"
    assert [start for start, _ in header_ranges(rom.console)] == [0x080000A0, 0x080000BC]
    with pytest.raises(RomError, match=r"mine\.gba: not a Game Boy ROM \(512 bytes"):
        read_rom(path, GameConsole.GAME_BOY)


def test_a_game_boy_advance_header_without_its_mark_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.gba"
    path.write_bytes(advance_image("OUR GAME", mark=0x95))
    with pytest.raises(RomError, match=r"not a Game Boy Advance ROM \(byte 0xb2 is 95, expected 96\)"):
        read_rom(path, GameConsole.GAME_BOY_ADVANCE)


def test_a_folder_is_no_rom(tmp_path: Path) -> None:
    with pytest.raises(RomError, match="can't be read"):
        read_rom(tmp_path, GameConsole.GAME_BOY)


@given(place=st.integers(0x134, 0x14D), change=st.integers(1, 255))
def test_one_changed_header_byte_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int, change: int) -> None:
    content = bytearray(ROM_PATH.read_bytes())
    content[place] = (content[place] + change) & 0xFF
    path = tmp_path_factory.mktemp("rom") / "changed.gb"
    path.write_bytes(content)
    with pytest.raises(RomError, match="header checksum"):
        read_rom(path, GameConsole.GAME_BOY)

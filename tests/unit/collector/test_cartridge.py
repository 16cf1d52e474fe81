"""The cartridge's image: what the header says, and that the committed bytes are what the sources make."""

import hashlib
import re
import shutil
import time
from pathlib import Path

import pytest

from collector.roms.thistledown import ROM_PATH, rom_sha256
from collector.roms.thistledown.build import BuildError, build
from collector.roms.thistledown.rom_image import global_checksum, header_checksum, rom_image
from tests.unit.collector.cartridge_console import Console

ROM = ROM_PATH.read_bytes()
CODE_END = 0x8000
WORK_RAM = range(0xC200, 0xDF00)
IN_ROM = {"_CODE", "_HOME", "_INITIALIZER", "_GSINIT", "_GSFINAL"}
IN_RAM = {"_DATA", "_INITIALIZED", "_BSS"}
VBLANK_LINES = range(144, 154)

needs_sdcc = pytest.mark.skipif(shutil.which("sdcc") is None, reason="sdcc is not installed")


@pytest.fixture(scope="module")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with another name, in which the cartridge was built in another time zone and locale."""
    folder = tmp_path_factory.mktemp("a folder with blanks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Pacific/Kiritimati")
        patch.setenv("LC_ALL", "tr_TR.UTF-8")
        time.tzset()
        (folder / "rebuilt.gb").write_bytes(build(folder))
    time.tzset()
    return folder


@needs_sdcc
def test_sources_make_the_committed_bytes(build_folder: Path) -> None:
    assert (build_folder / "rebuilt.gb").read_bytes() == ROM


@needs_sdcc
def test_code_lies_in_rom_and_data_above_the_public_fields(build_folder: Path) -> None:
    text = (build_folder / "thistledown.map").read_text(encoding="ascii")
    found = re.findall(r"^(_\w+|\.  \.ABS\.)\s+([0-9A-F]{8})\s+([0-9A-F]{8}) =", text, re.MULTILINE)
    areas = {name: (int(start, 16), int(size, 16)) for name, start, size in found if int(size, 16)}
    areas = {name: area for name, area in areas.items() if not name.startswith("_HEADER")}
    assert areas.keys() <= IN_ROM | IN_RAM
    assert {"_CODE", "_DATA"} <= areas.keys()
    for name, (start, size) in areas.items():
        if name in IN_ROM:
            assert start + size <= CODE_END, f"{name} ends beyond the ROM"
        else:
            assert start in WORK_RAM and start + size in WORK_RAM, f"{name} stands at {start:#06x}"


@needs_sdcc
def test_rows_are_copied_while_the_console_takes_writes(build_folder: Path, tmp_path: Path) -> None:
    text = (build_folder / "thistledown.map").read_text(encoding="ascii")
    symbol = re.search(r"([0-9A-F]{8})  _copy_row_end\b", text)
    assert symbol
    console = Console(tmp_path)
    lines: list[int] = []
    console.pyboy.hook_register(0, int(symbol[1], 16), lambda _: lines.append(console.pyboy.memory[0xFF44]), None)
    console.begin(427)
    console.press("start", "a", "b", "down", "a", "a", "a", "a", "a")
    console.close()
    assert lines
    assert set(lines) <= set(VBLANK_LINES)


@needs_sdcc
def test_a_compiler_error_says_what_the_compiler_said(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    shutil.copytree(ROM_PATH.parent, sources)
    (sources / "src" / "main.c").write_text("void main(void) { nonsense }\n", encoding="ascii")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(BuildError, match=r"main\.c:1: syntax error"):
        build(folder, sources=sources)


def test_sha256_file_names_the_image() -> None:
    assert rom_sha256() == hashlib.sha256(ROM).hexdigest()


def test_header() -> None:
    assert len(ROM) == 0x8000
    assert ROM[0x134:0x143] == b"THISTLEDOWN".ljust(15, b"\0")
    assert ROM[0x104:0x134] == bytes(48), "nothing of the console's maker is shipped"
    assert (ROM[0x143], ROM[0x147], ROM[0x148], ROM[0x149]) == (0x80, 0x03, 0x00, 0x02)
    assert ROM[0x14D] == header_checksum(ROM)
    assert int.from_bytes(ROM[0x14E:0x150], "big") == global_checksum(ROM)


def test_image_refuses_a_program_that_is_too_long() -> None:
    record = bytes([1, 0x80, 0x00, 0, 0xC9])
    line = ":" + (record + bytes([-sum(record) & 0xFF])).hex()
    with pytest.raises(ValueError, match="0x8001"):
        rom_image(line)


def test_image_refuses_a_damaged_record() -> None:
    with pytest.raises(ValueError, match="damaged"):
        rom_image(":0101000000FF")

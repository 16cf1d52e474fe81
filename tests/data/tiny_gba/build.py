"""Builds tiny.gba from tiny.s: python tests/data/tiny_gba/build.py [OUTPUT]. Needs Debian's binutils-arm-none-eabi."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
PREFIX: Final = "arm-none-eabi-"
_TITLE, _CHECKSUM = 0xA0, 0xBD


def build() -> bytes:
    """The ROM: the same bytes wherever it is built."""
    with tempfile.TemporaryDirectory() as folder:
        made, linked, rom = (str(Path(folder, name)) for name in ("tiny.o", "tiny.elf", "tiny.gba"))
        for command in (
            ("as", "-mcpu=arm7tdmi", "-o", made, str(HERE / "tiny.s")),
            ("ld", "-Ttext=0x08000000", "-o", linked, made),
            ("objcopy", "-O", "binary", linked, rom),
        ):
            subprocess.run([PREFIX + command[0], *command[1:]], check=True, capture_output=True)
        image = bytearray(Path(rom).read_bytes())
    image[_CHECKSUM] = (-0x19 - sum(image[_TITLE:_CHECKSUM])) & 0xFF
    return bytes(image)


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "tiny.gba").write_bytes(build())

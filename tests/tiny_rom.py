"""A Game Boy ROM of our own, not the cartridge: A, B, START and SELECT each make the screen a shade darker.

Eighteen instructions in an empty image; no reader knows it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

TITLE: Final = "TINY"
_PROGRAM: Final = bytes(
    (
        *(0x06, 0x0F),  # ld b,$0f         the buttons as they were: none
        *(0x3E, 0x10),  # loop: ld a,$10   ask for A, B, SELECT, START
        *(0xE0, 0x00),  # ldh [$ff00],a
        *(0xF0, 0x00),  # ldh a,[$ff00]    twice, so that the lines settle
        *(0xF0, 0x00),  # ldh a,[$ff00]
        *(0xE6, 0x0F),  # and $0f
        *(0xB8,),  # cp b
        *(0x28, 0xF3),  # jr z,loop        nothing changed
        *(0x47,),  # ld b,a
        *(0xFE, 0x0F),  # cp $0f
        *(0x28, 0xEE),  # jr z,loop        a release
        *(0xF0, 0x47),  # ldh a,[$ff47]    the palette
        *(0x3C,),  # inc a                 colour 0, the whole screen, gets the next shade
        *(0xE0, 0x47),  # ldh [$ff47],a
        *(0x18, 0xE7),  # jr loop
    )
)


def tiny_image(title: str = TITLE) -> bytes:
    """The ROM; another title makes another ROM of it."""
    image = bytearray(0x8000)
    image[0x100:0x104] = (0x00, 0xC3, 0x50, 0x01)  # nop; jp $0150
    image[0x134 : 0x134 + len(title)] = title.encode("ascii")
    image[0x150 : 0x150 + len(_PROGRAM)] = _PROGRAM
    image[0x14D] = (-sum(image[0x134:0x14D]) - 0x19) & 0xFF
    return bytes(image)


def write_tiny_rom(folder: Path, title: str = TITLE) -> Path:
    """The ROM as a file."""
    path = folder / f"{title.lower()}.gb"
    path.write_bytes(tiny_image(title))
    return path

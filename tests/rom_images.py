"""ROM images made by hand, as far as their headers go."""

from __future__ import annotations


def advance_image(title: str, *, revision: int = 0, mark: int = 0x96) -> bytes:
    """A Game Boy Advance ROM of 512 bytes with nothing but a header."""
    image = bytearray(512)
    image[0xA0 : 0xA0 + len(title)] = title.encode("ascii")
    image[0xB2], image[0xBC] = mark, revision
    image[0xBD] = (-0x19 - sum(image[0xA0:0xBD])) & 0xFF
    return bytes(image)

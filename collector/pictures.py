"""Screens as PNG: lossless, small, and the same bytes for the same pixels.

A console screen has few colours, so it is stored with a sorted palette (1 to 8 bits a pixel) whenever 256 suffice. The
PNG is put together here because a library spends most of its time on choices (filters, palettes) that are always the
same for such screens: benchmarks/recording.py has the figures.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Final

import numpy as np
from PIL import Image

from collector.records import Picture, Png

COMPRESSION: Final = 4
"""zlib level: on console screens 1 gives a third more bytes, 6 takes nearly three times as long for 2 % fewer."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE_PALETTE: Final = 3
_QUANTIZE_STEP: Final = 4
"""Pillow looks colours up in boxes of this width by their corner: colours on corners are always found exactly."""


def encode_png(picture: Picture) -> Png:
    """The picture as PNG; equal pictures give equal bytes."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    indexed = _indexed(image, picture.rgb)
    if indexed is not None:
        return _palette_png(*indexed)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=COMPRESSION)
    return Png(out.getvalue())


def decode_picture(png: bytes) -> Picture:
    """The pixels of an encoded picture, alpha dropped."""
    with Image.open(io.BytesIO(png)) as image:
        rgb = image.convert("RGB")
    return Picture(width=rgb.width, height=rgb.height, rgb=rgb.tobytes())


def _indexed(image: Image.Image, rgb: bytes) -> tuple[list[int], Image.Image] | None:
    """The sorted palette (r, g, b, r, ...) and the image of indices; None if a palette can't hold it exactly."""
    found = image.getcolors(256)
    if found is None:
        return None
    palette = [channel for colour in sorted(colour for _, colour in found) for channel in colour]  # type: ignore[union-attr]
    holder = Image.new("P", (1, 1))
    holder.putpalette(palette)
    indexed = image.quantize(palette=holder, dither=Image.Dither.NONE)
    is_exact = all(channel % _QUANTIZE_STEP == 0 for channel in palette) or indexed.convert("RGB").tobytes() == rgb
    return (palette, indexed) if is_exact else None


def _palette_png(palette: list[int], indexed: Image.Image) -> Png:
    bits = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 3 << bits)
    header = struct.pack(">IIBBBBB", indexed.width, indexed.height, bits, _COLOUR_TYPE_PALETTE, 0, 0, 0)
    data = zlib.compress(_packed_rows(indexed, bits), COMPRESSION)
    return Png(
        _SIGNATURE
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", bytes(palette))
        + _chunk(b"IDAT", data)
        + _chunk(b"IEND", b"")
    )


def _packed_rows(indexed: Image.Image, bits: int) -> bytes:
    """Rows of `bits`-wide indices, most significant first, each after a zero byte (PNG filter "none")."""
    packed = np.frombuffer(indexed.tobytes("raw", "P" if bits == 8 else f"P;{bits}"), dtype=np.uint8)
    rows = np.zeros((indexed.height, 1 + packed.size // indexed.height), dtype=np.uint8)
    rows[:, 1:] = packed.reshape(indexed.height, -1)
    return rows.tobytes()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

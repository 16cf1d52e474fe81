"""Whether bytes are a PNG or lossless WebP picture and nothing besides: no ROM, no saved state, no text tucked in.

Every byte must be needed for pixels that are seen: nothing behind the picture or its packed pixels, no chunk that is
longer than it needs to be, and nothing in what is transparent.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from PIL import Image

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PIXELS: Final = b"IDAT"
LONGEST: Final[Mapping[bytes, int]] = {
    **{b"IHDR": 13, b"PLTE": 3 * 256, PIXELS: 2**31, b"IEND": 0},
    **{b"gAMA": 4, b"sRGB": 1, b"pHYs": 9, b"sBIT": 4},
}
"""Chunks that pictures need, with their bytes at most; others hold texts, times or what a program pleases."""

CHANNELS: Final[Mapping[int, int]] = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values of a pixel by the header's colour type."""
WITH_PALETTE: Final = 3
WITH_ALPHA: Final = (4, 6)
OPAQUE: Final = (255, 255)
MOST_PIXELS: Final = 2**26
"""No sheet of enlarged screens has as many, and nobody wants to unpack more."""

NOT_DECODED: Final = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
"""What reading a picture raises on bytes that are none."""

_RIFF_HEADER: Final = 20
_WEBP_SLACK: Final = 3
"""Encoders leave up to two bytes behind the pixels; without this many a picture can't be read, or is another."""


def picture_fault(content: bytes) -> str | None:
    """What is wrong with bytes that ought to be a picture, in a few words; None if nothing is."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_fault(content)
    if not content.startswith(SIGNATURE):
        return f"{len(content):,} bytes that are no PNG picture"
    position, found = len(SIGNATURE), dict[bytes, bytes]()
    for kind, body, whole in _chunks(content):
        if not whole:
            return "a PNG picture that is torn"
        if len(body) > LONGEST.get(kind, -1) or (kind in found and kind != PIXELS):
            return f"a PNG picture with a chunk {kind.decode('latin-1')!r} of {len(body):,} bytes"
        found[kind] = found.get(kind, b"") + body
        position += len(body) + 12
        if kind == b"IEND":
            break
    if position != len(content):
        return f"{len(content) - position:,} bytes after the end of a PNG picture"
    return _pixel_fault(found) or _alpha_fault(found[b"IHDR"], content)


def _pixel_fault(chunks: Mapping[bytes, bytes]) -> str | None:
    """What is wrong with a PNG picture's packed pixels: they are as many as its header says, and nothing follows."""
    header, palette, packed = (chunks.get(kind, b"") for kind in (b"IHDR", b"PLTE", PIXELS))
    if len(header) != LONGEST[b"IHDR"]:
        return "a PNG picture that is torn"
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if colours not in CHANNELS or depth > 8 or interlaced:
        return f"a PNG picture of colour type {colours} with {depth} bits{', interlaced' if interlaced else ''}"
    if len(palette) > (3 << depth if colours == WITH_PALETTE else 0):
        return f"a PNG picture with a palette of {len(palette):,} bytes for {depth}-bit colours"
    if width * height > MOST_PIXELS:
        return f"a PNG picture of {width:,} x {height:,} pixels"
    expected = height * (1 + (width * depth * CHANNELS[colours] + 7) // 8)
    unpacking = zlib.decompressobj()
    try:
        length = len(unpacking.decompress(packed, expected + 1))
    except zlib.error:
        return "a PNG picture that is torn"
    if length != expected or not unpacking.eof:
        return f"{length:,} bytes of pixels or more in a PNG picture of {expected:,}"
    behind = len(unpacking.unused_data)
    return f"{behind:,} bytes after the end of a PNG picture's pixels" if behind else None


def _alpha_fault(header: bytes, content: bytes) -> str | None:
    """Whether a PNG picture has colours that nobody sees."""
    if header[9] not in WITH_ALPHA:
        return None
    with Image.open(io.BytesIO(content)) as image:
        is_opaque = image.getchannel("A").getextrema() == OPAQUE
    return None if is_opaque else "a PNG picture that is not opaque"


def _webp_fault(content: bytes) -> str | None:
    """The same of a WebP picture, which has one chunk: its pixels."""
    kind, length = content[12:16], int.from_bytes(content[16:_RIFF_HEADER], "little")
    if kind not in (b"VP8L", b""):
        return f"a WebP picture with a chunk {kind.decode('latin-1')!r}"
    behind = len(content) - _RIFF_HEADER - length - length % 2
    if behind < 0 or len(content) < 8 + int.from_bytes(content[4:8], "little"):
        return "a WebP picture that is torn"
    if behind:
        return f"{behind:,} bytes after the end of a WebP picture"
    pixels = content[_RIFF_HEADER : _RIFF_HEADER + length]
    header = int.from_bytes(pixels[1:5], "little")
    width, height, is_opaque = (header & 0x3FFF) + 1, (header >> 14 & 0x3FFF) + 1, not header >> 28 & 1
    if width * height > MOST_PIXELS or not is_opaque:
        return f"a WebP picture of {width:,} x {height:,} pixels{'' if is_opaque else ' that is not opaque'}"
    shorter = _unpacked(pixels[:-_WEBP_SLACK])
    needless = shorter is not None and shorter == _unpacked(pixels)
    return "bytes after the end of a WebP picture's pixels" if needless else None


def _unpacked(pixels: bytes) -> bytes | None:
    """The colours of a WebP picture's packed pixels; None if they can't be read."""
    body = b"WEBPVP8L" + len(pixels).to_bytes(4, "little") + pixels + b"\0" * (len(pixels) % 2)
    try:
        with Image.open(io.BytesIO(b"RIFF" + len(body).to_bytes(4, "little") + body)) as image:
            return image.tobytes()
    except NOT_DECODED:
        return None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Each chunk's kind and body, and whether it is whole by its own checksum."""
    position = len(SIGNATURE)
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        named = content[position + 4 : position + 8 + length]
        check = content[position + 8 + length : position + 12 + length]
        whole = len(check) == 4 and zlib.crc32(named) == int.from_bytes(check, "big")
        yield named[:4], named[4:], whole
        position += length + 12

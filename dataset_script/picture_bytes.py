"""Whether bytes are a PNG or lossless WebP picture and nothing besides: no ROM, no saved state, no text tucked in."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
PICTURE_CHUNKS: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"sBIT"})
"""Chunks that pictures need; others hold texts, times or what a program pleases."""


def picture_fault(content: bytes) -> str | None:
    """What is wrong with bytes that ought to be a picture, in a few words; None if nothing is."""
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_fault(content)
    if not content.startswith(SIGNATURE):
        return f"{len(content):,} bytes that are no PNG picture"
    position = len(SIGNATURE)
    for kind, body, whole in _chunks(content):
        if not whole:
            return "a PNG picture that is torn"
        if kind not in PICTURE_CHUNKS:
            return f"a PNG picture with a chunk {kind.decode('latin-1')!r} of {body:,} bytes"
        position += body + 12
        if kind == b"IEND":
            break
    if position != len(content):
        return f"{len(content) - position:,} bytes after the end of a PNG picture"
    return None


def _webp_fault(content: bytes) -> str | None:
    """The same of a WebP picture, which has one chunk: its pixels."""
    kind, length = content[12:16], int.from_bytes(content[16:20], "little")
    if kind not in (b"VP8L", b""):
        return f"a WebP picture with a chunk {kind.decode('latin-1')!r}"
    behind = len(content) - 20 - length - length % 2
    if behind < 0 or len(content) < 8 + int.from_bytes(content[4:8], "little"):
        return "a WebP picture that is torn"
    return f"{behind:,} bytes after the end of a WebP picture" if behind else None


def _chunks(content: bytes) -> Iterator[tuple[bytes, int, bool]]:
    """Each chunk's kind and length, and whether it is whole by its own checksum."""
    position = len(SIGNATURE)
    while position < len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        body = content[position + 4 : position + 8 + length]
        check = content[position + 8 + length : position + 12 + length]
        whole = len(check) == 4 and zlib.crc32(body) == int.from_bytes(check, "big")
        yield body[:4], length, whole
        position += length + 12

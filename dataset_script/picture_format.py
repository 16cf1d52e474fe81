"""Pictures encoded again without loss, and looked at again: WebP takes fewer bytes than PNG for the same pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any

from PIL import Image

from collector.errors import WorkError
from collector.pictures import decode_picture
from dataset_script.picture_cells import with_pictures


class PictureFormat(StrEnum):
    """How a dataset's pictures are encoded."""

    PNG = "png"
    """As they were recorded."""
    WEBP = "webp"
    """Lossless WebP."""


def encoded_as(picture_format: PictureFormat, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows with every picture in that format."""
    if picture_format is PictureFormat.PNG:
        return rows
    return (with_pictures(row, lambda picture: {"bytes": webp_of(picture), "path": None}) for row in rows)


@lru_cache(maxsize=1024)
def webp_of(picture: bytes) -> bytes:
    """The picture as lossless WebP; WorkError if a single pixel came out otherwise."""
    pixels, out = decode_picture(picture), io.BytesIO()
    image = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb)
    image.save(out, "WEBP", lossless=True, quality=100, method=4)
    if decode_picture(out.getvalue()) != pixels:
        raise WorkError("picture_format=webp: Pillow's WebP changed a picture's pixels; build with picture_format=png")
    return out.getvalue()

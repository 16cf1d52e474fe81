"""Screens as a prompt shows them: as recorded, or enlarged by a whole number without new colours."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from collector.pictures import decode_picture, encode_png
from collector.records import Picture, Png


def image_cell(png: Png, scale: int) -> dict[str, Any]:
    """The picture as an Image column takes it."""
    return {"bytes": enlarged(png, scale), "path": None}


@lru_cache(maxsize=256)
def enlarged(png: Png, scale: int) -> Png:
    """The picture with every pixel repeated `scale` times in both directions."""
    if scale == 1:
        return png
    picture = decode_picture(png)
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(picture.height, picture.width, 3)
    larger = pixels.repeat(scale, axis=0).repeat(scale, axis=1)
    return encode_png(Picture(width=picture.width * scale, height=picture.height * scale, rgb=larger.tobytes()))

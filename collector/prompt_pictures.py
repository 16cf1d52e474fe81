"""Screens as a prompt shows them: enlarged by a whole number without new colours, with a grid, or several on a sheet.

The one place for it: what a model is shown while it plays and what a dataset row holds are the same pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from collector.pictures import decode_picture, encode_png
from collector.records import Picture, Png

GRID_PIXELS: Final = 16
"""Distance of the grid's lines on the game's own screen: the width of a place a character stands on."""

SHEET_SIDE: Final = 2
"""Screens across and down a sheet."""

_GRID_COLOUR: Final = np.array((255, 0, 255), dtype=np.uint16)
"""Mixed half and half with what it covers, so that the screen below can still be read."""

_Pixels: TypeAlias = npt.NDArray[np.uint8]


class Layout(StrEnum):
    """How several screens are shown."""

    FRAMES = "frames"
    """Each as a picture of its own."""
    SHEET = "sheet"
    """All in one picture, in reading order, the newest last; cells without a screen are black."""


def prompt_pictures(screens: Sequence[Png], scale: int, layout: Layout, *, grid: bool) -> tuple[Png, ...]:
    """The pictures that show the screens, which come oldest first."""
    shown = [shown_screen(screen, scale, grid) for screen in screens]
    return (_sheet(tuple(shown)),) if layout is Layout.SHEET else tuple(shown)


@lru_cache(maxsize=256)
def shown_screen(png: Png, scale: int, grid: bool) -> Png:
    """One screen with every pixel repeated `scale` times in both directions, and lines over it if asked for."""
    if scale == 1 and not grid:
        return png
    pixels = _pixels(png).repeat(scale, axis=0).repeat(scale, axis=1)
    if grid:
        _draw_grid(pixels, GRID_PIXELS * scale)
    return _encoded(pixels)


def screens_on(picture: Png, layout: Layout) -> list[str]:
    """Digests of the screens that a picture shows; a sheet's black cells are left out."""
    if layout is Layout.FRAMES:
        return [decode_picture(picture).digest()]
    pixels = _pixels(picture)
    height, width = pixels.shape[0] // SHEET_SIDE, pixels.shape[1] // SHEET_SIDE
    cells = [
        pixels[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(SHEET_SIDE)
        for column in range(SHEET_SIDE)
    ]
    return [_picture(cell).digest() for cell in cells if cell.any()]


@lru_cache(maxsize=64)
def _sheet(screens: tuple[Png, ...]) -> Png:
    cells = [_pixels(screen) for screen in screens]
    height, width, _ = cells[-1].shape
    sheet = np.zeros((height * SHEET_SIDE, width * SHEET_SIDE, 3), dtype=np.uint8)
    for number, cell in enumerate(cells):
        top, left = (number // SHEET_SIDE) * height, (number % SHEET_SIDE) * width
        sheet[top : top + height, left : left + width] = cell
    return _encoded(sheet)


def _draw_grid(pixels: _Pixels, distance: int) -> None:
    """Draw lines one pixel wide; the picture's edges have none."""
    for lines in (pixels[distance::distance], pixels[:, distance::distance].swapaxes(0, 1)):
        lines[...] = (lines.astype(np.uint16) + _GRID_COLOUR) // 2


def _pixels(png: Png) -> _Pixels:
    picture = decode_picture(png)
    return np.frombuffer(picture.rgb, dtype=np.uint8).reshape(picture.height, picture.width, 3)


def _picture(pixels: _Pixels) -> Picture:
    height, width, _ = pixels.shape
    return Picture(width=width, height=height, rgb=pixels.tobytes())


def _encoded(pixels: _Pixels) -> Png:
    return encode_png(_picture(pixels))

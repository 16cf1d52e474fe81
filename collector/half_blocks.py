"""A picture as text for a terminal with true colour: each character is an upper half block, two pixels high."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from collector.records import Picture

RESET = "\x1b[0m"
"""Back to the terminal's own colours."""


def shrink_factor(width: int, height: int, columns: int, lines: int) -> int:
    """The least whole number by which a picture of so many pixels has to be made smaller to fit; 1 if it fits."""
    return max(1, math.ceil(width / max(columns, 1)), math.ceil(height / 2 / max(lines, 1)))


def half_blocks(picture: Picture, factor: int) -> list[str]:
    """Lines of text that show the picture, made smaller by averaging squares of `factor` pixels."""
    pixels = _shrunk(picture, factor)
    if len(pixels) % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    return [_line(upper.tolist(), lower.tolist()) for upper, lower in zip(pixels[::2], pixels[1::2], strict=True)]


def _shrunk(picture: Picture, factor: int) -> NDArray[np.uint8]:
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(picture.height, picture.width, 3)
    if factor == 1:
        return pixels
    height, width = picture.height // factor, picture.width // factor
    squares = pixels[: height * factor, : width * factor].reshape(height, factor, width, factor, 3)
    smaller: NDArray[np.uint8] = squares.mean(axis=(1, 3)).astype(np.uint8)
    return smaller


def _line(upper: list[list[int]], lower: list[list[int]]) -> str:
    """One line; colours are named only where they change."""
    parts, before = [], None
    for above, below in zip(upper, lower, strict=True):
        if (above, below) != before:
            before = (above, below)
            parts.append(f"\x1b[38;2;{above[0]};{above[1]};{above[2]};48;2;{below[0]};{below[1]};{below[2]}m")
        parts.append("▀")
    return "".join(parts) + RESET

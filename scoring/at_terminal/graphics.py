"""How a picture gets onto a terminal: by Kitty's protocol, as sixels, or as half blocks, which every terminal shows.

Sources: Kitty's "Terminal graphics protocol"; the VT330/VT340 Programmer Reference for sixels and for the number 4
among the device attributes of a terminal that shows them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from collector.half_blocks import half_blocks
from collector.pictures import decode_picture
from scoring.at_terminal.layout import Placed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUESTION: Final = "\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Whether Kitty's protocol is spoken, then the device attributes, which all terminals answer."""
LAST_ANSWER: Final = re.compile(rb"\x1b\[\?[\d;]*c")
_KITTY_CHUNK: Final = 4096
_CELL: Final = (10, 20)
"""Pixels of a character where the terminal does not say: those of a VT340."""


class Way(StrEnum):
    """How pictures are shown."""

    KITTY = "kitty"
    SIXEL = "sixel"
    BLOCKS = "blocks"


def way_answered(answer: bytes) -> Way:
    """The best way a terminal can, by its answer to `QUESTION`."""
    if b"\x1b_Gi=1;OK" in answer:
        return Way.KITTY
    attributes = LAST_ANSWER.search(answer)
    return Way.SIXEL if attributes and b"4" in re.findall(rb"\d+", attributes[0])[1:] else Way.BLOCKS


def overlay(pictures: tuple[Placed, ...], way: Way, cell: tuple[int, int] | None = None) -> str:
    """What has to be written to have these pictures over the text, and no earlier ones; `cell` in pixels."""
    if way == Way.KITTY:
        return "\x1b_Ga=d,d=A,q=2;\x1b\\" + "".join(_at(one.row, one.column) + _kitty(one) for one in pictures)
    show: Callable[[Placed], str] = _blocks if way == Way.BLOCKS else lambda one: _sixels(one, cell or _CELL)
    return "".join(show(one) for one in pictures)


def _at(row: int, column: int) -> str:
    return f"\x1b[{row + 1};{column + 1}H"


def _blocks(one: Placed) -> str:
    lines = half_blocks(decode_picture(one.png), one.box.factor)
    return "".join(_at(one.row + place, one.column) + line for place, line in enumerate(lines))


def _kitty(one: Placed) -> str:
    """The PNG itself, in chunks, which the terminal scales to the place; it answers nothing and moves no cursor."""
    data = base64.b64encode(one.png).decode()
    chunks = [data[start : start + _KITTY_CHUNK] for start in range(0, len(data), _KITTY_CHUNK)]
    first = f"a=T,f=100,c={one.box.columns},r={one.box.lines},C=1,q=2,"
    return "".join(
        f"\x1b_G{first if number == 0 else ''}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"
        for number, chunk in enumerate(chunks)
    )


def _sixels(one: Placed, cell: tuple[int, int]) -> str:
    """The picture in its own colours (256 at most), scaled to the place by repeating pixels."""
    import io

    import numpy as np
    from PIL import Image

    size = one.box.columns * cell[0], one.box.lines * cell[1]
    with Image.open(io.BytesIO(one.png)) as source:
        image = source.convert("RGB").quantize(256, dither=Image.Dither.NONE).resize(size, Image.Resampling.NEAREST)
    palette = (image.getpalette() or [])[: 3 * 256]
    indices = np.asarray(image, dtype=np.uint8)
    colours = "".join(
        f"#{index};2;" + ";".join(str(round(channel / 2.55)) for channel in palette[3 * index : 3 * index + 3])
        for index in np.unique(indices).tolist()
    )
    bands = "-".join(_band(indices[top : top + 6]) for top in range(0, size[1], 6))
    return f'{_at(one.row, one.column)}\x1bP0;1q"1;1;{size[0]};{size[1]}{colours}{bands}\x1b\\'


def _band(rows: NDArray[np.uint8]) -> str:
    """Six rows of pixels, colour by colour: a character holds one column of them, and repetitions are counted."""
    import numpy as np

    bits = 1 << np.arange(len(rows))[:, None]
    return "$".join(
        f"#{index}" + _repeated(63 + ((rows == index) * bits).sum(axis=0)) for index in np.unique(rows).tolist()
    )


def _repeated(codes: NDArray[np.int64]) -> str:
    import numpy as np

    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    lengths = np.diff(starts, append=len(codes)).tolist()
    return "".join(
        f"!{length}{chr(code)}" if length > 3 else chr(code) * length
        for code, length in zip(codes[starts].tolist(), lengths, strict=True)
    )

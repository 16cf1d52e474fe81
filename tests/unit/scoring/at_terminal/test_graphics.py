"""Pictures reach the terminal whole: each way's codes are read back into pixels."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest

from collector.pictures import encode_png
from collector.records import Picture
from scoring.at_terminal.graphics import Way, overlay, way_answered
from scoring.at_terminal.layout import Box, Placed

CELL = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(▀+)")
COLOURS = ((0, 0, 0), (255, 255, 255), (255, 0, 51), (51, 153, 204))


def a_screen(width: int = 16, height: int = 12) -> Picture:
    chance = np.random.default_rng(5)
    pixels = np.array(COLOURS, dtype=np.uint8)[chance.integers(0, len(COLOURS), (height, width))]
    return Picture(width=width, height=height, rgb=pixels.tobytes())


def placed(picture: Picture, factor: int = 1) -> Placed:
    box = Box(factor=factor, columns=picture.width // factor, lines=picture.height // factor // 2)
    return Placed(png=encode_png(picture), row=4, column=7, box=box)


def sixel_pixels(text: str) -> np.ndarray:
    """What a terminal paints for one sixel picture: the standard's characters, one after the other."""
    header = re.match(r"\x1b\[5;8H\x1bP0;1q\"1;1;(\d+);(\d+)(.*)\x1b\\$", text, re.DOTALL)
    assert header is not None
    width, height, data = int(header[1]), int(header[2]), header[3]
    palette: dict[int, tuple[int, ...]] = {}
    painted = np.full((height, width, 3), -1)
    top = column = colour = 0
    for token in re.findall(r"#\d+;2;\d+;\d+;\d+|#\d+|!\d+.|\$|-|[?-~]", data):
        if found := re.fullmatch(r"#(\d+);2;(\d+);(\d+);(\d+)", token):
            palette[int(found[1])] = tuple(round(int(share) * 2.55) for share in found.groups()[1:])
        elif token[0] == "#":
            colour = int(token[1:])
        elif token in "$-":
            top, column = top + 6 * (token == "-"), 0
        else:
            count = int(token[1:-1] or 1) if token[0] == "!" else 1
            for bit in range(6):
                if (ord(token[-1]) - 63) >> bit & 1:
                    painted[top + bit, column : column + count] = palette[colour]
            column += count
    return painted


@pytest.mark.parametrize("cell", [(1, 2), (3, 6), (10, 20)])
def test_sixels_show_every_pixel_in_its_colour_as_large_as_the_place(cell: tuple[int, int]) -> None:
    picture = a_screen()
    shown = sixel_pixels(overlay((placed(picture),), Way.SIXEL, cell))
    wanted = np.frombuffer(picture.rgb, np.uint8).reshape(12, 16, 3).astype(int)
    scaled = wanted.repeat(cell[1] // 2, axis=0).repeat(cell[0], axis=1)
    assert np.array_equal(shown, scaled)


def test_kittys_protocol_carries_the_png_itself_in_chunks_at_its_place() -> None:
    picture = Picture(width=160, height=144, rgb=np.random.default_rng(5).bytes(160 * 144 * 3))
    one = placed(picture, factor=4)
    text = overlay((one,), Way.KITTY)
    assert text.startswith("\x1b_Ga=d,d=A,q=2;\x1b\\\x1b[5;8H\x1b_Ga=T,f=100,c=40,r=18,C=1,q=2,m=1;")
    chunks = re.findall(r"\x1b_G(?:a=T,[^m]*)?m=(\d);([^\x1b]*)\x1b\\", text)
    assert [more for more, _ in chunks] == ["1"] * (len(chunks) - 1) + ["0"] and len(chunks) > 10
    assert all(len(data) <= 4096 for _, data in chunks)
    assert base64.b64decode("".join(data for _, data in chunks)) == one.png


def test_half_blocks_stand_line_by_line_at_their_place() -> None:
    picture = a_screen()
    text = overlay((placed(picture),), Way.BLOCKS)
    places = re.findall(r"\x1b\[(\d+);(\d+)H", text)
    assert places == [(str(5 + line), "8") for line in range(6)]
    rows: list[int] = []
    for line in re.split(r"\x1b\[\d+;\d+H", text)[1:]:
        cells = [[int(value) for value in found[:6]] for found in CELL.findall(line) for _ in found[6]]
        rows += [channel for cell in cells for channel in cell[:3]] + [
            channel for cell in cells for channel in cell[3:]
        ]
    assert bytes(rows) == picture.rgb


@pytest.mark.parametrize(
    ("answer", "way"),
    [
        (b"\x1b_Gi=1;OK\x1b\\\x1b[?62;c", Way.KITTY),
        (b"\x1b_Gi=1;OK\x1b\\\x1b[?62;4c", Way.KITTY),
        (b"\x1b_Gi=1;EINVAL\x1b\\\x1b[?62;4;22c", Way.SIXEL),
        (b"\x1b[?63;1;4c", Way.SIXEL),
        (b"\x1b[?64;22;44c", Way.BLOCKS),
        (b"\x1b[?4c", Way.BLOCKS),
        (b"", Way.BLOCKS),
    ],
)
def test_a_terminal_gets_the_best_it_says_it_can(answer: bytes, way: Way) -> None:
    assert way_answered(answer) == way

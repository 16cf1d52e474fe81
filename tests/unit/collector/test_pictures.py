"""PNG of screens: lossless for any picture, equal bytes for equal pixels, read by everything."""

from __future__ import annotations

import io
import random
import struct

import pytest
from datasets import Dataset, Features
from datasets import Image as ImageColumn
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from collector.pictures import decode_picture, encode_png
from collector.records import Picture


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Pictures of any size with 1 to 400 colours, close or far apart."""
    width, height = draw(st.integers(1, 40)), draw(st.integers(1, 24))
    source = random.Random(draw(st.integers(0, 2**32)))
    step = draw(st.sampled_from([1, 7, 8, 64, 255]))
    palette = [
        bytes(source.randrange(0, 256, step) for _ in range(3))
        for _ in range(draw(st.sampled_from([1, 2, 3, 4, 5, 16, 17, 256, 257, 400])))
    ]
    return Picture(width=width, height=height, rgb=b"".join(source.choice(palette) for _ in range(width * height)))


def with_colours(count: int, apart: int = 8) -> Picture:
    """A 32 x 32 picture of exactly this many colours; consoles of 15-bit colour have theirs 8 apart."""
    shades = [min(place, count - 1) for place in range(1024)]
    rgb = b"".join(bytes((shade % 32 * apart, shade // 32 * apart, 8)) for shade in shades)
    return Picture(width=32, height=32, rgb=rgb)


def colour_type_and_bits(png: bytes) -> tuple[int, int]:
    bits, colour_type = struct.unpack(">BB", png[24:26])
    return colour_type, bits


@given(pictures())
def test_nothing_is_lost(picture: Picture) -> None:
    assert decode_picture(encode_png(picture)) == picture


@given(pictures())
def test_equal_pixels_give_equal_bytes(picture: Picture) -> None:
    same = Picture(width=picture.width, height=picture.height, rgb=bytes(bytearray(picture.rgb)))
    assert encode_png(same) == encode_png(picture)


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        (1, (3, 1)),
        (2, (3, 1)),
        (3, (3, 2)),
        (4, (3, 2)),
        (5, (3, 4)),
        (16, (3, 4)),
        (17, (3, 8)),
        (256, (3, 8)),
        (257, (2, 8)),
    ],
)
def test_few_colours_take_few_bits_and_none_is_lost_at_the_edges(colours: int, expected: tuple[int, int]) -> None:
    picture = with_colours(colours)
    png = encode_png(picture)
    assert colour_type_and_bits(png) == expected
    assert decode_picture(png) == picture


def test_the_palette_is_sorted_wherever_the_colours_stand() -> None:
    picture = with_colours(5)
    turned = Picture(width=32, height=32, rgb=bytes(reversed(picture.rgb)))
    for screen in (picture, turned):
        with Image.open(io.BytesIO(encode_png(screen))) as image:
            palette = image.getpalette() or []
        colours = [tuple(palette[place : place + 3]) for place in range(0, 15, 3)]
        assert colours == sorted(set(colours))


@pytest.mark.parametrize("colours", [2, 17, 256, 257])
@pytest.mark.parametrize("apart", [1, 2, 4])
def test_colours_that_are_close_stay_apart(colours: int, apart: int) -> None:
    picture = with_colours(colours, apart)
    assert decode_picture(encode_png(picture)) == picture


@pytest.mark.parametrize("colours", [2, 4, 16, 256, 257])
def test_pillow_finds_a_whole_png(colours: int) -> None:
    png = encode_png(with_colours(colours))
    with Image.open(io.BytesIO(png)) as image:
        image.verify()
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.size) == ("PNG", (32, 32))


@pytest.mark.parametrize("colours", [2, 4, 16, 256, 257])
def test_datasets_decodes_it(colours: int) -> None:
    picture = with_colours(colours)
    rows = Dataset.from_list(
        [{"screen": {"bytes": encode_png(picture), "path": None}}], features=Features({"screen": ImageColumn()})
    )
    decoded = rows[0]["screen"].convert("RGB")
    assert decoded.size == (32, 32)
    assert decoded.tobytes() == picture.rgb


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "1"])
def test_pictures_of_other_modes_are_read_as_rgb(mode: str) -> None:
    image = Image.new("RGB", (5, 3), (255, 255, 255)).convert(mode)
    out = io.BytesIO()
    image.save(out, "PNG")
    assert decode_picture(out.getvalue()) == Picture(width=5, height=3, rgb=b"\xff" * 45)

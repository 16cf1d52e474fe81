import io
import random
import struct
import zlib

import pytest
from PIL import Image

from dataset_script.picture_bytes import picture_fault
from dataset_script.picture_format import webp_of
from tests.leaks import ROM, behind_the_pixels, in_a_longer_chunk, in_the_alpha_channel, too_large
from tests.rated_runs import a_screen
from tests.records import a_png

WEBP = webp_of(a_png(7))


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def image_of(png: bytes, mode: str = "RGB") -> Image.Image:
    return Image.open(io.BytesIO(png)).convert(mode)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("picture", [a_png(7), WEBP], ids=["png", "webp"])
def test_a_picture_passes_and_a_torn_or_longer_one_does_not(picture: bytes) -> None:
    assert picture_fault(picture) is None
    assert "torn" in (picture_fault(picture[:-6]) or "")
    assert "after the end of a" in (picture_fault(picture + b"state!") or "")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1"])
@pytest.mark.parametrize("size", [(160, 144), (1, 1), (7, 3)])
def test_whole_opaque_pictures_of_any_kind_pass(mode: str, size: tuple[int, int]) -> None:
    image = Image.frombytes("RGB", (160, 144), a_screen(7, 3).rgb).resize(size).convert(mode)
    for options in ({}, {"optimize": True}, {"compress_level": 0}):
        assert picture_fault(saved(image, **options)) is None


@pytest.mark.parametrize("quality", [0, 100])
@pytest.mark.parametrize("world", range(12))
def test_whole_lossless_webp_pictures_pass(world: int, quality: int) -> None:
    image = Image.frombytes("RGB", (160, 144), a_screen(world, 3 * world).rgb)
    for size in ((160, 144), (world + 1, 5)):
        assert picture_fault(saved(image.resize(size), "WEBP", lossless=True, quality=quality)) is None


@pytest.mark.parametrize("seed", [82, 157, 207, 209, 438, 452])
def test_a_webp_that_can_be_read_without_its_end_but_is_another_picture_passes(seed: int) -> None:
    chance = random.Random(seed)
    side = chance.randrange(8, 40)
    shades = bytes(chance.choice((0, 0, 0, 85, 170)) for _ in range(side * side))
    image = Image.frombytes("L", (side, side), shades).convert("RGB")
    assert picture_fault(saved(image, "WEBP", lossless=True, quality=100, method=4)) is None


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """The picture with a further chunk after its header."""
    return png[:33] + chunk(kind, body) + png[33:]


PNG, RGB = a_png(7), saved(image_of(a_png(7)))
PALETTE = PNG[PNG.index(b"PLTE") - 4 : PNG.index(b"IDAT") - 4]
A_PNG = "a PNG picture"

SPOILED = {
    "further chunk": (behind_the_pixels(PNG), f"2,048 bytes after the end of {A_PNG}'s pixels"),
    "longer chunk": (in_a_longer_chunk(PNG), f"{A_PNG} with a chunk 'gAMA' of 2,052 bytes"),
    "alpha": (in_the_alpha_channel(PNG), f"{A_PNG} that is not opaque"),
    "too large": (too_large(PNG), f"{A_PNG} of 40,000 x 40,000 pixels"),
    "tRNS": (with_chunk(PNG, b"tRNS", ROM[:2]), f"{A_PNG} with a chunk 'tRNS' of 2 bytes"),
    "second palette": (with_chunk(PNG, b"PLTE", ROM[:6]), f"{A_PNG} with a chunk 'PLTE' of 6 bytes"),
    "longer palette": (
        PNG.replace(PALETTE, chunk(b"PLTE", ROM[:9])),
        f"{A_PNG} with a palette of 9 bytes for 1-bit colours",
    ),
    "needless palette": (
        with_chunk(RGB, b"PLTE", ROM[:9]),
        f"{A_PNG} with a palette of 9 bytes for 8-bit colours",
    ),
    "end": (PNG[:-12] + chunk(b"IEND", ROM[:9]), f"{A_PNG} with a chunk 'IEND' of 9 bytes"),
    "16 bits": (saved(Image.new("I;16", (4, 4), 257)), f"{A_PNG} of colour type 0 with 16 bits"),
    "no header": (PNG[:8] + chunk(b"IDAT", b"") + chunk(b"IEND", b""), f"{A_PNG} that is torn"),
}


@pytest.mark.parametrize(("spoiled", "what"), SPOILED.values(), ids=SPOILED)
def test_bytes_that_no_pixel_needs_are_found(spoiled: bytes, what: str) -> None:
    assert picture_fault(spoiled) == what


@pytest.mark.parametrize("rows", [143, 145, 400])
def test_pixels_are_as_many_as_the_header_says(rows: int) -> None:
    png = saved(image_of(a_png(7)))
    packed = chunk(b"IDAT", zlib.compress(bytes(rows * (1 + 160 * 3))))
    fault = picture_fault(png[:33] + packed + chunk(b"IEND", b""))
    assert "bytes of pixels or more in a PNG picture of 69,264" in (fault or "")


@pytest.mark.parametrize("length", [3, 4])
def test_bytes_inside_the_length_of_a_webp_are_found(length: int) -> None:
    longer = WEBP + b"s" * length
    hidden = b"RIFF" + (len(longer) - 8).to_bytes(4, "little") + longer[8:]
    assert "after the end of a WebP picture" in (picture_fault(hidden) or "")


@pytest.mark.parametrize("length", [3, 4, 2048])
@pytest.mark.parametrize("world", range(6))
def test_bytes_inside_the_chunk_of_a_webp_are_found(world: int, length: int) -> None:
    picture = saved(Image.frombytes("RGB", (160, 144), a_screen(world, 9).rgb), "WEBP", lossless=True)
    pixels = picture[20 : 20 + int.from_bytes(picture[16:20], "little")] + ROM[0x150 : 0x150 + length]
    body = b"WEBPVP8L" + len(pixels).to_bytes(4, "little") + pixels + b"\0" * (len(pixels) % 2)
    hidden = b"RIFF" + len(body).to_bytes(4, "little") + body
    assert picture_fault(hidden) == "bytes after the end of a WebP picture's pixels"
    assert image_of(hidden).tobytes() == image_of(picture).tobytes()


def test_a_webp_with_an_alpha_channel_or_beyond_measure_is_refused() -> None:
    not_opaque = saved(image_of(in_the_alpha_channel(a_png(7)), "RGBA"), "WEBP", lossless=True, exact=True)
    assert picture_fault(not_opaque) == "a WebP picture of 160 x 144 pixels that is not opaque"
    vast = WEBP[:21] + (0x3FFF | 0x3FFF << 14).to_bytes(4, "little") + WEBP[25:]
    assert picture_fault(vast) == "a WebP picture of 16,384 x 16,384 pixels"


def test_a_webp_with_texts_or_lost_pixels_is_refused() -> None:
    for options in ({"lossless": True, "xmp": b"<text/>"}, {"quality": 80}):
        assert "a WebP picture with a chunk" in (picture_fault(saved(image_of(a_png(7)), "WEBP", **options)) or "")


def test_other_bytes_are_no_picture() -> None:
    assert picture_fault(b"RIFF....AVI LIST") == "16 bytes that are no PNG picture"

import io

import pytest
from PIL import Image

from dataset_script.picture_bytes import picture_fault
from dataset_script.picture_format import webp_of
from tests.records import a_png

WEBP = webp_of(a_png(7))


@pytest.mark.parametrize("picture", [a_png(7), WEBP], ids=["png", "webp"])
def test_a_picture_passes_and_a_torn_or_longer_one_does_not(picture: bytes) -> None:
    assert picture_fault(picture) is None
    assert "torn" in (picture_fault(picture[:-6]) or "")
    assert "after the end of a" in (picture_fault(picture + b"state!") or "")


@pytest.mark.parametrize("length", [3, 4])
def test_bytes_inside_the_length_of_a_webp_are_found(length: int) -> None:
    longer = WEBP + b"s" * length
    hidden = b"RIFF" + (len(longer) - 8).to_bytes(4, "little") + longer[8:]
    assert "after the end of a WebP picture" in (picture_fault(hidden) or "")


def test_a_webp_with_texts_or_lost_pixels_is_refused() -> None:
    image = Image.open(io.BytesIO(a_png(7))).convert("RGB")
    for options in ({"lossless": True, "xmp": b"<text/>"}, {"quality": 80}):
        out = io.BytesIO()
        image.save(out, "WEBP", **options)
        assert "a WebP picture with a chunk" in (picture_fault(out.getvalue()) or "")


def test_other_bytes_are_no_picture() -> None:
    assert picture_fault(b"RIFF....AVI LIST") == "16 bytes that are no PNG picture"

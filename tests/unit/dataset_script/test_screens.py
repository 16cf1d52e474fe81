import pytest

from collector.pictures import decode_picture, encode_png
from dataset_script.screens import enlarged
from tests.rated_runs import a_screen


def test_scale_one_is_the_recorded_picture() -> None:
    png = encode_png(a_screen(3, 4))
    assert enlarged(png, 1) is png


@pytest.mark.parametrize("scale", [2, 3, 5])
def test_every_pixel_is_repeated_and_no_colour_added(scale: int) -> None:
    small = a_screen(3, 4)
    large = decode_picture(enlarged(encode_png(small), scale))
    assert (large.width, large.height) == (160 * scale, 144 * scale)
    for x, y in ((0, 0), (159, 143), (4, 20), (3, 60), (12, 79)):
        place = 3 * (y * 160 + x)
        for dx, dy in ((0, 0), (scale - 1, scale - 1)):
            at = 3 * ((y * scale + dy) * large.width + x * scale + dx)
            assert large.rgb[at : at + 3] == small.rgb[place : place + 3]

import pytest

from collector.pictures import decode_picture, encode_png
from collector.prompt_pictures import Layout, prompt_pictures, screens_on, shown_screen
from tests.rated_runs import a_screen


def test_scale_one_is_the_recorded_picture() -> None:
    png = encode_png(a_screen(3, 4))
    assert shown_screen(png, 1, False) == png


@pytest.mark.parametrize("scale", [2, 3, 5])
def test_every_pixel_is_repeated_and_no_colour_added(scale: int) -> None:
    small = a_screen(3, 4)
    large = decode_picture(shown_screen(encode_png(small), scale, False))
    assert (large.width, large.height) == (160 * scale, 144 * scale)
    for x, y in ((0, 0), (159, 143), (4, 20), (3, 60), (12, 79)):
        place = 3 * (y * 160 + x)
        for dx, dy in ((0, 0), (scale - 1, scale - 1)):
            at = 3 * ((y * scale + dy) * large.width + x * scale + dx)
            assert large.rgb[at : at + 3] == small.rgb[place : place + 3]


def test_a_grid_lies_over_every_sixteenth_pixel_of_the_game() -> None:
    plain = a_screen(3, 4)
    lined = decode_picture(shown_screen(encode_png(plain), 2, True))
    large = decode_picture(shown_screen(encode_png(plain), 2, False))
    for x, y in ((32, 5), (5, 32), (288, 7), (7, 256)):
        at = 3 * (y * lined.width + x)
        assert lined.rgb[at : at + 3] == bytes(
            (big + line) // 2 for big, line in zip(large.rgb[at:], (255, 0, 255), strict=False)
        )
    at = 3 * (33 * lined.width + 33)
    assert lined.rgb[at : at + 3] == large.rgb[at : at + 3]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize(("scale", "grid"), [(1, False), (2, True)])
def test_a_sheet_shows_each_screen_in_reading_order(count: int, scale: int, grid: bool) -> None:
    screens = [encode_png(a_screen(number + 1, 2)) for number in range(count)]
    (sheet,) = prompt_pictures(screens, scale, Layout.SHEET, grid=grid)
    assert decode_picture(sheet).width == 320 * scale
    frames = prompt_pictures(screens, scale, Layout.FRAMES, grid=grid)
    assert screens_on(sheet, Layout.SHEET) == [decode_picture(frame).digest() for frame in frames]
    assert [screens_on(frame, Layout.FRAMES) for frame in frames] == [[one] for one in screens_on(sheet, Layout.SHEET)]

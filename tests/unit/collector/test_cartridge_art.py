"""The cartridge's pictures and colours are what the build can pack: 2 bits a pixel, 5 bits a channel."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

ROM_SOURCE = Path(__file__).parents[3] / "collector" / "roms" / "thistledown"
ART = ROM_SOURCE / "art"
WORLDS = 6
TILE_PX = 8
TITLE_TILES = 120
CONTRAST = 7.0
"""WCAG's enhanced ratio between ink and paper."""


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def palettes() -> dict[str, Any]:
    """Return palettes.yaml."""
    loaded: dict[str, Any] = read_yaml(ART / "palettes.yaml")
    return loaded


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    """Return world.yaml."""
    loaded: dict[str, Any] = read_yaml(ROM_SOURCE / "world.yaml")
    return loaded


def pixels(name: str) -> np.ndarray[Any, Any]:
    """Return the colour indices of one picture."""
    with Image.open(ART / f"{name}.png") as image:
        assert image.mode == "P", f"{name}.png is {image.mode}: save it as an indexed PNG"
        return np.asarray(image)


def cells(picture: np.ndarray[Any, Any], width: int, height: int) -> list[bytes]:
    """Cut a picture into cells, row by row."""
    rows, columns = picture.shape
    corners = ((y, x) for y in range(0, rows, height) for x in range(0, columns, width))
    return [picture[y : y + height, x : x + width].tobytes() for y, x in corners]


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of "#RRGGBB"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("font", (128, 48)),
        ("sprites", (96, 80)),
        ("frames", (72, 24)),
        ("marks", (128, 8)),
        ("title", (160, 72)),
    ],
)
def test_fixed_pictures_have_their_size_and_four_colours(name: str, size: tuple[int, int]) -> None:
    picture = pixels(name)
    assert picture.shape == size[::-1]
    assert picture.max() <= 3


@pytest.mark.parametrize(
    ("name", "key", "side"), [("tiles", "tiles", 16), ("items", "items", 16), ("portraits", "species", 24)]
)
def test_strips_hold_one_distinct_picture_for_every_entry_of_the_world(
    name: str, key: str, side: int, world: dict[str, Any]
) -> None:
    picture = pixels(name)
    assert picture.shape == (side, side * len(world[key]))
    assert picture.max() <= 3
    assert len(set(cells(picture, side, side))) == len(world[key])


def test_every_printable_character_has_a_glyph_of_its_own() -> None:
    glyphs = cells(pixels("font"), TILE_PX, TILE_PX)
    assert len(set(glyphs)) == 96
    assert not any(glyphs[0]), "the space must be blank"


def test_every_sprite_pose_differs() -> None:
    poses = cells(pixels("sprites"), 16, 16)
    assert len(set(poses)) == 30


def test_a_frame_s_centre_is_paper() -> None:
    frames = cells(pixels("frames"), TILE_PX, TILE_PX)
    assert not any(b"".join(frames[4::9]))


def test_every_hp_bar_segment_has_one_more_column_filled() -> None:
    segments = pixels("marks")[2:6, 3 * TILE_PX : 12 * TILE_PX]
    filled = [int((segments[:, i * TILE_PX : (i + 1) * TILE_PX] == 2).all(axis=0).sum()) for i in range(9)]
    assert filled == list(range(9))


def test_the_title_fits_its_tiles() -> None:
    assert len(set(cells(pixels("title"), TILE_PX, TILE_PX))) <= TITLE_TILES


def test_palettes_cover_every_tile_and_person(palettes: dict[str, Any], world: dict[str, Any]) -> None:
    assert list(palettes["tile_palette"]) == [tile["name"] for tile in world["tiles"].values()]
    assert set(palettes["tile_palette"].values()) <= set(palettes["bg_palettes"])
    assert palettes["obj_palettes"] == ["player", *(person["id"] for person in world["people"])]
    assert len(palettes["bg_palettes"]) == 8
    assert len(palettes["worlds"]) == WORLDS


@pytest.mark.parametrize("number", range(WORLDS))
def test_a_world_names_every_palette_with_colours_the_console_has(number: int, palettes: dict[str, Any]) -> None:
    look = palettes["worlds"][number]
    assert list(look["bg"]) == palettes["bg_palettes"]
    assert list(look["obj"]) == palettes["obj_palettes"]
    for name, colours in [*look["bg"].items(), *look["obj"].items()]:
        assert len(colours) == 4, name
        for colour in colours:
            assert re.fullmatch(r"#([0-9A-F][08]){3}", colour), f"{name}: {colour} is not 5 bits a channel"


@pytest.mark.parametrize("number", range(WORLDS))
@pytest.mark.parametrize("name", ["text", "bar"])
def test_ink_stands_out_from_paper(number: int, name: str, palettes: dict[str, Any]) -> None:
    paper, *_, ink = (luminance(colour) for colour in palettes["worlds"][number]["bg"][name])
    assert (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) >= CONTRAST


def test_no_two_worlds_look_alike(palettes: dict[str, Any]) -> None:
    looks = {(str(world["bg"]["foliage"]), str(world["bg"]["building"])) for world in palettes["worlds"]}
    assert len(looks) == WORLDS

"""art.h and art.c from the PNGs and palettes.yaml of art/: 2-bit tiles, the title's tile map, the worlds' colours."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from collector.yaml_loading import load_yaml

from .c_text import BANNER, byte_array, defines, symbol

Pixels = npt.NDArray[np.uint8]
TILE = 8
COLORS = 4


def art_sources(folder: Path) -> tuple[str, str]:
    """The texts of art.h and art.c."""
    palettes = load_palettes(folder)
    title, title_map = _without_repeats(_tiles(folder / "title.png", TILE, TILE))
    arrays = {
        "font": _tiles(folder / "font.png", TILE, TILE),
        "tiles": _tiles(folder / "tiles.png", 16, 16),
        "sprites": _sprites(folder / "sprites.png"),
        "frames": [tile for box in cells(folder / "frames.png", 72, TILE) for tile in tiles_of(box)],
        "marks": _tiles(folder / "marks.png", TILE, TILE),
        "items": _tiles(folder / "items.png", 16, 16),
        "portraits": _tiles(folder / "portraits.png", 24, 24),
        "title": title,
    }
    data = {f"art_{name}": b"".join(tiles) for name, tiles in arrays.items()}
    data |= {"art_title_map": title_map, "art_palettes": _palette_bytes(palettes)}
    counts = [(symbol("art", name, "count"), len(tiles)) for name, tiles in arrays.items()]
    return _header(data, counts, palettes), f'{BANNER}#include "art.h"\n\n' + "\n".join(
        byte_array(name, content) for name, content in data.items()
    )


def load_palettes(folder: Path) -> dict[str, Any]:
    """palettes.yaml as it stands."""
    table: dict[str, Any] = load_yaml((folder / "palettes.yaml").read_text(encoding="utf-8"))
    return table


def _header(data: dict[str, bytes], counts: list[tuple[str, int]], palettes: dict[str, Any]) -> str:
    backgrounds, sprites = palettes["bg_palettes"], palettes["obj_palettes"]
    numbers = [
        *((symbol("palette", name), number) for number, name in enumerate(backgrounds)),
        *counts,
        ("ART_SPRITES_BYTES", len(data["art_sprites"])),
        ("ART_PORTRAIT_TILES", 9),
        ("ART_PORTRAIT_BYTES", 9 * 16),
        ("ART_WORLDS", len(palettes["worlds"])),
        ("ART_BG_PALETTE_BYTES", 8 * len(backgrounds)),
        ("ART_PALETTE_BYTES", 8 * (len(backgrounds) + len(sprites))),
    ]
    externs = "".join(f"extern const u8 {name}[];\n" for name in data)
    return f'{BANNER}#ifndef ART_H\n#define ART_H\n\n#include "console.h"\n\n{defines(numbers)}\n{externs}\n#endif\n'


def cells(path: Path, width: int, height: int) -> list[Pixels]:
    """The picture's cells of width x height, row by row."""
    with Image.open(path) as picture:
        if picture.mode != "P":
            raise ValueError(f"{path.name} has mode {picture.mode}; save it as an indexed PNG (mode P)")
        pixels: Pixels = np.asarray(picture, dtype=np.uint8)
    rows, columns = pixels.shape
    if pixels.max() >= COLORS or rows % height or columns % width:
        raise ValueError(
            f"{path.name} is {columns}x{rows} with indices up to {pixels.max()}; "
            f"expected whole cells of {width}x{height} with indices 0 to {COLORS - 1}"
        )
    return _split_pixels(pixels, width, height)


def _split_pixels(pixels: Pixels, width: int, height: int) -> list[Pixels]:
    rows, columns = pixels.shape
    return [pixels[y : y + height, x : x + width] for y in range(0, rows, height) for x in range(0, columns, width)]


def tiles_of(pixels: Pixels) -> list[bytes]:
    """The picture's 8x8 tiles, row by row, 16 bytes each."""
    return [_packed(tile) for tile in _split_pixels(pixels, TILE, TILE)]


def _tiles(path: Path, width: int, height: int) -> list[bytes]:
    """Cell by cell, each cell's 8x8 tiles row by row."""
    return [tile for cell in cells(path, width, height) for tile in tiles_of(cell)]


def _sprites(path: Path) -> list[bytes]:
    """Cell by cell, column by column: an 8x16 sprite is two tiles that follow each other."""
    columns = [column for cell in cells(path, 16, 16) for column in _split_pixels(cell, TILE, 16)]
    return [tile for column in columns for tile in tiles_of(column)]


def _packed(tile: Pixels) -> bytes:
    """The console's tile format: for every row the low bits of 8 pixels, then the high bits."""
    planes = [np.packbits(tile >> bit & 1, axis=1) for bit in (0, 1)]
    return np.concatenate(planes, axis=1).tobytes()


def _without_repeats(tiles: list[bytes]) -> tuple[list[bytes], bytes]:
    """Every distinct tile once, and the number of each place's tile."""
    distinct = list(dict.fromkeys(tiles))
    if len(distinct) > 120:
        raise ValueError(f"title.png has {len(distinct)} distinct 8x8 tiles; 120 fit beside the letters")
    return distinct, bytes(distinct.index(tile) for tile in tiles)


def _palette_bytes(palettes: dict[str, Any]) -> bytes:
    """For every world the BG palettes, then the sprite palettes: 4 colours of 15 bits, little-endian."""
    content = b""
    for world in palettes["worlds"]:
        rows = [world["bg"][name] for name in palettes["bg_palettes"]]
        rows += [world["obj"][name] for name in palettes["obj_palettes"]]
        content += b"".join(_color(color) for row in rows for color in row)
    return content


def _color(text: str) -> bytes:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    if (red | green | blue) & 7:
        raise ValueError(f"palettes.yaml: {text} is not a colour of the console; make every channel a multiple of 8")
    return (red >> 3 | green >> 3 << 5 | blue >> 3 << 10).to_bytes(2, "little")

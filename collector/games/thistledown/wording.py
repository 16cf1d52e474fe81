"""Small parts of sentences: where things are, what the cursor is on, and which of several wordings to use."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from collector.games.thistledown.menu_rules import rows_of
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.world import Fields, Item, Spot, World

VIEW_COLUMNS: Final = 10
VIEW_ROWS: Final = 9
"""Tiles of 16x16 pixels on the screen."""

_CAMERA: Final = 4
"""Tiles between the screen's left or top edge and the player, away from the map's edges."""


def vary(state: Fields, *wordings: str) -> str:
    """One of the wordings, always the same for the same situation: data in one wording only teaches parroting."""
    situation = [state[name] for name in ("world_seed", "screen", "x", "y", "facing", "cursor", "page")]
    return wordings[zlib.crc32(repr((situation, len(wordings))).encode()) % len(wordings)]


def in_view(world: World, state: Fields, spot: Spot) -> bool:
    """Whether the whole tile is on the screen while the player stands in the world."""
    map_id, x, y = spot
    if map_id != state["map"]:
        return False
    columns, rows = world.map_sizes[map_id]
    left = max(0, min(state["x"] - _CAMERA, columns - VIEW_COLUMNS))
    top = max(0, min(state["y"] - _CAMERA, rows - VIEW_ROWS))
    return bool(left <= x < left + VIEW_COLUMNS and top <= y < top + VIEW_ROWS)


def whereabouts(state: Fields, spot: Spot) -> str:
    """Where a tile lies from the player: "3 tiles right and 2 up"."""
    parts = direction_parts(state, spot)
    if not parts:
        return "right here"
    (first, count), *rest = parts
    return " and ".join([f"{count} {'tile' if count == 1 else 'tiles'} {first}", *(f"{n} {way}" for way, n in rest)])


def direction_parts(state: Fields, spot: Spot) -> list[tuple[str, int]]:
    """How far a tile of this map lies in each direction, the farther one first; nothing for directions not needed."""
    dx, dy = spot[1] - state["x"], spot[2] - state["y"]
    parts = [("right" if dx > 0 else "left", abs(dx)), ("down" if dy > 0 else "up", abs(dy))]
    return sorted((part for part in parts if part[1]), key=lambda part: -part[1])


def listed(parts: Sequence[str]) -> str:
    """Parts as in a sentence: "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def rows_shown(world: World, state: Fields) -> list[str]:
    """Names of the rows the cursor moves over on this screen, top to bottom; empty where it has none."""
    match state["screen"]:
        case "start_menu":
            return list(world.start_menu)
        case "party" | "item_target":
            return [state[f"party.{n}.species"] for n in COMPANIONS]
        case "bag":
            return [world.items[name].name for name in rows_of(world, state, state["pocket"])]
        case "item_menu":
            return ["USE", "BACK"]
        case "choice":
            return ["YES", "NO"]
        case "options":
            return [option.name for option in world.options]
    return []


def row_under_cursor(world: World, state: Fields) -> str:
    """What the cursor is on; empty if there is nothing for it to be on."""
    rows = rows_shown(world, state)
    return rows[state["cursor"]] if rows else ""


def page_text(world: World, state: Fields) -> str:
    """The page of the dialogue as it reads, without the names that only the game knows."""
    dialogue = world.dialogues[state["dialogue"]]
    pages = dialogue.variants[state["variant"] % len(dialogue.variants)]
    text: str = pages[state["page"]]
    return text.replace("|", " ")


def counted(item: Item, count: int) -> str:
    """So many of an item: "1 Sap Drop", "3 Sap Drops"."""
    return f"{count} {item.name if count == 1 else item.plural}"


def place_name(place: str) -> str:
    """A named place in words."""
    return "the " + place.replace("_", " ")


def tile_name(world: World, spot: Spot) -> str:
    """A tile in words, with its article."""
    name = world.tiles.get(spot, "edge of the map")
    if name in ("water", "grass", "flowers", "floor"):
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

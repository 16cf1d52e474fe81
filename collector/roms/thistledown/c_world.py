"""world.h and world.c from world.yaml: maps, doors, people, items, options and dialogues as constant tables."""

from typing import Any

from .c_text import BANNER, byte_array, defines, numbered, string, symbol

LINE_COLUMNS = 18
"""Letters that fit into a line of a dialogue box."""
FILLED_IN = {"item": ("{item}", "\x01"), "companion": ("{companion}", "\x02")}
"""What a page may leave open, and the letter that stands for it in the cartridge's text."""
THENS = ["field", "choice", "bag"]
EFFECTS = ["none", "otto_yes", "otto_no", "heal_party", "sign_read", "save"]

_RECORDS = """
struct spot { u8 x, y; };
struct map { u8 width, height; const u8 *tiles; };
struct door { u8 map, x, y, to_map, to_x, to_y; };
struct person_info { u8 dialogue, map, stays, spot_count; const struct spot *spots; };
struct item_info { const char *name; u8 pocket, heals, cures; };
struct option_info { const char *name; u8 value_count; const char *const *values; };
struct dialogue { u16 first_page; u8 pages, varies, then, yes, no, effect; };

extern const u8 tile_solid[];
extern const u8 tile_palettes[];
extern const struct map maps[];
extern const struct door doors[];
extern const struct person_info person_infos[];
extern const struct spot player_spots[];
extern const struct item_info item_infos[];
extern const char *const species_names[];
extern const struct option_info option_infos[];
extern const char *const start_menu_names[];
extern const char *const dialogue_pages[];
extern const struct dialogue dialogues[];
"""


def world_header(world: dict[str, Any]) -> str:
    """world.h: numbers for everything that world.yaml names, and the tables' declarations."""
    sign = world["sign"]
    numbers = [
        numbered("tile", [tile["name"] for tile in world["tiles"].values()]),
        numbered("person", _ids(world["people"])),
        numbered("item", _ids(world["items"])),
        numbered("option", _option_names(world)),
        numbered("start_menu", world["start_menu"]),
        numbered("then", THENS),
        numbered("effect", EFFECTS),
        defines((symbol("dialogue", name), number) for name, number in _dialogue_numbers(world).items()),
        defines([("TEXT_ITEM", r"'\001'"), ("TEXT_COMPANION", r"'\002'")]),
        defines(
            [
                ("DOOR_COUNT", len(world["doors"])),
                ("SPECIES_COUNT", len(world["species"])),
                ("PLAYER_SPOT_COUNT", len(world["player_spots"])),
                ("VARIANT_COUNT", _variant_count(world)),
                ("SIGN_MAP", symbol("map", sign["map"])),
                ("SIGN_X", sign["x"]),
                ("SIGN_Y", sign["y"]),
                ("SIGN_DIALOGUE", symbol("dialogue", sign["dialogue"])),
            ]
        ),
    ]
    body = "\n".join(numbers) + _RECORDS
    return f'{BANNER}#ifndef WORLD_H\n#define WORLD_H\n\n#include "console.h"\n\n{body}\n#endif\n'


def world_source(world: dict[str, Any], tile_palettes: dict[str, str]) -> str:
    """world.c: the tables. `tile_palettes` names the BG palette of every tile."""
    tiles = [tile["name"] for tile in world["tiles"].values()]
    parts = [
        byte_array("tile_solid", bytes(tile["solid"] for tile in world["tiles"].values())),
        _array("u8", "tile_palettes", [symbol("palette", tile_palettes[name]) for name in tiles]),
        _maps(world),
        _array("struct door", "doors", [_door(door) for door in world["doors"]]),
        _people(world),
        _array("struct spot", "player_spots", [_pair(spot) for spot in world["player_spots"]]),
        _array("struct item_info", "item_infos", [_item(item) for item in world["items"]]),
        _strings("species_names", world["species"]),
        _options(world),
        _strings("start_menu_names", world["start_menu"]),
        _dialogues(world),
    ]
    return f'{BANNER}#include "world.h"\n\n#include "art.h"\n#include "wram.h"\n\n' + "\n".join(parts)


def _array(kind: str, name: str, rows: list[str]) -> str:
    return f"const {kind} {name}[{len(rows)}] = {{\n    " + ",\n    ".join(rows) + "\n};\n"


def _strings(name: str, texts: list[str]) -> str:
    return _array("char *const", name, [string(text) for text in texts])


def _ids(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["id"] for entry in entries]


def _option_names(world: dict[str, Any]) -> list[str]:
    return _ids(world["options"])


def _pair(spot: list[int]) -> str:
    return f"{{{spot[0]}, {spot[1]}}}"


def _maps(world: dict[str, Any]) -> str:
    numbers = {letter: number for number, letter in enumerate(world["tiles"])}
    arrays, records = [], []
    for name, record in world["maps"].items():
        rows = record["rows"]
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"world.yaml: the rows of map {name} differ in length; make them equal")
        arrays.append(byte_array(f"{name}_tiles", bytes(numbers[letter] for row in rows for letter in row)))
        records.append(f"{{{len(rows[0])}, {len(rows)}, {name}_tiles}}")
    return "static " + "static ".join(arrays) + _array("struct map", "maps", records)


def _door(door: dict[str, Any]) -> str:
    return "{" + ", ".join(_place(place) for place in (door, door["to"])) + "}"


def _place(place: dict[str, Any]) -> str:
    return f"{symbol('map', place['map'])}, {place['x']}, {place['y']}"


def _people(world: dict[str, Any]) -> str:
    arrays = [
        "static " + _array("struct spot", f"{person['id']}_spots", [_pair(spot) for spot in person["spots"]])
        for person in world["people"]
    ]
    records = [
        f"{{{symbol('dialogue', person['dialogue'])}, {symbol('map', person['map'])}, "
        f"{int(person.get('stays', False))}, {len(person['spots'])}, {person['id']}_spots}}"
        for person in world["people"]
    ]
    return "".join(arrays) + _array("struct person_info", "person_infos", records)


def _item(item: dict[str, Any]) -> str:
    pocket = symbol("pocket", item["pocket"])
    return f"{{{string(item['name'])}, {pocket}, {item.get('heal', 0)}, {int(item.get('cure', False))}}}"


def _options(world: dict[str, Any]) -> str:
    arrays, records = [], []
    for option in world["options"]:
        arrays.append("static " + _strings(f"{option['id']}_values", option["values"]))
        records.append(f"{{{string(option['name'])}, {len(option['values'])}, {option['id']}_values}}")
    return "".join(arrays) + _array("struct option_info", "option_infos", records)


def _dialogue_numbers(world: dict[str, Any]) -> dict[str, int]:
    return {dialogue["id"]: number for number, dialogue in enumerate(world["dialogues"], start=1)}


def _variant_count(world: dict[str, Any]) -> int:
    counts = {len(dialogue["variants"]) for dialogue in world["dialogues"] if "variants" in dialogue}
    if len(counts) != 1:
        raise ValueError(f"world.yaml: dialogues have {sorted(counts)} wordings; every one needs the same number")
    return counts.pop()


def _dialogues(world: dict[str, Any]) -> str:
    numbers = _dialogue_numbers(world)
    pages: list[str] = []
    records = []
    for dialogue in world["dialogues"]:
        wordings = dialogue.get("variants") or [dialogue["pages"]]
        if len({len(wording) for wording in wordings}) != 1:
            raise ValueError(f"world.yaml: the wordings of dialogue {dialogue['id']} differ in pages; make them equal")
        first = len(pages)
        pages += [_page(dialogue["id"], page) for wording in wordings for page in wording]
        answers = f"{numbers.get(dialogue.get('yes'), 0)}, {numbers.get(dialogue.get('no'), 0)}"
        records.append(
            f"{{{first}, {len(wordings[0])}, {int('variants' in dialogue)}, {symbol('then', dialogue['then'])}, "
            f"{answers}, {symbol('effect', dialogue.get('effect', 'none'))}}}"
        )
    return _strings("dialogue_pages", pages) + "\n" + _array("struct dialogue", "dialogues", records)


def _page(dialogue: str, page: str) -> str:
    """The page as the cartridge holds it: a line feed between its lines, one letter for each {...}."""
    lines = page.split("|")
    if len(lines) > 2 or any(len(line) > LINE_COLUMNS for line in lines):
        raise ValueError(f"world.yaml: a page of dialogue {dialogue} is {page!r}; two lines of {LINE_COLUMNS} fit")
    text = "\n".join(lines)
    for name, letter in FILLED_IN.values():
        text = text.replace(name, letter)
    return text

"""What presses do on the title and in the menus: the START menu, party, bag, using an item, options."""

from __future__ import annotations

from typing import Final

from collector.errors import InputError
from collector.games.thistledown.reader import COMPANIONS, party_sums
from collector.games.thistledown.world import Changes, Fields, World

POCKETS: Final = ("medicine", "keepsakes")
VERTICAL: Final = {"press_up": -1, "press_down": 1}
OPTION_STEPS: Final = {"press_left": -1, "press_right": 1, "press_a": 1}
DIGITS: Final = 4


def rows_of(world: World, state: Fields, pocket: str) -> list[str]:
    """Items of the pocket of which there is at least one: the bag's rows."""
    return [name for name, item in world.items.items() if item.pocket == pocket and state[f"items.{name}"] > 0]


def title_press(world: World, state: Fields, button: str) -> Changes:
    """A press on the title: the digits of the world number. SRAM is taken to hold no journey."""
    cursor = state["cursor"]
    if button in ("press_left", "press_right"):
        return {"cursor": (cursor + (1 if button == "press_right" else -1)) % DIGITS}
    if button in VERTICAL:
        place = 10 ** (DIGITS - 1 - cursor)
        digit = state["world_seed"] // place % 10
        return {"world_seed": state["world_seed"] + ((digit - VERTICAL[button]) % 10 - digit) * place}
    if button == "press_start":
        raise InputError(
            f"START on the title makes world {state['world_seed']:04d}, which the rules in Python can't foresee: "
            "begin the session in a world (a start with a world_seed)"
        )
    return {}


def start_menu_press(world: World, state: Fields, button: str) -> Changes:
    """A press in the START menu."""
    cursor = state["cursor"]
    if button in VERTICAL:
        return {"cursor": (cursor + VERTICAL[button]) % len(world.start_menu)}
    if button in ("press_b", "press_start"):
        return {"screen": "field", "cursor": 0}
    if button != "press_a":
        return {}
    match world.start_menu[cursor]:
        case "EXIT":
            return {"screen": "field", "cursor": 0}
        case "SAVE":
            return {"screen": "choice", "cursor": 0, "dialogue": "save", "page": 0}
        case row:
            return {"screen": row.lower(), "cursor": 0, "pocket": "medicine"}


def back_to_start_menu(world: World, row: str) -> Changes:
    """The START menu, cursor on the row that was open."""
    return {"screen": "start_menu", "cursor": world.start_menu.index(row), "pocket": "medicine"}


def party_press(world: World, state: Fields, button: str) -> Changes:
    """A press on the party screen."""
    if button in VERTICAL:
        return {"cursor": (state["cursor"] + VERTICAL[button]) % len(COMPANIONS)}
    return back_to_start_menu(world, "PARTY") if button == "press_b" else {}


def bag_press(world: World, state: Fields, button: str) -> Changes:
    """A press in the bag."""
    pocket, cursor = state["pocket"], state["cursor"]
    if button in ("press_left", "press_right"):
        return {"pocket": POCKETS[1 - POCKETS.index(pocket)], "cursor": 0}
    if button == "press_b":
        return back_to_start_menu(world, "BAG")
    rows = rows_of(world, state, pocket)
    if button in VERTICAL and rows:
        return {"cursor": (cursor + VERTICAL[button]) % len(rows)}
    if button == "press_a" and pocket == "medicine" and rows:
        return {"screen": "item_menu", "cursor": 0, "item": rows[cursor]}
    return {}


def bag_after_use(world: World, state: Fields) -> Changes:
    """The medicine pocket, cursor on the row of the item in hand, or on the last row if that row is gone."""
    rows = rows_of(world, state, "medicine")
    names = list(world.items)
    before = [name for name in rows if names.index(name) < names.index(state["item"])]
    cursor = max(0, min(len(before), len(rows) - 1))
    return {"screen": "bag", "pocket": "medicine", "cursor": cursor, "item": None}


def item_menu_press(world: World, state: Fields, button: str) -> Changes:
    """A press while USE and BACK are offered."""
    if button in VERTICAL:
        return {"cursor": 0 if button == "press_up" else 1}
    if button == "press_a" and state["cursor"] == 0:
        return {"screen": "item_target", "cursor": 0}
    return bag_after_use(world, state) if button in ("press_a", "press_b") else {}


def item_target_press(world: World, state: Fields, button: str) -> Changes:
    """A press while a companion is chosen for the item in hand."""
    if button in VERTICAL:
        return {"cursor": (state["cursor"] + VERTICAL[button]) % len(COMPANIONS)}
    if button == "press_b":
        return bag_after_use(world, state)
    if button != "press_a":
        return {}
    treated = treatment(world, state)
    dialogue = "item_used" if treated else "no_effect"
    return treated | {"screen": "dialogue", "dialogue": dialogue, "page": 0, "cursor": 0}


def treatment(world: World, state: Fields) -> Changes:
    """What the item in hand does to the companion under the cursor; empty if it would do nothing."""
    item, slot = world.items[state["item"]], f"party.{COMPANIONS[state['cursor']]}"
    changes: Changes = {}
    if item.heal and state[f"{slot}.hp"] < state[f"{slot}.max_hp"]:
        changes[f"{slot}.hp"] = min(state[f"{slot}.max_hp"], state[f"{slot}.hp"] + item.heal)
    if item.cure and state[f"{slot}.status"] == "sick":
        changes[f"{slot}.status"] = "well"
    if not changes:
        return {}
    changes[f"items.{item.item_id}"] = state[f"items.{item.item_id}"] - 1
    return changes | party_sums({**state, **changes})


def options_press(world: World, state: Fields, button: str) -> Changes:
    """A press on the options screen."""
    if button in VERTICAL:
        return {"cursor": (state["cursor"] + VERTICAL[button]) % len(world.options)}
    if button in OPTION_STEPS:
        option = world.options[state["cursor"]]
        field = f"options.{option.option_id}"
        chosen = option.values.index(state[field]) + OPTION_STEPS[button]
        return {field: option.values[chosen % len(option.values)]}
    return back_to_start_menu(world, "OPTIONS") if button == "press_b" else {}

"""Why a press is right (`reasoning`): what on the screen it goes by, and what the plan needs next."""

from __future__ import annotations

from collections.abc import Sequence

from collector.games.thistledown.aims import Aim, aim_on_field, cursor_wanted, errand, menu_wanted
from collector.games.thistledown.field_rules import DIRECTIONS, person_at, spot_ahead
from collector.games.thistledown.menu_rules import VERTICAL, treatment
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.wording import (
    direction_parts,
    in_view,
    row_under_cursor,
    rows_shown,
    tile_name,
    vary,
    whereabouts,
)
from collector.games.thistledown.world import Fields, World
from collector.records import WAIT


def explain(world: World, state: Fields, button: str, ahead: Sequence[Fields]) -> str:
    """Why the press is right; `ahead` are the states from the press on to the end of the plan."""
    if button == WAIT or not ahead:
        return _enough(state)
    states = (state, *ahead)
    if state["screen"] == "field":
        return _on_field(world, states, button)
    if state["screen"] == "title":
        return f"The digits of the world number are being set: press {_key(button)}."
    if state["screen"] == "dialogue":
        return _in_dialogue(world, state, ahead[0], button)
    return _in_menu(world, states, button)


def _enough(state: Fields) -> str:
    shown = {"bag": "The open bag shows what there is", "party": "The party screen shows how everybody is"}
    seen = shown.get(state["screen"], "What was asked for has been seen")
    return vary(
        state,
        f"{seen}, so nothing more needs to be pressed: report it and stop.",
        f"{seen}, and that is all that was asked: stop here with the answer.",
    )


def _key(button: str) -> str:
    return button.removeprefix("press_").upper()


def _on_field(world: World, states: Sequence[Fields], button: str) -> str:
    state = states[0]
    if button == "press_start":
        wanted = menu_wanted(states)
        needed = f"{wanted} is in the START menu" if wanted else "The START menu is what is needed"
        return f"{needed} and no menu is open, so press START."
    aim = aim_on_field(world, states)
    if aim is None:
        return f"There is nothing further to go to, so press {_key(button)}."
    if button == "press_a":
        across = " behind the counter" if spot_ahead(state, state["facing"]) != aim.spot else ""
        doing = "read it" if aim.name == "the sign" else "talk"
        return _sentence(f"{aim.name} is right in front of the player{across}, so press A to {doing}.")
    return _purpose(world, states, aim) + _walking(world, state, states[1], aim, button)


def _purpose(world: World, states: Sequence[Fields], aim: Aim) -> str:
    """What lies behind a door that the plan goes through."""
    if aim.talk or aim.spot not in world.doors:
        return ""
    person = errand(world, states)
    beyond = "in the house" if world.doors[aim.spot][0] == "house" else "outside"
    return f"{_sentence(person)} is {beyond}. " if person else ""


def _walking(world: World, state: Fields, after: Fields, aim: Aim, button: str) -> str:
    where, way = whereabouts(state, aim.spot), DIRECTIONS[button]
    parts = dict(direction_parts(state, aim.spot))
    if not _in_sight(world, state, aim):
        direction = " and ".join(parts)
        seen = f"{aim.name} is not in sight; {_usual_place(world, aim)}, which is further {direction}"
    else:
        seen = f"{aim.name} is {where}"
    if (after["map"], after["x"], after["y"]) == (state["map"], state["x"], state["y"]):
        return _sentence(f"{seen}, but the player faces {state['facing']}: press {_key(button)} to turn there.")
    if after["map"] != state["map"]:
        return _sentence(f"{seen}, one step ahead, so press {_key(button)} to go through.")
    if way in parts:
        return _sentence(
            vary(
                state,
                f"{seen}, and the way {way} is free, so press {_key(button)}.",
                f"{seen}; the next tile {way} can be walked on: press {_key(button)}.",
            )
        )
    return _sentence(f"{seen}, but {_obstacle(world, state, parts)}, so go around: press {_key(button)}.")


def _in_sight(world: World, state: Fields, aim: Aim) -> bool:
    """Whether the screen shows it: a place's tile looks like any other without the landmark beside it."""
    if not in_view(world, state, aim.spot):
        return False
    return not aim.landmarks or any(in_view(world, state, spot) for spot in aim.landmarks)


def _usual_place(world: World, aim: Aim) -> str:
    """Where to look for what is not in sight: what somebody who knows the town would say."""
    for person in world.people:
        if person.name == aim.name:
            return f"{person.name} is {person.haunt}"
    map_id, x, y = aim.spot
    columns, rows = world.map_sizes[map_id]
    return f"it is in the {'north' if y < rows / 2 else 'south'}-{'west' if x < columns / 2 else 'east'} of the town"


def _obstacle(world: World, state: Fields, parts: dict[str, int]) -> str:
    """What is in the way in the directions that would lead closer."""
    for way in parts:
        spot = spot_ahead(state, way)
        person = person_at(world, state, spot)
        if person or spot not in world.free:
            return f"{person.name if person else tile_name(world, spot)} blocks the way {way}"
    return f"the straight way {' and '.join(parts)} is blocked further on"


def _in_dialogue(world: World, state: Fields, after: Fields, button: str) -> str:
    if after["page"] > state["page"]:
        return vary(
            state,
            f"The mark in the text box says that more follows, so press {_key(button)} for the next page.",
            f"The text is not over yet: press {_key(button)} to read on.",
        )
    return f"This is the last page of the text, so press {_key(button)} to close it."


def _in_menu(world: World, states: Sequence[Fields], button: str) -> str:
    state, after, row = states[0], states[1], row_under_cursor(world, states[0])
    on = f"The cursor is on {row}" if row else "There is no cursor"
    if button in VERTICAL:
        return _move_cursor(world, states, button, on)
    if state["screen"] == "options" and button != "press_b":
        field = f"options.{world.options[state['cursor']].option_id}"
        return f"{on}, which is {state[field]}: press {_key(button)} to set it to {after[field]}."
    if state["pocket"] != after["pocket"] and after["screen"] == "bag":
        now, other = state["pocket"].upper(), after["pocket"].upper()
        return f"The open pocket is {now} and {other} is the other one: press {_key(button)}."
    if button == "press_b":
        return _back(state, on)
    return f"{on}, {_merit(world, state, row)}, so press {_key(button)}."


def _move_cursor(world: World, states: Sequence[Fields], button: str, on: str) -> str:
    rows, wanted = rows_shown(world, states[0]), cursor_wanted(states)
    step = VERTICAL[button]
    count = (wanted - states[0]["cursor"]) * step % len(rows)
    wraps = not 0 <= states[0]["cursor"] + step * count < len(rows)
    way = "down" if step > 0 else "up"
    over = f", over the {'bottom' if step > 0 else 'top'} of the list" if wraps else ""
    distance = f"the next row {way}" if count == 1 else f"{count} rows {way}"
    return f"{on}; {rows[wanted]} is {distance}{over}, so press {_key(button)}."


def _back(state: Fields, on: str) -> str:
    if state["screen"] == "choice":
        return f"{on}, and the answer is to be NO, which B gives at once: press B."
    if state["screen"] == "start_menu":
        return "Nothing more is needed from the START menu, so press B to close it."
    open_now = "menu" if state["screen"] == "item_menu" else "screen"
    return f"Nothing more is needed from this {open_now}, so press B to go back."


def _merit(world: World, state: Fields, row: str) -> str:
    """What makes the row under the cursor the right one."""
    match state["screen"]:
        case "choice":
            return "the answer to give"
        case "item_menu":
            return "and the item is to be used" if row == "USE" else "which leads back"
        case "item_target":
            prefix = f"party.{COMPANIONS[state['cursor']]}"
            if not treatment(world, state):
                return "who does not need the item"
            if world.items[state["item"]].cure:
                return "who is SICK"
            return f"whose HP are {state[f'{prefix}.hp']}/{state[f'{prefix}.max_hp']}"
        case "bag":
            item = next(item for item in world.items.values() if item.name == row)
            return "which cures a sick companion" if item.cure else f"which gives {item.heal} HP back"
    return "which is what is needed"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

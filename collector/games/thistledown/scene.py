"""What the picture shows, said as somebody looking at it would: the `analysis` of a step, and the memory context."""

from __future__ import annotations

from collector.games.thistledown.field_rules import person_at, spot_ahead
from collector.games.thistledown.menu_rules import rows_of
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.wording import (
    counted,
    in_view,
    listed,
    page_text,
    row_under_cursor,
    rows_shown,
    tile_name,
    vary,
    whereabouts,
)
from collector.games.thistledown.world import Fields, Spot, World


def describe(world: World, state: Fields) -> str:
    """The screen in one to three sentences; nothing that can't be seen on it."""
    match state["screen"]:
        case "field":
            return field_view(world, state)
        case "dialogue" | "choice":
            below = f" Above it: {party_rows(state)}." if state["item"] else ""
            return f"{text_box(world, state)}{_cursor(world, state)}{below}"
        case "start_menu":
            return f"The START menu is open over the field: {listed(rows_shown(world, state))}.{_cursor(world, state)}"
        case "party":
            return f"The party screen is open: {party_rows(state)}.{_cursor(world, state)}"
        case "bag":
            return f"{bag_rows(world, state)}{_cursor(world, state)}"
        case "item_menu":
            item = world.items[state["item"]].name
            return f"Beside the bag a small menu offers USE and BACK for the {item}.{_cursor(world, state)}"
        case "item_target":
            item = world.items[state["item"]].name
            return f"A companion is to be chosen for the {item}: {party_rows(state)}.{_cursor(world, state)}"
        case "options":
            return f"The options screen is open: {option_rows(world, state)}.{_cursor(world, state)}"
    return f"The title screen shows WORLD {state['world_seed']:04d}, the cursor on digit {state['cursor'] + 1}."


def _cursor(world: World, state: Fields) -> str:
    row = row_under_cursor(world, state)
    if not row:
        return ""
    return vary(state, f" The cursor is on {row}.", f" The cursor points at {row}.", f" {row} is under the cursor.")


def field_view(world: World, state: Fields) -> str:
    """The player, what is right ahead, and who and what is in sight."""
    where = standing_in(world, state)
    here = vary(
        state,
        f"The player stands in {where}, facing {state['facing']}.",
        f"This is {where}; the player faces {state['facing']}.",
        f"No menu is open: the player is in {where} and looks {state['facing']}.",
    )
    ahead = spot_ahead(state, state["facing"])
    person = person_at(world, state, ahead)
    faced = person.name if person else tile_name(world, ahead)
    seen = [
        f"{name} {whereabouts(state, spot)}" for name, spot in landmarks(world, state) if in_view(world, state, spot)
    ]
    in_sight = f" In sight: {listed(seen)}." if seen else " Nobody is in sight."
    verb = "are" if faced == "flowers" else "is"
    return f"{here} Right ahead {verb} {faced}.{in_sight}"


def standing_in(world: World, state: Fields) -> str:
    """The map in words."""
    name = world.map_names[state["map"]]
    return f"the town of {name}" if state["map"] == "town" else name


def landmarks(world: World, state: Fields) -> list[tuple[str, Spot]]:
    """What is worth naming on this map: people, the sign, the nearest way out or in."""
    found: list[tuple[str, Spot]] = []
    for person in world.people:
        map_field, x_field, y_field = person.spot_fields
        if state[map_field] == state["map"]:
            look = vary(state, person.name, f"{person.name} ({person.about})")
            found.append((look, (state[map_field], state[x_field], state[y_field])))
    if world.sign[0] == state["map"]:
        found.append(("the sign", world.sign))
    doors = [spot for spot in world.doors if spot[0] == state["map"]]
    if doors:
        nearest = min(doors, key=lambda spot: abs(spot[1] - state["x"]) + abs(spot[2] - state["y"]))
        found.append((door_name(nearest), nearest))
    return found


def door_name(spot: Spot) -> str:
    """A door in words: the town's leads into the house, the house's is a mat."""
    return "the door of the house" if spot[0] == "town" else "the mat at the way out"


def text_box(world: World, state: Fields, seen: str = "A text box reads") -> str:
    """What the text box says, after the words for how it is `seen`."""
    if state["dialogue"] == "item_used":
        return f"A text box says that a companion took the {world.items[state['item']].name}."
    more = state["page"] < world.dialogues[state["dialogue"]].page_count - 1
    text = f'{seen}: "{page_text(world, state)}"'
    if state["screen"] == "choice":
        return f"{text} YES and NO are offered."
    return f"{text} The mark says that more follows." if more else text


def party_rows(state: Fields) -> str:
    """The companions as the party screen lists them."""
    return "; ".join(companion(state, n) for n in COMPANIONS)


def companion(state: Fields, slot: str) -> str:
    """One companion: name, level, HP, and SICK if so."""
    prefix = f"party.{slot}"
    sick = ", SICK" if state[f"{prefix}.status"] == "sick" else ""
    hp = f"HP {state[f'{prefix}.hp']}/{state[f'{prefix}.max_hp']}"
    return f"{state[f'{prefix}.species']} level {state[f'{prefix}.level']}, {hp}{sick}"


def bag_rows(world: World, state: Fields) -> str:
    """The open pocket and what is in it."""
    rows = rows_of(world, state, state["pocket"])
    held = listed([f"{world.items[name].name} x{state[f'items.{name}']}" for name in rows]) or "nothing"
    return f"The bag is open on {state['pocket'].upper()}: {held}."


def option_rows(world: World, state: Fields) -> str:
    """The options and their values."""
    return listed([f"{option.name} {state[f'options.{option.option_id}']}" for option in world.options])


def context(world: World, state: Fields) -> str:
    """The state in sentences, hidden parts too: what a model is given beside the picture when it may read memory."""
    counts = {name: state[f"items.{name}"] for name in world.items}
    held = [counted(world.items[name], count) for name, count in counts.items() if count]
    menu = row_under_cursor(world, state)
    screen = f"Screen: {state['screen']}" + (f", cursor on {menu}" if menu else "")
    return (
        f"{screen}. Player: {state['map']} ({state['x']}, {state['y']}), facing {state['facing']}. "
        f"Party: {party_rows(state)}. Bag: {listed(held) or 'empty'}."
    )

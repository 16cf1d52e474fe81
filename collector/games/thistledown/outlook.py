"""What the next picture will show (`expected_outcome`), and a report's wording.

An expectation follows from the screen and the rules of the game alone: it never tells what only memory knows before
the picture shows it (what a bag holds, what somebody will say), or a model would learn to make such things up.
"""

from __future__ import annotations

from collections.abc import Iterable

from collector.games.thistledown.field_rules import person_faced
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.scene import companion, standing_in
from collector.games.thistledown.wording import counted, row_under_cursor, vary
from collector.games.thistledown.world import Fields, World


def expect(world: World, state: Fields, after: Fields) -> str:
    """The change a press brings to the picture, in a sentence that is true of `after`."""
    if after == state:
        return vary(state, "Nothing changes.", "The picture stays as it is.")
    if state["screen"] == after["screen"] == "field":
        return _field(world, state, after)
    if after["dialogue"]:
        return _text(world, state, after)
    if state["screen"] != after["screen"]:
        return _opened(world, state, after)
    return _same_screen(world, state, after)


def _field(world: World, state: Fields, after: Fields) -> str:
    facing = after["facing"]
    if after["map"] != state["map"]:
        return f"The player comes out in {standing_in(world, after)}, facing {facing}."
    if (after["x"], after["y"]) != (state["x"], state["y"]):
        return vary(state, f"The player is one tile further {facing}.", f"The player walks one tile {facing}.")
    return f"The player faces {facing} without moving."


def _text(world: World, state: Fields, after: Fields) -> str:
    if state["dialogue"] == after["dialogue"]:
        if state["page"] == after["page"]:
            return f"The cursor is on {row_under_cursor(world, after)}."
        return vary(state, "The next page of the text appears.", "The text goes on with its next page.")
    match after["dialogue"]:
        case "item_used":
            return _used(world, state, after)
        case "no_effect":
            return "A text box says that it would do nothing now."
        case "save":
            return "A text box asks whether to save; YES and NO are offered, the cursor on YES."
        case "saved":
            return "A text box says that the game is saved."
    if state["screen"] == "choice":
        return f"A text box with the reply to {row_under_cursor(world, state)} opens."
    person = person_faced(world, state)
    return f"A text box opens: {person.name} speaks." if person else "A text box opens with the words of the sign."


def _used(world: World, state: Fields, after: Fields) -> str:
    slot = COMPANIONS[state["cursor"]]
    took = f"{after[f'party.{slot}.species']} took the {world.items[state['item']].name}"
    return f"A text box says that {took}; above it stands {companion(after, slot)}."


def _opened(world: World, state: Fields, after: Fields) -> str:
    match after["screen"]:
        case "field":
            closed = "The text box" if state["dialogue"] else "The menu"
            return f"{closed} closes; the player stands in {standing_in(world, after)}."
        case "start_menu":
            row = row_under_cursor(world, after)
            return f"The START menu {'opens' if state['screen'] == 'field' else 'is back'}, the cursor on {row}."
        case "bag" if state["screen"] == "start_menu":
            return "The bag opens on the MEDICINE pocket, the cursor on its first row."
        case "bag":
            return "The bag is shown again."
        case "item_menu":
            return "A small menu opens with USE and BACK, the cursor on USE."
        case "item_target":
            return "The companions are shown to choose from, the cursor on the first."
        case "party":
            return "The party screen opens, the cursor on the first companion."
    return f"The options open, the cursor on {row_under_cursor(world, after)}."


def _same_screen(world: World, state: Fields, after: Fields) -> str:
    for option in world.options:
        field = f"options.{option.option_id}"
        if state[field] != after[field]:
            return f"{option.name} reads {after[field]}."
    if state["screen"] == "title":
        return f"The title shows WORLD {after['world_seed']:04d}, the cursor on digit {after['cursor'] + 1}."
    if state["pocket"] != after["pocket"]:
        return f"The bag shows the {after['pocket'].upper()} pocket, the cursor on its first row."
    row = row_under_cursor(world, after)
    return vary(state, f"The cursor is on {row}.", f"The cursor moves to {row}.")


def report(world: World, state: Fields, fields: Iterable[str]) -> str:
    """The fields' values as an answer: "3 Sap Drops, 2 Honey Jars"; a number stands before its word."""
    return ", ".join(_told(world, state, field) for field in fields)


def _told(world: World, state: Fields, field: str) -> str:
    value, parts = state[field], field.split(".")
    match parts:
        case ["items", name]:
            return counted(world.items[name], value)
        case ["party", slot, "species" | "status"]:
            return f"companion {slot} is {value}"
        case ["party", slot, "hp"]:
            return f"{state[f'party.{slot}.species']} has {value} HP"
        case ["party", slot, "max_hp"]:
            return f"{state[f'party.{slot}.species']} has {value} HP at most"
        case ["party", slot, "level"]:
            return f"{state[f'party.{slot}.species']} is at level {value}"
        case ["party_sick"]:
            return f"{value} sick"
        case ["party_hp_missing"]:
            return f"{value} HP missing"
    return f"{field.replace('.', ' ').replace('_', ' ')}: {value}"

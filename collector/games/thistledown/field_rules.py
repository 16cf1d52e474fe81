"""What presses do on the field and in dialogues: walking, talking, reading, answering."""

from __future__ import annotations

from collector.games.thistledown.menu_rules import bag_after_use
from collector.games.thistledown.reader import COMPANIONS
from collector.games.thistledown.world import (
    COUNTER,
    OPPOSITE,
    STEPS,
    Changes,
    Dialogue,
    Fields,
    Person,
    Spot,
    World,
)

DIRECTIONS = {f"press_{direction}": direction for direction in STEPS}


def field_press(world: World, state: Fields, button: str) -> Changes:
    """A press while the player stands in the world."""
    if button in DIRECTIONS:
        return walk(world, state, DIRECTIONS[button])
    if button == "press_a":
        return interact(world, state)
    if button == "press_start":
        return {"screen": "start_menu", "cursor": 0}
    return {}


def walk(world: World, state: Fields, direction: str) -> Changes:
    """A turn, and a step if the tile ahead is free; a door's tile puts the player on the other side."""
    spot = spot_ahead(state, direction)
    if spot not in world.free or person_at(world, state, spot):
        return {"facing": direction}
    spot = world.doors.get(spot, spot)
    map_id, x, y = spot
    return {"facing": direction, "map": map_id, "x": x, "y": y, "place": world.places.get(spot)}


def spot_ahead(state: Fields, direction: str, distance: int = 1) -> Spot:
    """The tile that many steps away from the player."""
    dx, dy = STEPS[direction]
    return (state["map"], state["x"] + distance * dx, state["y"] + distance * dy)


def person_at(world: World, state: Fields, spot: Spot) -> Person | None:
    """Who stands on the tile, if anybody."""
    for person in world.people:
        map_field, x_field, y_field = person.spot_fields
        if (state[map_field], state[x_field], state[y_field]) == spot:
            return person
    return None


def person_faced(world: World, state: Fields) -> Person | None:
    """Whom A would talk to: the person ahead, or the one behind the counter ahead."""
    facing = state["facing"]
    ahead = spot_ahead(state, facing)
    if world.tiles.get(ahead) == COUNTER:
        return person_at(world, state, spot_ahead(state, facing, 2))
    return person_at(world, state, ahead)


def faces_sign(world: World, state: Fields) -> bool:
    """Whether A would read the sign."""
    return spot_ahead(state, state["facing"]) == world.sign


def interact(world: World, state: Fields) -> Changes:
    """A on the field: talk, or read the sign."""
    person = person_faced(world, state)
    if person is not None:
        changes: Changes = {f"talked.{person.person_id}": True}
        if not person.stays:
            changes[f"people.{person.person_id}.facing"] = OPPOSITE[state["facing"]]
        return changes | open_dialogue(world, state, person.dialogue)
    return open_dialogue(world, state, "sign") if faces_sign(world, state) else {}


def open_dialogue(world: World, state: Fields, dialogue_id: str) -> Changes:
    """Page 0 of a dialogue, with its effect. Only one that returns to the bag keeps pocket and item."""
    dialogue = world.dialogues[dialogue_id]
    changes = {"screen": screen_of(dialogue, 0), "dialogue": dialogue_id, "page": 0, "cursor": 0}
    if dialogue.then != "bag":
        changes |= {"pocket": "medicine", "item": None}
    return changes | effect_of(dialogue.effect, state)


def screen_of(dialogue: Dialogue, page: int) -> str:
    """A dialogue that asks is a choice on its last page."""
    return "choice" if dialogue.then == "choice" and page == dialogue.page_count - 1 else "dialogue"


def effect_of(effect: str | None, state: Fields) -> Changes:
    """What happens in the world when a dialogue with this effect opens."""
    match effect:
        case "otto_yes":
            return {"otto_answer": "yes"}
        case "otto_no":
            return {"otto_answer": "no"}
        case "sign_read":
            return {"sign_read": True}
        case "save":
            return {"save_count": (state["save_count"] + 1) % 256}
        case "heal_party":
            healed: Changes = {f"party.{n}.hp": state[f"party.{n}.max_hp"] for n in COMPANIONS}
            healed |= {f"party.{n}.status": "well" for n in COMPANIONS}
            return healed | {
                "heal_count": (state["heal_count"] + 1) % 256,
                "party_hp_missing": 0,
                "party_sick": 0,
            }
    return {}


def dialogue_press(world: World, state: Fields, button: str) -> Changes:
    """A press while text is shown: the next page, or what follows the last."""
    if button not in ("press_a", "press_b"):
        return {}
    dialogue, page = world.dialogues[state["dialogue"]], state["page"] + 1
    if page < dialogue.page_count:
        return {"page": page, "screen": screen_of(dialogue, page)}
    closed: Changes = {"dialogue": None, "page": 0}
    if dialogue.then == "bag":
        return closed | bag_after_use(world, state)
    return closed | {"screen": dialogue.then, "cursor": 0}


def choice_press(world: World, state: Fields, button: str) -> Changes:
    """A press while YES and NO are offered."""
    if button == "press_up":
        return {"cursor": 0}
    if button == "press_down":
        return {"cursor": 1}
    if button not in ("press_a", "press_b"):
        return {}
    dialogue = world.dialogues[state["dialogue"]]
    answer = dialogue.yes if button == "press_a" and state["cursor"] == 0 else dialogue.no
    if answer == "start_menu":
        row = world.start_menu.index("SAVE")
        return {"screen": "start_menu", "cursor": row, "dialogue": None, "page": 0}
    return open_dialogue(world, state, answer or "")

"""What a plan is after, read from the states it leads through: reasons are true of the plan that is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.games.thistledown.field_rules import person_faced, spot_ahead
from collector.games.thistledown.scene import door_name
from collector.games.thistledown.wording import place_name
from collector.games.thistledown.world import Fields, Spot, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Something on the field that the player is on the way to."""

    name: str
    """In words."""
    spot: Spot
    """Its tile."""
    talk: bool
    """It is to be faced and spoken to or read, not walked onto."""
    landmarks: frozenset[Spot] = frozenset()
    """Tiles by which a place is seen; empty for what is seen by itself."""


def aim_on_field(world: World, states: Sequence[Fields]) -> Aim | None:
    """What the plan does first after walking: a talk, a door, a place; None if it is a menu or nothing is left.

    `states` are the one now and those the plan leads through, the first of them on the field.
    """
    now = states[0]
    for state, after in pairwise(states):
        if after["screen"] in ("dialogue", "choice"):
            return _talk(world, state)
        if after["map"] != state["map"]:
            spot = spot_ahead(state, after["facing"])
            return Aim(name=door_name(spot), spot=spot, talk=False)
        if after["screen"] != "field":
            return _end_of_walk(world, now, state)
    return _end_of_walk(world, now, states[-1])


def _talk(world: World, state: Fields) -> Aim | None:
    person = person_faced(world, state)
    if person is None:
        return Aim(name="the sign", spot=world.sign, talk=True)
    map_id, x, y = (state[field] for field in person.spot_fields)
    return Aim(name=person.name, spot=(map_id, x, y), talk=True)


def _end_of_walk(world: World, now: Fields, end: Fields) -> Aim | None:
    spot = (end["map"], end["x"], end["y"])
    if spot == (now["map"], now["x"], now["y"]):
        return None
    if not end["place"]:
        return Aim(name="the spot to reach", spot=spot, talk=False)
    return Aim(name=place_name(end["place"]), spot=spot, talk=False, landmarks=world.landmarks[spot])


def errand(world: World, states: Sequence[Fields]) -> str | None:
    """Who or what is spoken to first along the plan, by name; None if nobody is."""
    for state, after in pairwise(states):
        if state["screen"] == "field" and after["screen"] in ("dialogue", "choice"):
            aim = _talk(world, state)
            return aim.name if aim else None
        if after["screen"] not in ("field", state["screen"]):
            return None
    return None


def menu_wanted(states: Sequence[Fields]) -> str | None:
    """The screen that the plan opens from the START menu, in words; None if it opens none."""
    for state, after in pairwise(states):
        if state["screen"] == "start_menu" and after["screen"] != "start_menu":
            return None if after["screen"] == "field" else "SAVE" if after["dialogue"] else str(after["screen"]).upper()
    return None


def cursor_wanted(states: Sequence[Fields]) -> int:
    """The row the cursor is on when the plan presses something else than up and down on this screen."""
    now = states[0]
    row = now["cursor"]
    for before, after in pairwise(states):
        moved_only = all(after[field] == before[field] for field in after if field != "cursor")
        if not moved_only:
            return int(row)
        row = after["cursor"]
    return int(row)

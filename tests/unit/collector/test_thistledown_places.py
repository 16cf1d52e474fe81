"""Named places: where the drawn map has them, and that reasons only point at what the screen shows of them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from collector.agents.planner import shortest_plan
from collector.games.predicate_parser import parse_predicate
from collector.games.thistledown import Thistledown
from collector.games.thistledown.wording import in_view
from collector.games.thistledown.world import load_world, neighbours
from tests.thistledown import state

WORLD: Final = load_world()
MODEL: Final = Thistledown().model
LANDMARKS: Final = {"pond_shore": "water", "east_garden": "flowers"}

AWAY: Final = {f"people__{name}__map": "house" for name in ("nell", "otto", "wren")}
"""Nobody stands in the way."""


def tiles_of(place: str) -> set[tuple[int, int]]:
    return {(x, y) for (_, x, y), name in WORLD.places.items() if name == place}


def test_every_place_can_be_walked_on_and_lies_beside_what_shows_it() -> None:
    assert set(WORLD.places.values()) == set(LANDMARKS)
    for spot, place in WORLD.places.items():
        beside = {near for near in neighbours(spot) if WORLD.tiles.get(near) == LANDMARKS[place]}
        assert spot in WORLD.free
        assert WORLD.landmarks[spot] == beside != set()


def test_the_shore_is_every_free_tile_that_touches_water() -> None:
    assert tiles_of("pond_shore") == {(9, 2), (10, 3), (11, 4), (12, 5), (13, 5), (14, 4)}


def test_the_garden_is_one_bed_of_flowers_that_nothing_else_looks_like() -> None:
    garden = tiles_of("east_garden")
    assert garden == {(x, y) for x in (12, 13, 14) for y in (13, 14)}
    flowers = {spot for spot, name in WORLD.tiles.items() if name == "flowers"}
    in_beds = {spot for spot in flowers if flowers & set(neighbours(spot))}
    assert in_beds == {("town", x, y) for x, y in garden}


def first_reason(place: str, now: dict[str, Any]) -> str | None:
    """Why the plan to the place begins as it does; None from inside the place."""
    goal = parse_predicate({"field": "place", "op": "eq", "value": place})
    plan = shortest_plan(MODEL, goal, now, goal.begin(now))
    assert plan is not None
    return MODEL.explain(now, plan[0].button, None, tuple(move.after for move in plan)) if plan else None  # type: ignore[arg-type]


@pytest.mark.parametrize(("place", "landmark"), LANDMARKS.items())
def test_a_distance_is_only_told_to_what_the_screen_shows(place: str, landmark: str) -> None:
    marks = {near for spot, name in WORLD.places.items() if name == place for near in WORLD.landmarks[spot]}
    told = {"near": 0, "far": 0}
    for map_id, x, y in sorted(WORLD.free - WORLD.doors.keys()):
        now = state(map=map_id, x=x, y=y, place=WORLD.places.get((map_id, x, y)), **AWAY)
        reason = first_reason(place, now) if map_id == "town" else None
        if reason is None:
            continue
        if "is not in sight" in reason:
            told["far"] += 1
        else:
            told["near"] += 1
            assert any(in_view(WORLD, now, mark) for mark in marks), (x, y, reason)
    assert min(told.values()) > 20, f"{landmark}: both wordings are to occur"

"""What Thistledown is made of: world.yaml as typed records, with the lookups that its rules need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

from collector.yaml_loading import load_yaml

Spot: TypeAlias = tuple[str, int, int]
"""A tile: map, x, y."""

Fields: TypeAlias = Mapping[str, Any]
"""A state as the rules read it: every field is there and has the type that the reader gives it."""

Changes: TypeAlias = dict[str, Any]
"""Fields that a press gives a new value."""

STEPS: Final[Mapping[str, tuple[int, int]]] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
"""Columns and rows that a step in each direction covers."""

OPPOSITE: Final[Mapping[str, str]] = {"up": "down", "down": "up", "left": "right", "right": "left"}

COUNTER: Final = "counter"
"""The tile that people are talked to across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to talk to."""

    person_id: str
    """Name in state fields."""
    name: str
    """Name in text."""
    about: str
    """How they look."""
    haunt: str
    """Where they usually are, whatever the world."""
    dialogue: str
    """What they say when talked to."""
    stays: bool
    """They do not turn to the player."""
    spot_fields: tuple[str, str, str]
    """State fields of their map, column and row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something in the bag."""

    item_id: str
    """Name in state fields."""
    name: str
    """One of them, in text."""
    plural: str
    """Several of them, in text."""
    pocket: str
    """Where the bag holds it."""
    heal: int
    """HP it gives back."""
    cure: bool
    """It makes a sick companion well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Pages of text, and what follows them."""

    dialogue_id: str
    """Name in the state's `dialogue`."""
    variants: tuple[tuple[str, ...], ...]
    """Pages of each wording; a page is two lines parted by |."""
    then: str
    """After the last page: field, bag, or choice."""
    yes: str | None
    """Dialogue that YES leads to."""
    no: str | None
    """Dialogue that NO leads to, or a screen."""
    effect: str | None
    """What happens when it opens."""

    @property
    def page_count(self) -> int:
        """Pages of any wording; all have the same number."""
        return len(self.variants[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A row of the options screen."""

    option_id: str
    """Name in state fields."""
    name: str
    """Name on the screen."""
    values: tuple[str, ...]
    """What it can be set to, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything in world.yaml."""

    map_names: Mapping[str, str]
    """Each map's name in text."""
    map_sizes: Mapping[str, tuple[int, int]]
    """Each map's columns and rows."""
    tiles: Mapping[Spot, str]
    """Name of every tile of every map."""
    free: frozenset[Spot]
    """Tiles that can be walked on."""
    doors: Mapping[Spot, Spot]
    """Where a step onto a door's tile arrives."""
    places: Mapping[Spot, str]
    """Tiles of the named places."""
    landmarks: Mapping[Spot, frozenset[Spot]]
    """For each tile of a place the tiles beside it by which a person sees what place it is."""
    sign: Spot
    """Where the sign stands."""
    people: tuple[Person, ...]
    """By person number."""
    items: Mapping[str, Item]
    """By id, in the order of their numbers."""
    species: tuple[str, ...]
    """By species number."""
    options: tuple[Option, ...]
    """By row."""
    start_menu: tuple[str, ...]
    """Rows of the START menu."""
    dialogues: Mapping[str, Dialogue]
    """By id, in the order of their numbers."""

    def person(self, person_id: str) -> Person:
        """The person of that id."""
        return next(person for person in self.people if person.person_id == person_id)


def data_text(name: str) -> str:
    """The text of a file beside the cartridge."""
    return (resources.files("collector.roms") / "thistledown" / name).read_text(encoding="utf-8")


@cache
def load_world() -> World:
    """world.yaml, read once."""
    raw = load_yaml(data_text("world.yaml"))
    tiles = dict(_tiles(raw))
    solid = {kind["name"] for kind in raw["tiles"].values() if kind["solid"]}
    free = frozenset(spot for spot, name in tiles.items() if name not in solid)
    places = {name: _place(part, tiles, free) for name, part in raw["places"].items()}
    sign = raw["sign"]
    return World(
        map_names={name: part["name"] for name, part in raw["maps"].items()},
        map_sizes={name: (len(part["rows"][0]), len(part["rows"])) for name, part in raw["maps"].items()},
        tiles=tiles,
        free=free,
        doors={_spot(door): _spot(door["to"]) for door in raw["doors"]},
        places={spot: name for name, landmarks in places.items() for spot in landmarks},
        landmarks={spot: beside for landmarks in places.values() for spot, beside in landmarks.items()},
        sign=_spot(sign),
        people=tuple(_person(person) for person in raw["people"]),
        items={item["id"]: _item(item) for item in raw["items"]},
        species=tuple(raw["species"]),
        options=tuple(Option(option_id=o["id"], name=o["name"], values=tuple(o["values"])) for o in raw["options"]),
        start_menu=tuple(raw["start_menu"]),
        dialogues={part["id"]: _dialogue(part) for part in raw["dialogues"]},
    )


def _tiles(raw: dict[str, Any]) -> list[tuple[Spot, str]]:
    return [
        ((map_id, x, y), raw["tiles"][letter]["name"])
        for map_id, part in raw["maps"].items()
        for y, row in enumerate(part["rows"])
        for x, letter in enumerate(row)
    ]


def _place(raw: dict[str, Any], tiles: Mapping[Spot, str], free: frozenset[Spot]) -> dict[Spot, frozenset[Spot]]:
    """The tiles of a place, each with the tiles of its landmark beside it."""
    map_id, landmark = raw["map"], raw["landmark"]
    columns, rows = zip(*raw.get("within", [[0, 0], [255, 255]]), strict=True)
    found = {}
    for spot in sorted(free):
        beside = frozenset(near for near in neighbours(spot) if tiles.get(near) == landmark)
        inside = columns[0] <= spot[1] <= columns[1] and rows[0] <= spot[2] <= rows[1]
        if beside and inside and spot[0] == map_id:
            found[spot] = beside
    return found


def neighbours(spot: Spot) -> list[Spot]:
    """The tiles above, below, left and right of a tile."""
    map_id, x, y = spot
    return [(map_id, x + dx, y + dy) for dx, dy in STEPS.values()]


def _spot(raw: dict[str, Any]) -> Spot:
    return (raw["map"], raw["x"], raw["y"])


def _person(raw: dict[str, Any]) -> Person:
    name = raw["id"]
    return Person(
        person_id=name,
        name=raw["name"],
        about=raw["about"],
        haunt=raw["haunt"],
        dialogue=raw["dialogue"],
        stays=raw.get("stays", False),
        spot_fields=(f"people.{name}.map", f"people.{name}.x", f"people.{name}.y"),
    )


def _item(raw: dict[str, Any]) -> Item:
    return Item(
        item_id=raw["id"],
        name=raw["name"],
        plural=raw["plural"],
        pocket=raw["pocket"],
        heal=raw.get("heal", 0),
        cure=raw.get("cure", False),
    )


def _dialogue(raw: dict[str, Any]) -> Dialogue:
    variants = raw.get("variants") or [raw["pages"]]
    return Dialogue(
        dialogue_id=raw["id"],
        variants=tuple(tuple(pages) for pages in variants),
        then=raw["then"],
        yes=raw.get("yes"),
        no=raw.get("no"),
        effect=raw.get("effect"),
    )

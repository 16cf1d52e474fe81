"""From work RAM to the flat state: wram.yaml says where each field stands, world.yaml what its numbers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from collector.errors import EmulatorError, RomError
from collector.games.thistledown.world import Changes, Fields, World, data_text, load_world
from collector.records import StateValue
from collector.yaml_loading import load_yaml

MAGIC: Final = b"THDN"
LAYOUT_VERSION: Final = 1
NO_ITEM: Final = 255
COMPANIONS: Final = ("1", "2", "3")
"""Party slots, as they stand in field names."""
SLOT_BYTES: Final = 8
PERSON_BYTES: Final = 4
STATUSES: Final = ("well", "sick")
OTTO_ANSWERS: Final = ("not asked", "yes", "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands in RAM."""

    base: int
    """First address that is read."""
    size: int
    """Bytes that are read."""
    stable: slice
    """The bytes of them that change only when the player changes something."""
    fields: Mapping[str, tuple[int, int]]
    """Offset and length in bytes of each field."""
    values: Mapping[str, tuple[str, ...]]
    """Names of the numbers of a field, for the fields that have names."""


@cache
def load_layout() -> Layout:
    """wram.yaml, read once."""
    raw = load_yaml(data_text("wram.yaml"))
    base = raw["base"]
    first, end = raw["stable"]
    names = {key: tuple(values) for key, values in raw["values"].items()}
    return Layout(
        base=base,
        size=raw["size"],
        stable=slice(first - base, end - base),
        fields={field["name"]: (field["at"] - base, _length(field["type"])) for field in raw["fields"]},
        values={field["name"]: names[field["values"]] for field in raw["fields"] if "values" in field},
    )


def _length(kind: str) -> int:
    return {"u8": 1, "u16": 2}[kind] if "[" not in kind else int(kind[kind.index("[") + 1 : -1])


class Reader:
    """Decodes one reading of RAM."""

    def __init__(self, memory: bytes) -> None:
        self._layout = load_layout()
        if len(memory) != self._layout.size:
            raise EmulatorError(
                f"read {len(memory)} bytes of RAM from {self._layout.base:#06x}, expected {self._layout.size}; "
                "the emulator has to read the game's memory_ranges in full"
            )
        self._memory = memory

    def raw(self, name: str) -> bytes:
        """The field's bytes."""
        offset, length = self._layout.fields[name]
        return self._memory[offset : offset + length]

    def number(self, name: str) -> int:
        """The field as a number, little-endian."""
        return int.from_bytes(self.raw(name), "little")

    def named(self, name: str) -> str:
        """The field's number by the name that wram.yaml gives it."""
        return lookup(self._layout.values[name], self.number(name), name)

    def settled(self) -> bool:
        """Whether the picture is whole and a press would be taken; False while the console boots."""
        return self.raw("magic") == MAGIC and self.number("ready") > 0 and self.number("idle") == 1

    def check(self) -> None:
        """RomError unless this is Thistledown's RAM in the layout that this reader knows."""
        if self.raw("magic") != MAGIC:
            raise RomError(
                f"RAM holds {self.raw('magic')!r} where Thistledown writes {MAGIC!r}: this is another ROM, or the "
                "console is still booting; use the bundled thistledown.gb, and read once the game has settled"
            )
        if self.number("layout_version") != LAYOUT_VERSION:
            raise RomError(
                f"the cartridge's RAM layout is version {self.number('layout_version')}, this reader knows "
                f"{LAYOUT_VERSION}; rebuild thistledown.gb (python -m collector.roms.thistledown.build) "
                "or update the reader"
            )


def read_state(memory: bytes) -> dict[str, StateValue]:
    """All fields of the state; RomError if the RAM is not Thistledown's, EmulatorError if a number means nothing."""
    reader, world = Reader(memory), load_world()
    reader.check()
    state: dict[str, StateValue] = {
        "screen": reader.named("screen"),
        "map": reader.named("map"),
        "x": reader.number("x"),
        "y": reader.number("y"),
        "facing": reader.named("facing"),
        "cursor": reader.number("cursor"),
        "pocket": reader.named("pocket"),
        "item": _item(reader, world),
        "dialogue": _dialogue(reader, world),
        "page": reader.number("page"),
        "world_seed": reader.number("world_seed"),
        "palette": reader.number("palette"),
        "variant": reader.number("variant"),
    }
    state.update({f"items.{name}": count for name, count in zip(world.items, reader.raw("items"), strict=True)})
    state.update(_party(reader, world))
    state.update(_people(reader, world))
    state.update(
        {f"talked.{p.person_id}": bool(flag) for p, flag in zip(world.people, reader.raw("talked"), strict=True)}
    )
    state["sign_read"] = bool(reader.number("sign_read"))
    state["heal_count"] = reader.number("heal_count")
    state["save_count"] = reader.number("save_count")
    for option, chosen in zip(world.options, reader.raw("options"), strict=True):
        state[f"options.{option.option_id}"] = lookup(option.values, chosen, option.option_id)
    state["otto_answer"] = lookup(OTTO_ANSWERS, reader.number("otto_answer"), "otto_answer")
    return {**state, **party_sums(state), "place": place_of(world, state)}


def lookup(names: Sequence[str], number: int, what: str) -> str:
    """The number's name; EmulatorError if it has none."""
    if number < len(names):
        return names[number]
    raise EmulatorError(
        f"RAM says {what} is {number}, but there are only {len(names)} ({', '.join(names)}); "
        "the memory was read while the game was writing it, or the ROM does not belong to this reader"
    )


def party_sums(state: Fields) -> Changes:
    """The fields that sum up the party."""
    missing = sum(state[f"party.{n}.max_hp"] - state[f"party.{n}.hp"] for n in COMPANIONS)
    return {
        "party_hp_missing": missing,
        "party_sick": sum(state[f"party.{n}.status"] == "sick" for n in COMPANIONS),
    }


def place_of(world: World, state: Fields) -> str | None:
    """The named place the player stands on, if any."""
    return world.places.get((state["map"], state["x"], state["y"]))


def _item(reader: Reader, world: World) -> str | None:
    number = reader.number("item")
    return None if number == NO_ITEM else lookup(tuple(world.items), number, "item")


def _dialogue(reader: Reader, world: World) -> str | None:
    number = reader.number("dialogue")
    return None if number == 0 else lookup(tuple(world.dialogues), number - 1, "dialogue")


def _party(reader: Reader, world: World) -> dict[str, StateValue]:
    party: dict[str, StateValue] = {}
    for slot, name in enumerate(COMPANIONS):
        species, level, hp, max_hp, status = reader.raw("party")[slot * SLOT_BYTES :][:5]
        party[f"party.{name}.species"] = lookup(world.species, species, f"party.{name}.species")
        party[f"party.{name}.level"] = level
        party[f"party.{name}.hp"] = hp
        party[f"party.{name}.max_hp"] = max_hp
        party[f"party.{name}.status"] = lookup(STATUSES, status, f"party.{name}.status")
    return party


def _people(reader: Reader, world: World) -> dict[str, StateValue]:
    layout = load_layout()
    people: dict[str, StateValue] = {}
    for number, person in enumerate(world.people):
        map_number, x, y, facing = reader.raw("people")[number * PERSON_BYTES :][:PERSON_BYTES]
        prefix = f"people.{person.person_id}"
        people[f"{prefix}.map"] = lookup(layout.values["map"], map_number, f"{prefix}.map")
        people[f"{prefix}.x"] = x
        people[f"{prefix}.y"] = y
        people[f"{prefix}.facing"] = lookup(layout.values["facing"], facing, f"{prefix}.facing")
    return people

"""RAM of the bundled cartridge made by hand, as wram.yaml lists it, and the state the reader makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.games.thistledown import Thistledown

BASE: Final = 0xC000
SCREENS: Final = (
    "title",
    "field",
    "dialogue",
    "choice",
    "start_menu",
    "party",
    "bag",
    "item_menu",
    "item_target",
    "options",
)

PARTY: Final = ((0, 5, 12, 33, 0), (3, 7, 20, 41, 1), (2, 9, 55, 55, 0))
"""Species, level, HP, greatest HP and sickness of three companions: Mossle hurt, Thrum hurt and sick, Emberit whole."""

PEOPLE: Final = ((0, 8, 5, 0), (0, 11, 5, 0), (0, 6, 13, 0), (1, 4, 1, 0))
"""Map, column, row and facing of Nell, Otto, Wren and Mara."""


def ram(changes: Mapping[int, int | bytes] | None = None) -> bytes:
    """RAM of a settled world 427, player at (8, 8) in the town facing down; `changes` are bytes by address."""
    memory = bytearray(0x70)

    def put(address: int, content: int | bytes) -> None:
        content = bytes([content]) if isinstance(content, int) else content
        memory[address - BASE : address - BASE + len(content)] = content

    put(0xC000, b"THDN\x01\x02\x01")
    put(0xC010, bytes([1, 0, 8, 8, 0, 0, 0, 255]))
    put(0xC01C, (427).to_bytes(2, "little") + bytes([2, 1]))
    put(0xC020, bytes([3, 2, 1, 0, 1, 0]))
    put(0xC028, 3)
    for slot, companion in enumerate(PARTY):
        put(0xC030 + 8 * slot, bytes(companion))
    for number, person in enumerate(PEOPLE):
        put(0xC050 + 4 * number, bytes(person))
    for address, content in (changes or {}).items():
        put(address, content)
    return bytes(memory)


def state(**fields: Any) -> dict[str, Any]:
    """The state of `ram()` with some fields changed; two underscores stand for a dot."""
    changed = {name.replace("__", "."): value for name, value in fields.items()}
    known = dict(Thistledown().state(ram()))
    assert changed.keys() <= known.keys(), f"no such fields: {changed.keys() - known.keys()}"
    return known | changed

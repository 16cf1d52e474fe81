"""wram.h from wram.yaml: a name for every field of work RAM, and for every value of the enumerated ones."""

from typing import Any

from .c_text import BANNER, defines, symbol

_TYPES = {"u8": "u8", "u16": "u16"}
_WATCHED = {"idle", "frame_counter"}
"""Fields that an interrupt or an outside reader looks at, so every write must happen where it stands."""


def wram_header(table: dict[str, Any]) -> str:
    """The header's text. `wram_x` is a byte one can assign to, `wram_items` a pointer to the first of an array."""
    first, end = table["stable"]
    head = defines([("WRAM_STABLE", f"((u8 *)0x{first:04X})"), ("WRAM_STABLE_BYTES", end - first)])
    fields = defines((f"wram_{field['name']}", _access(field)) for field in table["fields"])
    values = "".join(
        defines((symbol(_singular(kind), name), number) for number, name in enumerate(names))
        for kind, names in table["values"].items()
    )
    return f"{BANNER}#ifndef WRAM_H\n#define WRAM_H\n\n{head}\n{fields}\n{values}\n#endif\n"


def _access(field: dict[str, Any]) -> str:
    kind, address = field["type"], f"0x{field['at']:04X}"
    if kind.startswith("u8["):
        return f"((u8 *){address})"
    if kind not in _TYPES:
        raise ValueError(f"wram.yaml: field {field['name']} has type {kind!r}; expected u8, u16 or u8[n]")
    volatile = "volatile " if field["name"] in _WATCHED else ""
    return f"(*({volatile}{_TYPES[kind]} *){address})"


def _singular(kind: str) -> str:
    return kind.removesuffix("s")

"""The pictures of a row, however deep they stand in its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def with_pictures(cell: Any, change: Callable[[bytes], Any]) -> Any:
    """The cell with `change` of each picture's bytes where the picture stood."""
    if isinstance(cell, Mapping):
        if isinstance(picture := cell.get("bytes"), bytes):
            return change(picture)
        return {name: with_pictures(part, change) for name, part in cell.items()}
    if isinstance(cell, list):
        return [with_pictures(part, change) for part in cell]
    return cell

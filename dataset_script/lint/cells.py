"""The texts and bytes of a cell, however deep they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def leaves(cell: Any) -> Iterator[str | bytes]:
    """Every text and every run of bytes in a cell."""
    if isinstance(cell, str | bytes):
        yield cell
    elif isinstance(cell, dict):
        for part in cell.values():
            yield from leaves(part)
    elif isinstance(cell, list | tuple):
        for part in cell:
            yield from leaves(part)


def texts(cell: Any) -> Iterator[str]:
    """Every text in a cell."""
    return (leaf for leaf in leaves(cell) if isinstance(leaf, str))

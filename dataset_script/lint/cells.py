"""The texts and bytes of a row, however deep they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataset_script.exports.protocol import ExportRow


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


class RowCells:
    """A row, walked through once for all rules."""

    def __init__(self, row: ExportRow) -> None:
        self.row = row
        self.texts: list[tuple[str, str]] = []
        """Each text with its column."""
        self.pictures: list[tuple[str, bytes]] = []
        """Each run of bytes with its column."""
        for column, cell in row.items():
            for leaf in leaves(cell):
                if isinstance(leaf, str):
                    self.texts.append((column, leaf))
                else:
                    self.pictures.append((column, leaf))

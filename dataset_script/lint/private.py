"""No text holds a key, an address, a path or a host; nothing is bytes of a ROM or a saved state.

The patterns are those of the push, so a folder that passes here is one that may leave this machine. Of this machine's
own names those that are plain words are not looked for: a computer may be called like a place in a game. Its keys are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from dataset_script.lint.cells import RowCells
from dataset_script.lint.rule import Fault
from dataset_script.picture_bytes import picture_fault
from dataset_script.private_patterns import RAW_BYTES
from dataset_script.private_text import HOST, PrivateText, PrivateTextSearch, own_texts

REMEMBERED: Final = 16_384
"""Distinct texts whose findings are kept: rows repeat most of theirs."""


class RowSearch:
    """Looks at the texts of rows, at each distinct one about once."""

    def __init__(self, folders: tuple[Path, ...], allow: tuple[str, ...]) -> None:
        """FOLDERS are this build's; texts in `allow` pass, unless they are keys or bytes."""
        own = {text: kind for text, kind in own_texts(*folders).items() if kind != HOST or not text.isalpha()}
        search = PrivateTextSearch(own, allow)
        self.find = lru_cache(maxsize=REMEMBERED)(lambda text: tuple(search.find(text)))

    def in_row(self, cells: RowCells) -> Iterator[tuple[str, PrivateText]]:
        """Everything found, with its column."""
        for column, text in cells.texts:
            for found in self.find(text):
                yield column, found


class PrivateRule:
    """Texts that anybody may read."""

    name = "private text"
    advice = "mend the runs it comes from, or let exact texts pass that anybody may read: push.allow=['...']"

    def __init__(self, search: RowSearch) -> None:
        self._search = search

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        for column, found in self._search.in_row(cells):
            if found.kind != RAW_BYTES:
                yield Fault(column, f"{found.kind}: {found.excerpt}")


class BytesRule:
    """No bytes but pictures, and in these nothing but the picture."""

    name = "raw bytes"
    advice = "no bytes of a ROM or of a saved state may be in a dataset; mend the runs or the export"

    def __init__(self, search: RowSearch) -> None:
        self._search = search

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        for column, found in self._search.in_row(cells):
            if found.kind == RAW_BYTES:
                yield Fault(column, f"{found.kind}: {found.excerpt}")
        for column, content in cells.pictures:
            if (fault := _fault_of(content)) is not None:
                yield Fault(column, fault)


_fault_of = lru_cache(maxsize=2048)(picture_fault)

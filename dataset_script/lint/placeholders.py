"""A place for each picture and a picture for each place: with one too many, trainers stop or train on nothing.

Messages whose content is a list have an image part for each picture; those whose content is a string have the word
`<image>` for it. In a list that word is a fault of its own: trainers count it as a further picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dataset_script.lint.cells import RowCells, texts
from dataset_script.lint.rule import Fault

MESSAGE_COLUMNS: Final = ("prompt", "messages", "completion", "chosen", "rejected")
"""Columns that hold messages, in any config."""

WORD: Final = "<image>"


class PlaceholderRule:
    """As many placeholders as pictures."""

    name = "placeholders"
    advice = "mend the export: one image part, or one <image> in a string, for each picture"

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        row = cells.row
        if "images" not in row:
            return
        if row["images"] is None:
            yield Fault("images", "it is null; a row without pictures has an empty list")
            return
        present = [column for column in MESSAGE_COLUMNS if isinstance(row.get(column), list)]
        for column in present:
            if any(WORD in text for part in _parts(row[column]) for text in texts(part)):
                yield Fault(column, f"a text holds {WORD}, which trainers take for a picture")
            if any("image" in part for part in _parts(row[column])):
                yield Fault(column, "a part has a key `image`, for which trainers find no place")
        places = sum(_places(message) for column in present for message in row[column])
        if present and places != len(row["images"]):
            yield Fault(present[0], f"{places} places for {len(row['images'])} pictures")


def _parts(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if isinstance(message["content"], list):
            yield from message["content"]


def _places(message: dict[str, Any]) -> int:
    content = message["content"]
    if isinstance(content, str):
        return content.count(WORD)
    return sum(part["type"] == "image" for part in content)

"""A place for each picture and a picture for each place: with one too many, trainers stop or train on nothing.

Messages whose content is a list have an image part for each picture; those whose content is a string have the word
`<image>` for it. In a list that word is a fault of its own: trainers count it as a further picture. So are the words
that they take for a film or a sound, and those that models' tokenizers take for a picture, in any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from dataset_script.lint.cells import RowCells
from dataset_script.lint.rule import Fault

MESSAGE_COLUMNS: Final = ("prompt", "messages", "completion", "chosen", "rejected")
"""Columns that hold messages, in any config."""

WORD: Final = "<image>"

_OTHERS: Final = (
    r"<(?:video|audio|img|start_of_image|end_of_image|image_soft_token|fake_token_around_image|IMG_CONTEXT"
    r"|image_placeholder)>|\[IMG(?:_BREAK|_END)?\]|<\|(?:image|video|audio|vision)(?:_\w+)?\|>"
)
_IN_STRING: Final = re.compile(_OTHERS)
_IN_LIST: Final = re.compile(rf"{WORD}|{_OTHERS}")


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
        for column in present or row:  # in rows without messages trainers make some of any text
            if word := next(_words_taken_for_pictures(row[column]), None):
                yield Fault(column, f"a text holds {word}, which trainers take for a picture or the like")
        for column in present:
            if any("image" in part for part in _parts(row[column])):
                yield Fault(column, "a part has a key `image`, for which trainers find no place")
        places = sum(_places(message) for column in present for message in row[column])
        if present and places != len(row["images"]):
            yield Fault(present[0], f"{places} places for {len(row['images'])} pictures")


def _words_taken_for_pictures(cell: Any, forbidden: re.Pattern[str] = _IN_LIST) -> Iterator[str]:
    """The words in the texts of a cell; the content of a message may be a string, and `<image>` is its place then."""
    if isinstance(cell, dict) and isinstance(cell.get("content"), str):
        forbidden = _IN_STRING
    if isinstance(cell, list | tuple | dict):
        for part in cell.values() if isinstance(cell, dict) else cell:
            yield from _words_taken_for_pictures(part, forbidden)
    elif isinstance(cell, str) and ("<" in cell or "[" in cell):
        yield from forbidden.findall(cell)


def _parts(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if isinstance(message["content"], list):
            yield from message["content"]


def _places(message: dict[str, Any]) -> int:
    content = message["content"]
    if isinstance(content, str):
        return content.count(WORD)
    return sum(part["type"] == "image" for part in content)

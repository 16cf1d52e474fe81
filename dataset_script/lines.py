"""Splits as JSON lines, for tools that read no Parquet, in a folder beside the dataset folder.

A picture that is not text already becomes a file named after its content, so each distinct one is stored once.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from collector.prompts import Message
from dataset_script.picture_cells import with_pictures

IMAGES: Final = "images"
"""The folder of picture files beside the lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinesFile:
    """What was written for one split of one export."""

    path: Path
    """The file."""
    num_examples: int
    """Lines."""


def write_lines(rows: Iterable[Mapping[str, Any]], folder: Path, split: str) -> LinesFile | None:
    """Write a split as SPLIT.jsonl; None, and no file, if there is no row."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return None
    path, count, to_file = folder / f"{split}.jsonl", 0, partial(_picture_file, folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for row in chain([first], rows):
            out.write(json.dumps(with_pictures(row, to_file), ensure_ascii=False) + "\n")
            count += 1
    return LinesFile(path=path, num_examples=count)


def _picture_file(picture: bytes, folder: Path) -> str:
    """Put a picture into a file; its path as seen from the lines."""
    name = f"{IMAGES}/{hashlib.sha256(picture).hexdigest()[:32]}.{media_type(picture).partition('/')[2]}"
    path = folder / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture)
    return name


def media_type(picture: bytes) -> str:
    """What the bytes of a picture are."""
    return "image/webp" if picture[:4] == b"RIFF" else "image/png"


def data_uri(picture: bytes) -> str:
    """The picture as a text that an address can stand for."""
    return f"data:{media_type(picture)};base64,{base64.b64encode(picture).decode()}"


def with_addresses(
    messages: Iterable[Message], images: Iterable[Mapping[str, Any]], image_url: Callable[[str], Any]
) -> list[Message]:
    """The messages with each picture in its place, as `image_url` parts."""
    left = iter(images)

    def part_of(part: Mapping[str, Any]) -> dict[str, Any]:
        if part["type"] != "image":
            return dict(part)
        return {"type": "image_url", "image_url": image_url(data_uri(next(left)["bytes"]))}

    return [{"role": one["role"], "content": [part_of(part) for part in one["content"]]} for one in messages]

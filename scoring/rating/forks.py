"""Where two sessions part: the last screen that both stood on, with other presses there.

Up to the fork the same buttons led through the same screens and the same memory, and both players were asked there. So
which press was better there is a question about that step alone, and whatever each session came to says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.run_directory import SessionDirectory
from collector.shards import read_rows

_SHARED: Final = ("instruction", "frame_hash", "memory_hash", "parent_step", "reply_index", "parent_session_id")
"""What is equal where two stand in the same place and are asked the same."""


def fork_of(one: SessionDirectory, other: SessionDirectory) -> int | None:
    """The step, from 1, at which the two pressed different buttons; None if they never stood there side by side.

    ShardError if a session can't be read.
    """
    columns = ["step", "action", *_SHARED]
    for first, second in zip(read_rows(one.shard, columns), read_rows(other.shard, columns), strict=False):
        if not _side_by_side(first, second):
            return None
        if first["action"] != second["action"]:
            return None if first["reply_index"] else int(first["step"])
    return None


def _side_by_side(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether both steps were taken from the same place, after the same way and without anything taken back."""
    pressed = first["action"] is not None and second["action"] is not None
    straight = first["parent_step"] == first["step"] - 1
    return pressed and straight and all(first[name] == second[name] for name in _SHARED)

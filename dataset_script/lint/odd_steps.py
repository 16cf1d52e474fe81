"""Steps whose facts don't fit into their session: a fact put into one of them may be its answer.

A session says the same instruction and goal at every step, sees at a step the screen that the step before left behind,
and has contexts and notes that can be told again. Where more than half of its steps keep to that, the others are odd;
where fewer do, a game's reader or a memory has changed its wording since, or is lost, and nothing can be said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from collector.records import ACTIONS
from collector.retold import retold_context
from dataset_script.plain_text import words_of
from dataset_script.replies import Row

LOOKED_AT: Final = [
    *("step", "parent_step", "reply_index", "frame_hash", "frame_hash_after", "instruction", "goal", "game", "state"),
    *("memory_context", "memory_notes"),
]
"""Columns of a step that are held against its session."""

CONSTANT: Final = ("instruction", "goal")

_BUTTONS: Final = tuple(f" {action.replace('_', ' ')} " for action in ACTIONS)


class Odd(NamedTuple):
    """A fact that does not fit."""

    fact: str
    """The column of the step."""
    what: str
    """What is wrong with it, in a few words."""


def odd_steps(rows: Sequence[Row], notes: Mapping[int, frozenset[str]]) -> dict[int, list[Odd]]:
    """What is odd, by step; `notes` has the lines that the session's memory could tell before each step."""
    found: dict[int, list[Odd]] = {}
    for step, odd in (*_moved(rows), *_unseen(rows), *_untold_contexts(rows), *_untold_notes(rows, notes)):
        found.setdefault(step, []).append(odd)
    return found


def usual(rows: Sequence[Row], column: str) -> str | None:
    """What more than half of the steps say; None if they don't agree."""
    [(value, times)] = Counter(str(row[column]) for row in rows).most_common(1)
    return value if 2 * times > len(rows) else None


def _moved(rows: Sequence[Row]) -> Iterator[tuple[int, Odd]]:
    for column in CONSTANT:
        expected = usual(rows, column)
        for row in rows:
            if row[column] != expected:
                yield row["step"], Odd(column, f"the {column} is not that of the session's other steps")


def _unseen(rows: Sequence[Row]) -> Iterator[tuple[int, Odd]]:
    left = {row["step"]: row["frame_hash_after"] for row in rows}
    for row in rows:
        parent = row["parent_step"]
        if row["frame_hash"] != left.get(parent, row["frame_hash"]):
            yield row["step"], Odd("screenshot", f"the screen is not the one that step {parent} left behind")


def _untold_contexts(rows: Sequence[Row]) -> Iterator[tuple[int, Odd]]:
    told_again = {row["step"]: retold_context(row["game"], row["state"]) for row in rows}
    following: dict[int, list[str | None]] = {}
    for row in rows:
        following.setdefault(row["parent_step"], []).append(told_again[row["step"]])
    untold = [row for row in rows if row["memory_context"] and row["memory_context"] != told_again[row["step"]]]
    for row in untold:
        if row["memory_context"] in following.get(row["step"], ()):
            yield row["step"], Odd("memory_context", "memory_context tells of the state after the press")
        elif told_again[row["step"]] is not None and 2 * len(untold) < len(rows):
            yield row["step"], Odd("memory_context", "memory_context is not what the game's reader says of the state")


def _untold_notes(rows: Sequence[Row], notes: Mapping[int, frozenset[str]]) -> Iterator[tuple[int, Odd]]:
    asked = [row for row in rows if row["reply_index"] == 0]  # the notes of a reply's later buttons are its first one's
    untold = {row["step"]: set(row["memory_notes"].splitlines()) - notes.get(row["step"], frozenset()) for row in asked}
    if 2 * sum(map(bool, untold.values())) >= len(asked):
        return
    for step, lines in untold.items():
        if any(button in f" {' '.join(words_of(line))} " for line in lines for button in _BUTTONS):
            yield step, Odd("memory_notes", "memory_notes names a button, and the agent's memory did not tell it")

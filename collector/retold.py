"""What the facts of a recorded prompt must have been, told again from what came before the reply.

The game's reader says its sentence again of the recorded state; the agent's memory starts again from
before_session.db and takes the recorded steps in. Neither knows what the reply said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import Any, Final

from collector.games.catalogue import game_named
from collector.games.protocol import Game
from collector.memory import SessionMemory
from collector.prompts import parse_reply
from collector.records import Observation, Picture, Png, Step
from collector.run_directory import SessionDirectory

ALL_LETTERS: Final = 1_000_000
"""Room for every line that a memory could have told."""


def retold_context(game_id: str, state: str) -> str | None:
    """The sentence that the game's reader makes of a recorded state; None if there is no reader or it can't."""
    game, fields = _game(game_id), json.loads(state or "{}")
    if game is None or not fields:
        return None
    try:
        return game.context(fields)
    except (LookupError, TypeError, ValueError):  # recorded by a reader of other fields
        return None


def retold_notes(directory: SessionDirectory, rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """By step, every line that the session's memory could tell before it; empty for a session without a memory.

    `rows` are all steps of the session in order; their pictures are not looked at.
    """
    snapshot = directory.memory_snapshot("before")
    if not rows or not snapshot.exists():
        return {}
    memory = SessionMemory(rows[0]["game"], None, start_id=rows[0]["start_id"], letters=ALL_LETTERS, knows_facts=True)
    memory.begin_again(snapshot)
    notes = {}
    with closing(memory):
        for row, following in zip(rows, [*rows[1:], rows[-1]], strict=True):
            notes[row["step"]] = memory.notes(_seen(row))
            memory.observe(_step(row), _seen(following), _remembered(row))
    return notes


def _step(row: Mapping[str, Any]) -> Step:
    """The recorded step without its pictures."""
    none = Png(b"")
    actions = tuple(row["previous_actions"])
    return Step(**{**row, "screenshot": none, "screenshot_after": none, "previous_actions": actions})


def _remembered(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What the reply asked to keep, with its last button."""
    is_last = row["reply_index"] + 1 >= row["reply_length"]
    return parse_reply(row["raw_response"]).remember if is_last and row["raw_response"] else ()


def _seen(row: Mapping[str, Any]) -> Observation:
    """What was seen before a step, as far as a memory looks at it."""
    return Observation(
        picture=Picture(width=0, height=0, rgb=b""),
        png=Png(b""),
        frame_hash=row["frame_hash"],
        frame=row["frame"],
        state=json.loads(row["state"] or "{}"),
        memory_context=row["memory_context"],
        memory_hash=row["memory_hash"],
    )


@cache
def _game(game_id: str) -> Game | None:
    return game_named(game_id)

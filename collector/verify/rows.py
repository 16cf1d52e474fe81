"""What must hold in a recorded session whatever the game: its order, its links, its pictures, its ending.

No emulator is needed. Only the first step that fails in a column is told, so one fault is one line.
"""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from collector.records import ACTIONS, PREVIOUS_ACTIONS, STATUS_TABLE, WAIT, Session, Status, Step
from collector.run_directory import SessionDirectory

if TYPE_CHECKING:
    import pyarrow as pa

Row: TypeAlias = Mapping[str, Any]

_PICTURES: Final = (("screenshot", "frame_hash"), ("screenshot_after", "frame_hash_after"))
_OF_THE_SESSION: Final = tuple(
    sorted(
        {field.name for field in dataclasses.fields(Step)}
        & {field.name for field in dataclasses.fields(Session)} - {"session_id", "error"}
    )
)
"""Columns that say the same in every step and in the metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that does not hold."""

    session_id: str
    """Where."""
    step: int | None
    """In which step; None for the session as a whole."""
    column: str
    """The column, key or file."""
    expected: str
    """What should be there."""
    seen: str
    """What is."""

    def __str__(self) -> str:
        place = self.session_id if self.step is None else f"{self.session_id} step {self.step}"
        return f"{place}: {self.column}: expected {self.expected}, seen {self.seen}"


def failures_of(directory: SessionDirectory, session: Session, rows: Sequence[Row]) -> list[Failure]:
    """Every column's first failure, session first, then by step."""
    first: dict[str, Failure] = {}
    for step, column, expected, seen in (
        *_session_faults(directory, session, rows),
        *_order_faults(directory.session_id, rows),
        *_link_faults(rows),
        *_belonging_faults(session, rows),
        *_action_faults(rows),
        *_ending_faults(session, rows),
        *_picture_faults(rows),
        *_seal_faults(rows),
    ):
        failure = Failure(
            session_id=directory.session_id, step=step, column=column, expected=_said(expected), seen=_said(seen)
        )
        first.setdefault(column, failure)
    return sorted(first.values(), key=lambda failure: failure.step or 0)


def schema_failure(session_id: str, schema: pa.Schema) -> Failure | None:
    """The first column whose name or type is not a step's; None if all are."""
    from collector.features import schema_of

    wanted = schema_of(Step)
    for place in range(max(len(wanted), len(schema))):
        expected = str(wanted.field(place)) if place < len(wanted) else "no further column"
        seen = str(schema.field(place)) if place < len(schema) else "no further column"
        if expected != seen:
            return Failure(session_id=session_id, step=None, column="schema", expected=expected, seen=seen)
    return None


_Fault: TypeAlias = tuple[int | None, str, Any, Any]
"""Step, column, expected, seen."""


class _Words(str):
    """An expectation in words, shown without quotes."""


def _said(value: Any) -> str:
    return str(value) if isinstance(value, _Words) else repr(value)


def _session_faults(directory: SessionDirectory, session: Session, rows: Sequence[Row]) -> Iterator[_Fault]:
    rule = STATUS_TABLE[Status(session.status)]
    for column, expected, seen in (
        ("session_metadata.json session_id", directory.session_id, session.session_id),
        ("session_metadata.json total_steps", len(rows), session.total_steps),
        ("final_result.completion_status", rule.completion_status, session.final_result.completion_status),
    ):
        if expected != seen:
            yield None, column, expected, seen
    if session.task_completed not in rule.task_completed:
        allowed = " or ".join(map(str, rule.task_completed))
        yield None, "task_completed", _Words(f"{allowed} for {session.status}"), session.task_completed


def _order_faults(session_id: str, rows: Sequence[Row]) -> Iterator[_Fault]:
    for number, row in enumerate(rows, start=1):
        if row["session_id"] != session_id:
            yield number, "session_id", session_id, row["session_id"]
        if row["step"] != number:
            yield number, "step", number, row["step"]
        if not 0 <= row["parent_step"] < number:
            yield number, "parent_step", _Words(f"0 to {number - 1}"), row["parent_step"]
        if not 0 <= row["reply_index"] < row["reply_length"]:
            yield number, "reply_index", _Words(f"0 to {row['reply_length'] - 1}"), row["reply_index"]


def parents(rows: Sequence[Row]) -> Iterator[tuple[Row, Row | None]]:
    """Each row with the one it follows; None for a first row, and where the link leads nowhere."""
    for number, row in enumerate(rows, start=1):
        parent = row["parent_step"]
        yield row, rows[parent - 1] if 1 <= parent < number else None


def _link_faults(rows: Sequence[Row]) -> Iterator[_Fault]:
    """What a step saw before its press is what its parent saw after its own."""
    for number, (row, parent) in enumerate(parents(rows), start=1):
        past = [] if parent is None else [*parent["previous_actions"], parent["action"]]
        actions = [action for action in past if action is not None][-PREVIOUS_ACTIONS:]
        if row["previous_actions"] != actions:
            yield number, "previous_actions", actions, row["previous_actions"]
        if parent is None:
            continue
        if row["frame_hash"] != parent["frame_hash_after"]:
            yield number, "frame_hash", parent["frame_hash_after"], row["frame_hash"]
        frame = parent["frame"] + parent["frames_elapsed"]
        if parent["step"] == row["step"] - 1 and row["frame"] != frame:
            yield number, "frame", frame, row["frame"]


def _belonging_faults(session: Session, rows: Sequence[Row]) -> Iterator[_Fault]:
    for number, row in enumerate(rows, start=1):
        for column in _OF_THE_SESSION:
            if row[column] != getattr(session, column):
                yield number, column, getattr(session, column), row[column]


def _action_faults(rows: Sequence[Row]) -> Iterator[_Fault]:
    memory_after = {id(parent): row["memory_hash"] for row, parent in parents(rows) if parent is not None}
    for number, row in enumerate(rows, start=1):
        action, held = row["action"], row["hold_frames"]
        if action is not None and action not in ACTIONS:
            yield number, "action", _Words("a button, wait or None"), action
        presses = action not in (None, WAIT)
        if (held > 0) != presses or held > row["frames_elapsed"]:
            wanted = f"1 to {row['frames_elapsed']} frames" if presses else "0 frames"
            yield number, "hold_frames", _Words(wanted), held
        effect = _effect(row, memory_after.get(id(row)))
        if row["action_effect"] != effect and not (presses and effect is None):
            yield number, "action_effect", effect, row["action_effect"]


def _effect(row: Row, memory_after: str | None) -> bool | None:
    """Whether picture or memory changed; None where nothing was pressed, or where it can't be told any more."""
    if row["action"] in (None, WAIT):
        return None
    if row["frame_hash"] != row["frame_hash_after"]:
        return True
    return None if memory_after is None else bool(row["memory_hash"] != memory_after)


def _ending_faults(session: Session, rows: Sequence[Row]) -> Iterator[_Fault]:
    """Only the last row may end a session, and in the way its status says."""
    rule = STATUS_TABLE[Status(session.status)]
    for number, row in enumerate(rows, start=1):
        is_last = number == len(rows)
        for column, at_the_end in (("terminated", rule.terminated), ("truncated", rule.truncated)):
            if row[column] != (is_last and at_the_end):
                yield number, column, is_last and at_the_end, row[column]


def _picture_faults(rows: Sequence[Row]) -> Iterator[_Fault]:
    """Every picture decodes, and its pixels have the recorded hash."""
    digests: dict[bytes, str] = {}
    for number, row in enumerate(rows, start=1):
        for column, hash_column in _PICTURES:
            png = (row[column] or {}).get("bytes")
            if png is None:
                yield number, column, _Words("a picture"), None
                continue
            if png not in digests:
                digests[png] = _digest(png)
            if digests[png] != row[hash_column]:
                yield number, column, _Words(f"pixels of {hash_column} {row[hash_column]}"), _Words(digests[png])


def _seal_faults(rows: Sequence[Row]) -> Iterator[_Fault]:
    """Every row is as it was written, whatever else agrees."""
    from collector.features import row_digest

    for number, row in enumerate(rows, start=1):
        if any((row[column] or {}).get("bytes") is None for column, _ in _PICTURES):
            continue  # told already
        digest = row_digest(row)
        if row["row_hash"] != digest:
            yield number, "row_hash", digest, row["row_hash"]


def _digest(png: bytes) -> str:
    """The hash of a picture's pixels, or in words why there is none."""
    from collector.pictures import decode_picture

    try:
        return decode_picture(png).digest()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        return f"no readable picture ({error})"

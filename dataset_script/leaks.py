"""The first leak check: nothing of a reply or of what came after it may reach its own prompt.

Every row is made a second time from the same reply with its outputs replaced by other values, later steps and the
session's outcome included. The columns a model sees must be equal, byte for byte. Each picture must also be a screen
of a step no later than the reply.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from collector.errors import WorkError
from collector.pictures import decode_picture, encode_png
from collector.prompt_options import PromptOptions
from collector.prompt_pictures import screens_on, shown_screen
from collector.records import ACTIONS, FinalResult, Picture, Png, Session
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.exports.protocol import ExportRow, PromptExport
from dataset_script.replies import RecordedReply

OUTPUTS: Final = (
    "analysis",
    "reasoning",
    "expected_outcome",
    "action",
    "hold_frames",
    "done",
    "report",
    "raw_response",
    "screenshot_after",
    "frame_hash_after",
    "frames_elapsed",
    "action_effect",
    "terminated",
    "truncated",
    "error",
    "latency_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "cached",
    "row_hash",
)
"""Columns of a step that were not known when its prompt was made."""

IDENTITY: Final = ("session_id", "step", "parent_step", "parent_session_id", "reply_id", "reply_index", "reply_length")
"""Columns that a reply's later buttons keep; everything else of them came after the prompt."""


class LeakError(WorkError):
    """A prompt holds something that was known only after it."""


def checked_rows(export: PromptExport, name: str, corpus: Corpus, split: str) -> Iterator[ExportRow]:
    """The rows of a split, each checked before it is handed on; LeakError names session, step and column."""
    for placed, reply in corpus.examples(split):
        row = export.row(placed, reply, corpus.prompt)
        _check_provenance(name, row, reply, corpus.prompt)
        scrambled = export.row(_scrambled_session(placed), _scrambled_reply(reply), corpus.prompt)
        for column in export.prompt_columns:
            if row[column] != scrambled[column]:
                raise LeakError(
                    f"leak: session {reply.first['session_id']}, step {reply.first['step']}, column {name}.{column}: "
                    f"it changes with what was known only after the reply; mend the prompt template or the export"
                )
        yield row


def _check_provenance(name: str, row: ExportRow, reply: RecordedReply, options: PromptOptions) -> None:
    newest_first = (reply.first, *reversed(reply.earlier))
    for shown in (screen for image in row.get("images", ()) for screen in screens_on(image["bytes"], options.layout)):
        screens = (_shown_digest(step["screenshot"]["bytes"], options) for step in newest_first)
        if shown not in screens:
            raise LeakError(
                f"leak: session {reply.first['session_id']}, step {reply.first['step']}, column {name}.images: "
                f"a picture is no screen of this step or an earlier one; mend the export"
            )


def _shown_digest(screen: Png, options: PromptOptions) -> str:
    """Digest of a screen's pixels as a prompt shows it."""
    return decode_picture(shown_screen(screen, options.image_scale, options.grid)).digest()


def _scrambled_reply(reply: RecordedReply) -> RecordedReply:
    chance = random.Random(f"{reply.first['session_id']}/{reply.first['step']}")
    first = {**reply.first, **{column: _other(reply.first[column], column, chance) for column in OUTPUTS}}
    later = [
        {name: value if name in IDENTITY else _other(value, name, chance) for name, value in step.items()}
        for step in reply.steps[1:]
    ]
    return dataclasses.replace(reply, steps=(first, *later))


def _scrambled_session(placed: PlacedSession) -> PlacedSession:
    """The same session with another outcome."""
    record = placed.session.record
    outcome: dict[str, Any] = {
        "end_time": "1999-12-31T23:59:59.000Z",
        "total_steps": record.total_steps + 41,
        "optimal_steps": 43,
        "progress": 0.0417,
        "expected_outcomes": record.expected_outcomes + 47,
        "expected_outcomes_met": record.expected_outcomes_met + 53,
        "status": f"not {record.status}",
        "task_completed": not record.task_completed,
        "final_score": -5.9,
        "final_result": FinalResult(task_outcome="scrambled outcome", completion_status="scrambled status"),
        "error": "scrambled error",
    }
    other: Session = dataclasses.replace(record, **outcome)
    session = dataclasses.replace(placed.session, record=other, annotations=())
    return dataclasses.replace(placed, session=session, score=-6.1)


def _other(value: Any, column: str, chance: random.Random) -> Any:
    """A value of the same kind that differs from the recorded one."""
    if column == "action":
        return chance.choice([action for action in ACTIONS if action != value])
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + chance.randrange(1_000, 1_000_000)
    if isinstance(value, dict):
        return {**value, "bytes": _noise(chance.randrange(4))}
    if isinstance(value, list):
        return [*value, f"scrambled {chance.getrandbits(64):016x}"]
    return f"scrambled {chance.getrandbits(64):016x}"


def _noise(seed: int) -> Png:
    """A picture that no console shows."""
    if seed not in _NOISE:
        pixels = np.frombuffer(hashlib.shake_256(bytes([seed])).digest(160 * 144 * 3), dtype=np.uint8)
        _NOISE[seed] = encode_png(Picture(width=160, height=144, rgb=pixels.tobytes()))
    return _NOISE[seed]


_NOISE: Final[dict[int, Png]] = {}

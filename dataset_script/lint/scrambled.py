"""A reply and its session with everything replaced that was not known when its prompt was made.

A prompt that is made of these instead of the recorded ones must come out the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from functools import cache
from typing import Any, Final

import numpy as np

from collector.labels import StepLabel
from collector.pictures import encode_png
from collector.records import ACTIONS, FinalResult, Picture, Png, Session
from dataset_script.corpus import PlacedSession
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

JUDGED: Final = (
    *("expert_done", "expert_report", "expert_analysis", "expert_reasoning", "expert_outcome"),
    *("cost_to_go", "cost_to_go_after", "solvable_after"),
)
"""Fields of a label that judge the step; its `expert_actions` are replaced one by one."""


def scrambled_reply(reply: RecordedReply) -> RecordedReply:
    """The reply with other outputs; what came before it, and what its prompt may be made of, stays."""
    chance = random.Random(f"{reply.first['session_id']}/{reply.first['step']}")
    first = {**reply.first, **{column: _other(reply.first[column], column, chance) for column in OUTPUTS}}
    later = [
        {name: value if name in IDENTITY else _other(value, name, chance) for name, value in step.items()}
        for step in reply.steps[1:]
    ]
    return dataclasses.replace(reply, steps=(first, *later), label=_scrambled_label(reply.label, chance))


def _scrambled_label(label: StepLabel | None, chance: random.Random) -> StepLabel | None:
    """What an expert of other opinions would say."""
    if label is None:
        return None
    values = {name: getattr(label, name) for name in JUDGED}
    others: dict[str, Any] = {k: None if value is None else _other(value, k, chance) for k, value in values.items()}
    actions = tuple(_other(action, "action", chance) for action in label.expert_actions)
    return dataclasses.replace(label, **others, expert_actions=actions)


def scrambled_session(placed: PlacedSession) -> PlacedSession:
    """The same session with another outcome and without ratings."""
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


@cache
def _noise(seed: int) -> Png:
    """A picture that no console shows."""
    pixels = np.frombuffer(hashlib.shake_256(bytes([seed])).digest(160 * 144 * 3), dtype=np.uint8)
    return encode_png(Picture(width=160, height=144, rgb=pixels.tobytes()))

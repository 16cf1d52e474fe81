"""A reply and its session with everything replaced that was not known when its prompt was made.

A prompt that is made of these instead of the recorded ones must come out the same.
"""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from collector.labels import StepLabel
from collector.pictures import encode_png
from collector.records import ACTIONS, FinalResult, Picture, Png, Session
from dataset_script.corpus import PlacedSession, RatedSession
from dataset_script.replies import RecordedReply, Row

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
    other = _Chance(reply.first)
    better = tuple(
        one._replace(better=other.value(one.better, "action"), worse=other.value(one.worse, "action"))
        for one in reply.better
    )
    steps = (other.asked(reply.first), *map(other.later, reply.steps[1:]))
    label = None if reply.label is None else other.label(reply.label)
    return dataclasses.replace(reply, steps=steps, label=label, better=better)


def scrambled_session(placed: PlacedSession, asked: Row) -> PlacedSession:
    """The same session with another outcome, without ratings, and played otherwise from the step ASKED at on."""
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
    session = ScrambledSession(directory=placed.session.directory, record=other, annotations=(), asked=asked)
    return dataclasses.replace(placed, session=session, score=-6.1, better={})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrambledSession(RatedSession):
    """A session of which only what came before one step stays as it was recorded."""

    asked: Row
    """The step: what its prompt may be made of stays, too."""

    def steps(self, columns: list[str] | None = None) -> Iterator[Row]:
        other, at = _Chance(self.asked), self.asked["step"]
        needed = None if columns is None else [*dict.fromkeys((*columns, "step"))]
        for row in RatedSession.steps(self, needed):
            step = row if row["step"] < at else other.asked(row) if row["step"] == at else other.later(row)
            yield {name: step[name] for name in columns or step}

    def labelled_replies(self, columns: list[str] | None = None) -> Iterator[RecordedReply]:
        other = _Chance(self.asked)
        for reply in RatedSession.labelled_replies(self, columns):
            if reply.label is None or reply.first["step"] < self.asked["step"]:
                yield reply
            else:
                yield dataclasses.replace(reply, label=other.label(reply.label))


class _Chance:
    """Other values for what was not known at one step: the same ones whenever it is asked about that step."""

    def __init__(self, asked: Row) -> None:
        self._random = random.Random(f"{asked['session_id']}/{asked['step']}")
        self._turned = self._random.randrange(1, len(ACTIONS))

    def asked(self, step: Row) -> Row:
        """The step with other outputs."""
        return {name: self.value(value, name) if name in OUTPUTS else value for name, value in step.items()}

    def later(self, step: Row) -> Row:
        """A later step, of which nothing was known."""
        return {name: value if name in IDENTITY else self.value(value, name) for name, value in step.items()}

    def label(self, label: StepLabel) -> StepLabel:
        """What an expert of other opinions would say."""
        values = {name: getattr(label, name) for name in JUDGED}
        others: dict[str, Any] = {
            name: None if value is None else self.value(value, name) for name, value in values.items()
        }
        actions = tuple(self.value(action, "action") for action in label.expert_actions)
        return dataclasses.replace(label, **others, expert_actions=actions)

    def value(self, value: Any, column: str) -> Any:
        """A value of the same kind that differs from the recorded one; equal actions become equal ones."""
        if column == "action" and value in ACTIONS:
            return ACTIONS[(ACTIONS.index(value) + self._turned) % len(ACTIONS)]
        if isinstance(value, bool):
            return not value
        if isinstance(value, int | float):
            return value + self._random.randrange(1_000, 1_000_000)
        if isinstance(value, dict):
            return {**value, "bytes": _noise(self._random.randrange(4))}
        if isinstance(value, list):
            return [*value, f"scrambled {self._random.getrandbits(64):016x}"]
        return f"scrambled {self._random.getrandbits(64):016x}"


@cache
def _noise(seed: int) -> Png:
    """A picture that no console shows."""
    pixels = np.frombuffer(hashlib.shake_256(bytes([seed])).digest(160 * 144 * 3), dtype=np.uint8)
    return encode_png(Picture(width=160, height=144, rgb=pixels.tobytes()))

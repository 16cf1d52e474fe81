"""What a model is asked and how it answers: the one place used at collection, in exports and at evaluation.

A prompt is rendered from `PromptFacts` alone, which hold nothing that was known only after the reply; a reply is
rendered as JSON with perception before action, and `parse_reply` reads back what `render_reply` wrote.
"""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from collector.errors import ConfigError
from collector.records import ACTIONS, Reply, Turn

Message: TypeAlias = dict[str, Any]
"""`{"role", "content": [{"type": "image" | "text", "text": str | None}]}`: the parts TRL and chat templates take."""


class ObservationMode(StrEnum):
    """What of an observation a model gets to see."""

    IMAGE = "image"
    IMAGE_AND_MEMORY = "image+memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFacts:
    """Everything a prompt may be made of; the recorded columns of the same names."""

    instruction: str
    """What the player is asked."""
    goal: str
    """What is to be reached."""
    step: int
    """The step about to be taken, from 1."""
    step_budget: int
    """Steps the session may take in all."""
    memory_context: str
    """The game reader's sentence; rendered only if memory is to be seen."""
    memory_notes: str
    """What the agent's own memory says."""
    previous_actions: tuple[str, ...]
    """The last actions, oldest first."""

    @classmethod
    def of_turn(cls, turn: Turn) -> PromptFacts:
        """The facts of a turn."""
        return cls(
            instruction=turn.task.instruction,
            goal=turn.task.goal,
            step=turn.step,
            step_budget=turn.step_budget,
            memory_context=turn.observation.memory_context,
            memory_notes=turn.memory_notes,
            previous_actions=turn.previous_actions,
        )

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> PromptFacts:
        """The facts of a recorded step."""
        facts = {name: row[name] for name in cls.__slots__ if name != "previous_actions"}
        return cls(**facts, previous_actions=tuple(row["previous_actions"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """A prompt's wording; $names are the facts, and $actions, $choice, $screens and $recent_actions."""

    name: str
    """The YAML's name."""
    system: str
    """The system message."""
    user: str
    """The text after the pictures."""
    memory: str = ""
    """Added to the text where memory is to be seen."""
    notes: str = ""
    """Added where the agent's own memory has notes."""
    remember: str = ""
    """Added where the agent has a memory that it can ask to keep something."""
    recent_actions: int = 6
    """How many of the last actions are told."""

    def __post_init__(self) -> None:
        known = {*PromptFacts.__slots__, "actions", "choice", "screens", "recent_actions"} - {"previous_actions"}
        for field in _WORDINGS:
            if not isinstance(getattr(self, field), str):
                raise ConfigError(f"prompt {self.name}.{field}: expected text, got {getattr(self, field)!r}")
            wording = string.Template(getattr(self, field))
            if not wording.is_valid():
                raise ConfigError(f"prompt {self.name}.{field}: a $ stands before no name; write $$ for a dollar sign")
            unknown = set(wording.get_identifiers()) - known
            if unknown:
                raise ConfigError(f"prompt {self.name}.{field}: unknown ${', $'.join(unknown)}; known: {sorted(known)}")

    @property
    def prompt_id(self) -> str:
        """Content hash: the same wording has the same id wherever it was read."""
        text = json.dumps([*(getattr(self, field) for field in _WORDINGS), self.recent_actions])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_WORDINGS: Final = ("system", "user", "memory", "notes", "remember")
"""The template's texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What beside the template and the facts decides a prompt's text."""

    mode: ObservationMode = ObservationMode.IMAGE
    """What of an observation is shown."""
    screens: int = 1
    """Screens that are shown, the newest last."""
    on_sheet: bool = False
    """They stand in one picture."""
    max_actions: int = 1
    """Buttons a reply may name."""
    remember: bool = False
    """The reply may ask to keep something."""

    @property
    def images(self) -> int:
        """Pictures that stand before the text."""
        return 1 if self.on_sheet else self.screens

    @property
    def screens_text(self) -> str:
        """What the pictures are, in words."""
        if self.screens == 1:
            return "The screen now, at the top left." if self.on_sheet else "The screen now."
        where = " in one picture, row by row" if self.on_sheet else ""
        return f"The last {self.screens} screens{where}, the newest last."

    @property
    def choice_text(self) -> str:
        """What `action` may be, in words."""
        one = f"one of: {', '.join(ACTIONS)}"
        return one if self.max_actions == 1 else f"{one}; or a list of up to {self.max_actions} of them, in order"


def render_prompt(template: PromptTemplate, facts: PromptFacts, asked: Asked) -> list[Message]:
    """The messages that ask for the next action; the pictures stand before the text."""
    recent = facts.previous_actions[-template.recent_actions :] if template.recent_actions else ()
    words = {name: getattr(facts, name) for name in PromptFacts.__slots__ if name != "previous_actions"}
    words |= {"actions": ", ".join(ACTIONS), "choice": asked.choice_text, "screens": asked.screens_text}
    words |= {"recent_actions": ", ".join(recent) or "none"}
    pieces = [
        template.user,
        template.memory if asked.mode is ObservationMode.IMAGE_AND_MEMORY else "",
        template.notes if facts.memory_notes else "",
        template.remember if asked.remember else "",
    ]
    text = "\n".join(string.Template(piece.strip()).substitute(words).strip() for piece in pieces if piece.strip())
    system = string.Template(template.system.strip()).substitute(words)
    return [
        {"role": "system", "content": [_text(system)]},
        {"role": "user", "content": [*({"type": "image", "text": None} for _ in range(asked.images)), _text(text)]},
    ]


REPLY_FIELDS: Final = ("analysis", "reasoning", "expected_outcome", "action", "done", "report")
"""The keys of a reply in the order they are written: perception before action."""

REMEMBER: Final = "remember"
"""The key after them, where the agent has a memory."""


def reply_schema(max_actions: int, *, remember: bool, actions: Sequence[str] = ACTIONS) -> dict[str, Any]:
    """JSON schema of a reply: every key required, in the order it is to be written; `actions` are what it may name."""
    one: dict[str, Any] = {"type": "string", "enum": list(actions)}
    several = {"type": "array", "items": one, "minItems": 1, "maxItems": max_actions}
    text: dict[str, Any] = {"type": "string"}
    properties: dict[str, Any] = {name: text for name in REPLY_FIELDS}
    properties |= {"action": one if max_actions == 1 else several}
    properties |= {"done": {"type": "boolean"}, "report": {"type": ["string", "null"]}}
    if remember:
        properties[REMEMBER] = {"type": "array", "items": text}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def render_reply(reply: Reply) -> str:
    """The reply as one line of JSON, keys in `REPLY_FIELDS` order; several actions as a list.

    What it asks to keep, if anything, stands last.
    """
    action = reply.actions[0] if len(reply.actions) == 1 else list(reply.actions)
    values = (reply.analysis, reply.reasoning, reply.expected_outcome, action, reply.done, reply.report)
    keep = {REMEMBER: list(reply.remember)} if reply.remember else {}
    return json.dumps(dict(zip(REPLY_FIELDS, values, strict=True)) | keep, ensure_ascii=False)


def reply_message(reply: Reply) -> Message:
    """The reply as the assistant's message."""
    return {"role": "assistant", "content": [_text(render_reply(reply))]}


def parse_reply(text: str) -> Reply:
    """The reply that a model wrote: `render_reply`'s inverse, and tolerant of fences and text around the JSON.

    A reply whose action is missing or unknown comes back with no actions and `error` set: it is never turned into
    another button. Half a surrogate pair, which JSON can spell and no column can hold, becomes a question mark.
    """
    text = encodable(text)
    raw = find_object(text, "action")
    if raw is None:
        return Reply(actions=(), raw_response=text, error=f"no JSON object in the reply {text[:80]!r}")
    named = raw.get("action")
    actions = tuple(named) if isinstance(named, list) else (named,)
    unknown = [action for action in actions if action not in ACTIONS]
    problem = f"action {named!r} is not one of {', '.join(ACTIONS)}" if unknown or not actions else None
    report = raw.get("report")
    return Reply(
        actions=() if problem else actions,
        analysis=_string(raw.get("analysis")),
        reasoning=_string(raw.get("reasoning")),
        expected_outcome=_string(raw.get("expected_outcome")),
        done=raw.get("done") is True,
        report=None if report is None else _string(report),
        remember=_strings(raw.get(REMEMBER)),
        raw_response=text,
        error=problem,
    )


def _text(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def _string(value: object) -> str:
    if isinstance(value, str):
        return encodable(value)
    return "" if value is None else json.dumps(value)


def _strings(value: object) -> tuple[str, ...]:
    """The texts of a list; one text alone counts as a list of it."""
    values = value if isinstance(value, list) else [value]
    return tuple(encodable(one) for one in values if isinstance(one, str) and one)


def encodable(text: str) -> str:
    """The text with half surrogate pairs, which no file can hold, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def find_object(text: str, key: str) -> dict[str, Any] | None:
    """The first JSON object in the text that has the key, else the first at all; None if there is none."""
    decoder, first = json.JSONDecoder(), None
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and key in found:
            return found
        first = first if first is not None or not isinstance(found, dict) else found
        start = text.find("{", start + 1)
    return first

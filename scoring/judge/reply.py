"""What a judge said, read tolerantly as to form and strictly as to content: no number is guessed or moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.prompts import encodable, find_object
from scoring.records import HIGHEST, LOWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A usable reply."""

    score: int | None
    """1-10; None if the judge can't tell."""
    goal_reached: bool | None
    """What the judge found; None if it can't tell."""
    justification: str
    """Why."""
    wrong_steps: tuple[int, ...]
    """Ascending, each once."""


class BadReply(ValueError):
    """A reply that can't be used; says why, in words that can be told the judge."""


def parse_judgement(text: str, steps: int) -> Judgement:
    """The judgement in a model's answer about a session of so many steps; BadReply if there is none to be used."""
    raw = find_object(text, "score")
    if raw is None or "score" not in raw:
        raise BadReply(f"there is no JSON object with a score in {text[:80]!r}")
    justification = raw.get("justification")
    if not isinstance(justification, str) or not justification.strip():
        raise BadReply("the justification is missing")
    reached = raw.get("goal_reached")
    if reached is not None and not isinstance(reached, bool):
        raise BadReply(f"goal_reached is {reached!r}, not true, false or null")
    return Judgement(
        score=_score(raw),
        goal_reached=reached,
        justification=encodable(justification.strip()),
        wrong_steps=_wrong_steps(raw, steps),
    )


def _score(raw: Mapping[str, Any]) -> int | None:
    score = raw["score"]
    if score is None:
        return None
    whole = _whole(score)
    if whole is None or not LOWEST <= whole <= HIGHEST:
        raise BadReply(f"the score is {score!r}, not a whole number from {LOWEST} to {HIGHEST} or null")
    return whole


def _wrong_steps(raw: Mapping[str, Any], steps: int) -> tuple[int, ...]:
    named = raw.get("wrong_steps", [])
    numbers = [_whole(step) for step in named] if isinstance(named, list) else [None]
    known = {number for number in numbers if number is not None and 1 <= number <= steps}
    if None in numbers or len(known) != len(set(numbers)):
        raise BadReply(f"wrong_steps is {named!r}, not a list of step numbers from 1 to {steps}")
    return tuple(sorted(known))


def _whole(value: Any) -> int | None:
    """The whole number; 7.0 is one, True and "7" are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)

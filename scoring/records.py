"""What a rating is: one opinion of one rater on one session, never changed once written.

The fields are the columns of the dataset's `scores` config, in this order. A rater who changes their mind, and one who
takes a rating back, writes another annotation: see scoring/annotations.py for which one counts.
"""

from __future__ import annotations

import dataclasses
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NoReturn

from collector.clock import utc_now
from collector.errors import InputError

LOWEST: Final = 1
HIGHEST: Final = 10
"""The ends of the scale."""

LONGEST_S: Final = 1_000_000
"""More seconds than anyone spends on a rating: beyond it the clock was wrong."""


class Source(StrEnum):
    """Who speaks; sources are resolved apart and never mixed."""

    HUMAN = "human"
    AUTO = "auto"
    JUDGE = "judge"


def new_annotation_id() -> str:
    """An id that no other annotation has."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One rating of one session: a line of annotations.jsonl, and a row of the scores config."""

    annotation_id: str = field(default_factory=new_annotation_id)
    """Unique over all runs."""
    session_id: str
    """The session it rates."""
    rater: str
    """Who rated: auto for the rule, the judge's model, or a person's chosen or salted name."""
    source: str
    """human, auto or judge."""
    score: int | None
    """1-10 by the rubric; None if the rater could not judge or takes a rating back, with the reason beside it."""
    verdict: bool | None = None
    """Whether the rater found the goal reached; None if not said."""
    feedback: str = ""
    """What the rater tells the player; empty if nothing."""
    justification: str = ""
    """Why the score is what it is."""
    wrong_steps: tuple[int, ...] = ()
    """Steps marked as mistakes, 1-based, ascending."""
    seconds_spent: float | None = None
    """Seconds from seeing the session to the rating; None where no one looked."""
    rubric_version: str
    """Version of the rubric the rater followed."""
    timestamp: str = field(default_factory=utc_now)
    """UTC, ISO 8601, when it was rated."""
    supersedes: str | None = None
    """The annotation of the same source that this one replaces or takes back, if any."""

    def __post_init__(self) -> None:
        """Refuse what no reader could use."""
        for name in ("annotation_id", "session_id", "rater", "rubric_version"):
            if not getattr(self, name):
                self._refuse(name, "a text that is not empty")
        if self.source not in list(Source):
            self._refuse("source", f"one of {', '.join(Source)}")
        self._check_score()
        if not all(_is_int(step) and step >= 1 for step in self.wrong_steps):
            self._refuse("wrong_steps", "step numbers from 1")
        if list(self.wrong_steps) != sorted(set(self.wrong_steps)):
            self._refuse("wrong_steps", "each step once, in ascending order")
        if self.seconds_spent is not None and not 0 <= self.seconds_spent <= LONGEST_S:
            self._refuse("seconds_spent", f"seconds from 0 to {LONGEST_S:,}, or None")
        if not _is_utc(self.timestamp):
            self._refuse("timestamp", "UTC in ISO 8601, such as 2026-01-02T03:04:05.678Z")
        if self.supersedes == self.annotation_id:
            self._refuse("supersedes", "the id of an earlier annotation")
        self._check_text()

    @property
    def retracts(self) -> bool:
        """Whether it only takes back the one it supersedes: nobody looked again, and it says nothing of the session."""
        nothing_said = self.score is None and self.verdict is None and not self.feedback and not self.wrong_steps
        return nothing_said and self.supersedes is not None and self.seconds_spent is None

    def _check_score(self) -> None:
        if self.score is None:
            if not (self.feedback or self.justification):
                raise InputError("score=None: say why in feedback or justification (a score is missing for a reason)")
        elif not (_is_int(self.score) and LOWEST <= self.score <= HIGHEST):
            self._refuse("score", f"a whole number from {LOWEST} to {HIGHEST}, or None with a reason")

    def _check_text(self) -> None:
        for name in _NAMES:
            value = getattr(self, name)
            if isinstance(value, str) and not is_unicode(value):
                self._refuse(name, "text that UTF-8 can hold (no lone surrogates)")

    def _refuse(self, name: str, expected: str) -> NoReturn:
        raise InputError(f"{name}={getattr(self, name)!r}: expected {expected}")


_NAMES: Final = {item.name: None for item in dataclasses.fields(Annotation)}
"""The fields in their order; looked up once, because ten thousand ratings are read at a time."""

_KINDS: Final[Mapping[str, tuple[type, ...]]] = {name: (str,) for name in _NAMES} | {
    "supersedes": (str, type(None)),
    "score": (int, type(None)),
    "verdict": (bool, type(None)),
    "seconds_spent": (int, float, type(None)),
    "wrong_steps": (list,),
}
"""What JSON may hold for a field."""


def retraction_of(annotation: Annotation) -> Annotation:
    """The row by which a rater takes a rating back; `retracts` is true of it."""
    return Annotation(
        session_id=annotation.session_id,
        rater=annotation.rater,
        source=annotation.source,
        score=None,
        justification="Taken back.",
        rubric_version=annotation.rubric_version,
        supersedes=annotation.annotation_id,
    )


def annotation_to_json(annotation: Annotation) -> str:
    """The annotation as one line of JSON, without the newline."""
    return json.dumps(dataclasses.asdict(annotation), ensure_ascii=False, allow_nan=False)


def annotation_from_json(line: str) -> Annotation:
    """The annotation a line holds; InputError says what is wrong with it."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error})") from error
    if not isinstance(raw, dict):
        raise InputError(f"expected a JSON object, got {type(raw).__name__}")
    if raw.keys() != _NAMES.keys():
        missing, unknown = _listed(_NAMES.keys() - raw.keys()), _listed(raw.keys() - _NAMES.keys())
        raise InputError(f"keys missing: {missing}; keys unknown: {unknown}; was it edited by hand?")
    _check_kinds(raw)
    return Annotation(**{**raw, "wrong_steps": tuple(raw["wrong_steps"])})


def _check_kinds(raw: Mapping[str, Any]) -> None:
    """JSON knows no types: refuse a number where text belongs, and the like, before the record sees it."""
    for name, allowed in _KINDS.items():
        if not isinstance(raw[name], allowed):
            raise InputError(f"{name}={raw[name]!r}: expected {' or '.join(kind.__name__ for kind in allowed)}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_utc(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).utcoffset() == timedelta(0)
    except ValueError:
        return False


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold the text: lone surrogates, which JSON lets through, it can't."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

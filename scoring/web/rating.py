"""Rating in the browser: what is on the desk, a rating, a skip, an undo.

Each answer holds the session to rate and the one after it, so that the page can fetch its pictures meanwhile; what is
revealed is about the session that was rated just now.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from typing import Any

from collector.errors import EeveeError, InputError
from collector.run_directory import SessionDirectory
from scoring.rating.item import Item, SeenStep, reveal
from scoring.web.access import Person
from scoring.web.asking import Body, Refused, key_in, seconds_in, text_in
from scoring.web.sittings import Sitting, Sittings

_LOG = logging.getLogger(__name__)


class Rating:
    """The work behind the rating page."""

    def __init__(self, sittings: Sittings) -> None:
        self._sittings = sittings

    def desk(self, person: Person, body: Body) -> Mapping[str, Any]:
        """What is on the desk."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            return self._desk(sitting)

    def rate(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Keep a rating; Refused with 409 if this rater rated the session in another window."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            session_id = sitting.session_id(body.get("item"))
            annotation_id = sitting.names.id_of_sending(key_in(body))
            earlier = sitting.desk.rating_of(session_id)
            if earlier is not None and earlier.annotation_id != annotation_id:
                raise Refused(409, "you rated this session in another window; undo there if it was wrong")
            sitting.desk.rate(
                session_id,
                _score_in(body),
                seconds_spent=seconds_in(body),
                feedback=text_in(body, "feedback"),
                justification=text_in(body, "reason"),
                wrong_steps=_steps_in(body),
                annotation_id=annotation_id,
            )
            return {**self._desk(sitting), "revealed": self._reveal(sitting, session_id)}

    def skip(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Put a session aside."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            sitting.desk.skip(sitting.session_id(body.get("item")))
            return self._desk(sitting)

    def undo(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Take the latest rating or skip back."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            back = sitting.desk.undo()
            return {**self._desk(sitting), "undone": back is not None}

    def show_skipped(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Bring back what was skipped."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            sitting.desk.show_skipped()
            return self._desk(sitting)

    def picture(self, person: Person, name: str, step: int, when: str) -> bytes:
        """A screen before or after a step, as PNG."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            directory = sitting.desk.directory(sitting.session_id(name))
        seen = self._sittings.item(directory).steps
        if not 1 <= step <= len(seen) or when not in ("before", "after"):
            raise Refused(404, f"no such picture; steps go from 1 to {len(seen)}")
        return seen[step - 1].before if when == "before" else seen[step - 1].after

    def _desk(self, sitting: Sitting) -> dict[str, Any]:
        return {"items": self._items(sitting), "tally": dataclasses.asdict(sitting.desk.tally())}

    def _items(self, sitting: Sitting) -> list[dict[str, Any]]:
        """The session to rate and the one after it; what can't be read is put aside, or it would bar the way."""
        items: dict[str, dict[str, Any]] = {}
        while unread := [one for one in sitting.desk.items(2) if one.session_id not in items]:
            try:
                items[unread[0].session_id] = self._item(sitting, unread[0])
            except EeveeError as error:
                _LOG.warning("skipped for %s: %s", sitting.person.rater, error)
                sitting.desk.skip(unread[0].session_id)
        return list(items.values())

    def _item(self, sitting: Sitting, directory: SessionDirectory) -> dict[str, Any]:
        return item_json(sitting.names.of(directory.session_id), self._sittings.item(directory))

    def _reveal(self, sitting: Sitting, session_id: str) -> dict[str, Any]:
        told = reveal(sitting.desk.directory(session_id), sitting.person.rater)
        own = sitting.desk.rating_of(session_id)
        return {**dataclasses.asdict(told), "score": None if own is None else own.score}


def item_json(name: str, item: Item) -> dict[str, Any]:
    """A session as the page shows it; pictures by address."""
    return {
        "name": name,
        "task": item.task,
        "goal": item.goal,
        "steps_used": item.steps_used,
        "budget": item.budget,
        "optimal_steps": item.optimal_steps,
        "report": item.report,
        "fact": item.fact,
        "moments": [[_step_json(step) for step in moment.steps] for moment in item.moments],
    }


def _step_json(step: SeenStep) -> dict[str, Any]:
    return {
        "step": step.step,
        "action": step.action,
        "had_effect": step.had_effect,
        "reasoning": step.reasoning,
        "expected_outcome": step.expected_outcome,
    }


def _score_in(body: Body) -> int | None:
    score = body.get("score")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int)):
        raise InputError(f"score={score!r}: expected a whole number from 1 to 10, or null with a reason")
    return score


def _steps_in(body: Body) -> list[int]:
    steps = body.get("wrong_steps", [])
    if not isinstance(steps, list):
        raise InputError(f"wrong_steps={steps!r}: expected a list of step numbers")
    return steps

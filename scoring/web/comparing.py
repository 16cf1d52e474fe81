"""Comparing in the browser: two sessions of one task, which was better."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from collector.errors import EeveeError, InputError
from scoring.comparisons import Better
from scoring.rating.pairs import Pair
from scoring.web.access import Person
from scoring.web.asking import Body, Refused, key_in, seconds_in, text_in
from scoring.web.rating import item_json
from scoring.web.sittings import Sitting, Sittings

_LOG = logging.getLogger(__name__)


class Comparing:
    """The work behind the page of pairs."""

    def __init__(self, sittings: Sittings) -> None:
        self._sittings = sittings

    def pair(self, person: Person, body: Body) -> Mapping[str, Any]:
        """The pair on the desk."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            return self._desk(sitting)

    def judge(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Keep which of the two is better."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            pair, better = self._pair_in(sitting, body), _better_in(body)
            if sitting.names.of(pair.a.session_id) != body.get("a"):  # the sides have changed since they were shown
                better = {Better.A: Better.B, Better.B: Better.A}.get(better, better)
            sitting.pairs.judge(
                pair,
                better,
                seconds_spent=seconds_in(body),
                reason=text_in(body, "reason"),
                comparison_id=sitting.names.id_of_sending(key_in(body)),
            )
            return self._desk(sitting)

    def skip(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Put a pair aside."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            sitting.pairs.skip(self._pair_in(sitting, body))
            return self._desk(sitting)

    def undo(self, person: Person, body: Body) -> Mapping[str, Any]:
        """Take the latest judgement back."""
        sitting = self._sittings.of(person)
        with sitting.lock:
            back = sitting.pairs.undo()
            return {**self._desk(sitting), "undone": back is not None}

    def _desk(self, sitting: Sitting) -> dict[str, Any]:
        return {"sides": self._sides(sitting), "left": sitting.pairs.left()}

    def _sides(self, sitting: Sitting) -> list[dict[str, Any]]:
        """The pair to judge; one with a side that can't be read is put aside, or it would bar the way."""
        while pair := sitting.pairs.next():
            try:
                sides = (pair.a, pair.b)
                return [item_json(sitting.names.of(one.session_id), self._sittings.item(one)) for one in sides]
            except EeveeError as error:
                _LOG.warning("skipped for %s: %s", sitting.person.rater, error)
                sitting.pairs.skip(pair)
        return []

    def _pair_in(self, sitting: Sitting, body: Body) -> Pair:
        pair = sitting.pairs.pair_of(sitting.session_id(body.get("a")), sitting.session_id(body.get("b")))
        if pair is None:
            raise Refused(404, "no such pair here; load the page again")
        return pair


def _better_in(body: Body) -> Better:
    try:
        return Better(str(body.get("better")))
    except ValueError as error:
        raise InputError(f"better={body.get('better')!r}: expected {', '.join(Better)}") from error

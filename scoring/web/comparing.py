"""Comparing in the browser: of two sessions of one task the presses at their fork, then the whole of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from collector.errors import EeveeError, InputError
from collector.run_directory import SessionDirectory
from scoring.comparisons import Better
from scoring.rating.item import press_alone
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
                step=_step_in(body),
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
        """The pair to judge, at its fork first; one with a side that can't be read would bar the way: put aside."""
        while pair := sitting.pairs.next():
            try:
                fork = sitting.pairs.fork(pair)
                sides = [self._side(sitting, one, fork) for one in (pair.a, pair.b)]
                return {"sides": sides, "fork": fork, "left": sitting.pairs.left()}
            except EeveeError as error:
                _LOG.warning("skipped for %s: %s", sitting.person.rater, error)
                sitting.pairs.skip(pair)
        return {"sides": [], "fork": None, "left": sitting.pairs.left()}

    def _side(self, sitting: Sitting, directory: SessionDirectory, fork: int | None) -> dict[str, Any]:
        item = self._sittings.item(directory)
        return item_json(sitting.names.of(directory.session_id), item if fork is None else press_alone(item, fork))

    def _pair_in(self, sitting: Sitting, body: Body) -> Pair:
        pair = sitting.pairs.pair_of(sitting.session_id(body.get("a")), sitting.session_id(body.get("b")))
        if pair is None:
            raise Refused(404, "no such pair here; load the page again")
        return pair


def _step_in(body: Body) -> int | None:
    step = body.get("fork")
    if step is not None and (isinstance(step, bool) or not isinstance(step, int)):
        raise InputError(f"fork={step!r}: expected the number of a step, or null for the whole sessions")
    return step


def _better_in(body: Body) -> Better:
    try:
        return Better(str(body.get("better")))
    except ValueError as error:
        raise InputError(f"better={body.get('better')!r}: expected {', '.join(Better)}") from error

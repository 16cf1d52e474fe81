"""Pairs of sessions to compare: two of one task, of one start where there are two, in an order of chance."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

from collector.errors import InputError
from collector.records import Status
from collector.run_directory import CLAIMS_FILE, SessionDirectory, find_sessions
from scoring.comparisons import Better, Comparison, add_comparison, comparisons_in_force, read_comparisons
from scoring.rating.claims import Claims
from scoring.records import new_annotation_id
from scoring.rubric import RUBRIC_VERSION
from scoring.sessions import RatedSession, read_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sessions of one task."""

    task_id: str
    """The task."""
    a: SessionDirectory
    """Shown first."""
    b: SessionDirectory
    """Shown second."""

    @property
    def item(self) -> str:
        """Its name among the claims, the same whichever comes first."""
        return _item((self.a.session_id, self.b.session_id))


class PairDesk:
    """What one rater compares; the pairs that nobody has judged come up, each for one rater."""

    def __init__(self, runs: Path, rater: str, sessions: Iterable[RatedSession] | None = None) -> None:
        """Pair the sessions that were read already, if given, else those of the run tree."""
        self.rater, self._runs = rater, runs
        self._claims = Claims(runs / CLAIMS_FILE)
        read = read_sessions(find_sessions(runs)).sessions if sessions is None else tuple(sessions)
        self._pairs = {pair.item: pair for pair in pairs_of(read, random.Random(rater))}

    def next(self) -> Pair | None:
        """The pair on the desk; it stays there until it is judged or skipped. None if no pair is left."""
        judged = self._judged()
        for item in self._claims.of(self.rater):
            if item in self._pairs and item not in judged:
                return self._pairs[item]
        skipped = self._claims.skipped(self.rater)
        open_ = [item for item in self._pairs if item not in judged and item not in skipped]
        taken = self._claims.take(self.rater, open_, lambda item, others: not others and item not in self._judged())
        return None if taken is None else self._pairs[taken]

    def judge(
        self, pair: Pair, better: Better, *, seconds_spent: float, reason: str = "", comparison_id: str | None = None
    ) -> Comparison:
        """Add this rater's word on a pair; one whose `comparison_id` is on disk already is not added again."""
        if pair.item not in self._pairs:
            raise InputError(f"{pair.item}: not a pair of finished sessions of one task in {self._runs}")
        sent_before = next((one for one in read_comparisons(self._runs)[0] if one.comparison_id == comparison_id), None)
        if sent_before is not None:
            return sent_before
        comparison = Comparison(
            comparison_id=comparison_id or new_annotation_id(),
            task_id=pair.task_id,
            session_a=pair.a.session_id,
            session_b=pair.b.session_id,
            better=better,
            rater=self.rater,
            reason=reason,
            seconds_spent=round(seconds_spent, 1),
            rubric_version=RUBRIC_VERSION,
        )
        add_comparison(self._runs, comparison)
        self._claims.release(self.rater, pair.item)
        return comparison

    def skip(self, pair: Pair) -> None:
        """Put a pair aside."""
        self._claims.skip(self.rater, pair.item)

    def undo(self) -> Pair | None:
        """Take the rater's latest judgement back and put its pair on the desk again; None if there is none."""
        own = [one for one in comparisons_in_force(read_comparisons(self._runs)[0]) if one.rater == self.rater]
        if not own:
            return None
        last = own[-1]
        taken_back = Comparison(
            task_id=last.task_id,
            session_a=last.session_a,
            session_b=last.session_b,
            better=None,
            rater=self.rater,
            rubric_version=RUBRIC_VERSION,
            supersedes=last.comparison_id,
        )
        add_comparison(self._runs, taken_back)
        item = _item(last.pair)
        self._claims.put_first(self.rater, item)
        return self._pairs.get(item)

    def pair_of(self, one: str, other: str) -> Pair | None:
        """The pair of these two sessions, whichever side they are on; None if they are not to be compared."""
        return self._pairs.get(_item((one, other)))

    def left(self) -> int:
        """Pairs that nobody has judged."""
        return len(self._pairs.keys() - self._judged())

    def _judged(self) -> set[str]:
        return {_item(one.pair) for one in comparisons_in_force(read_comparisons(self._runs)[0])}


def pairs_of(sessions: Sequence[RatedSession], chance: random.Random) -> list[Pair]:
    """Neighbours within a task, those of the same start side by side first; each session is in two pairs at most."""
    ended = [one for one in sessions if one.session.status != Status.RUNNING and one.session.total_steps]
    ordered = sorted(ended, key=lambda one: (one.session.task_id, one.session.start_id, one.session.session_id))
    same: list[Pair] = []
    other: list[Pair] = []
    for task_id, group in groupby(ordered, key=lambda one: one.session.task_id):
        for first, second in pairwise(group):
            sides = [first.directory, second.directory]
            chance.shuffle(sides)
            pair = Pair(task_id=task_id, a=sides[0], b=sides[1])
            (same if first.session.start_id == second.session.start_id else other).append(pair)
    chance.shuffle(same)
    chance.shuffle(other)
    return [*same, *other]


def _item(session_ids: Iterable[str]) -> str:
    return " ".join(sorted(session_ids))

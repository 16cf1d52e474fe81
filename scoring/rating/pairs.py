"""Pairs of sessions to compare: two of one task, of one start where there are two, in an order of chance.

Where the two part on a screen that both stood on, the rater is first asked which press was better there, before
anything is seen of what it led to; then which of the two sessions was.
"""

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
from scoring.rating.forks import fork_of
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
    def sessions(self) -> frozenset[str]:
        """The two, whichever comes first."""
        return frozenset((self.a.session_id, self.b.session_id))

    @property
    def item(self) -> str:
        """Its name among the claims."""
        return _item(self.sessions)


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

    def fork(self, pair: Pair) -> int | None:
        """The step at which the two part, if the rater is still to be asked about it; ShardError as `fork_of`."""
        step = fork_of(pair.a, pair.b)
        asked = {(one.pair, one.step) for one in self._own()}
        return None if (pair.sessions, step) in asked else step

    def judge(
        self,
        pair: Pair,
        better: Better,
        *,
        step: int | None = None,
        seconds_spent: float,
        reason: str = "",
        comparison_id: str | None = None,
    ) -> Comparison:
        """Add this rater's word on a pair, or on the presses at its fork.

        One whose `comparison_id` is on disk already is not added again.
        """
        if pair.item not in self._pairs:
            raise InputError(f"{pair.item}: not a pair of finished sessions of one task in {self._runs}")
        if step is not None and step != fork_of(pair.a, pair.b):
            raise InputError(f"{pair.item}: they do not part at step {step}")
        sent_before = next((one for one in read_comparisons(self._runs)[0] if one.comparison_id == comparison_id), None)
        if sent_before is not None:
            return sent_before
        comparison = Comparison(
            comparison_id=comparison_id or new_annotation_id(),
            task_id=pair.task_id,
            session_a=pair.a.session_id,
            session_b=pair.b.session_id,
            step=step,
            better=better,
            rater=self.rater,
            reason=reason,
            seconds_spent=round(seconds_spent, 1),
            rubric_version=RUBRIC_VERSION,
        )
        add_comparison(self._runs, comparison)
        if step is None:
            self._claims.release(self.rater, pair.item)
        return comparison

    def skip(self, pair: Pair) -> None:
        """Put a pair aside."""
        self._claims.skip(self.rater, pair.item)

    def undo(self) -> Pair | None:
        """Take the rater's latest judgement back and put its pair on the desk again; None if there is none."""
        own = self._own()
        if not own:
            return None
        last = own[-1]
        taken_back = Comparison(
            task_id=last.task_id,
            session_a=last.session_a,
            session_b=last.session_b,
            step=last.step,
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
        in_force = comparisons_in_force(read_comparisons(self._runs)[0])
        return {_item(one.pair) for one in in_force if one.step is None}

    def _own(self) -> list[Comparison]:
        return [one for one in comparisons_in_force(read_comparisons(self._runs)[0]) if one.rater == self.rater]


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

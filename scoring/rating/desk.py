"""A rater's desk: which session comes next, and what the rater says of it.

Every session wants one person's rating; a tenth, chosen by the session's id, wants two, and neither rater is told:
from these blind doubles agreement is computed. Sessions that the gold rater rated are for everybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Final

from collector.clock import seconds_of
from collector.errors import InputError
from collector.records import Status
from collector.run_directory import CLAIMS_FILE, SessionDirectory, find_sessions
from scoring.annotations import annotate, current, read_annotations, refresh_views, spread
from scoring.rating.claims import Claims
from scoring.records import Annotation, Source, new_annotation_id, retraction_of
from scoring.rubric import RUBRIC_VERSION
from scoring.sessions import RatedSession, read_sessions

DISAGREE: Final = 3.0
"""Points between two raters, or a rater and the rule, from which a third opinion is worth a look."""
GOLD_EVERY: Final = 10
"""One item in so many is a gold one, as long as there are any."""


class Order(StrEnum):
    """Which sessions come first."""

    RANDOM = "random"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How sessions are given out."""

    order: Order = Order.RANDOM
    """Random, another one for each rater; or those first whose ratings are furthest apart, with one more opinion."""
    doubles: float = 0.1
    """Share of the sessions that two people rate, 0..1."""
    gold: str | None = None
    """The rater id whose sessions everybody rates, if any."""
    task: str = "*"
    """The task_ids to give out, with * and ? as wildcards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where a rater stands."""

    rated: int
    """Sessions that carry the rater's rating."""
    skipped: int
    """Sessions put aside."""
    left: int
    """Sessions still to come, those on the desk among them, as far as is known."""


class Desk:
    """What one rater sees of a run tree; several may work on it in as many processes."""

    def __init__(self, runs: Path, rater: str, rules: Rules = Rules(), sessions: Iterable[RatedSession] | None = None):
        """Set up with sessions that were read already, if given; they are read anew where that matters."""
        self.rater, self._runs, self._rules = rater, runs, rules
        self._claims = Claims(runs / CLAIMS_FILE)
        self._known: dict[str, SessionDirectory] = {}
        self._mine: dict[str, Annotation] = {}
        self._pending: list[str] = []
        self._not_asked_for: set[str] = set()
        self._add(read_sessions(find_sessions(runs)).sessions if sessions is None else sessions)

    def items(self, wanted: int = 1) -> list[SessionDirectory]:
        """The sessions on the desk, the one to rate at the front; `wanted` of them if there are as many.

        They stay there, for a program that is started again too, until they are rated or skipped.
        """
        held = self._held()
        while len(held) < wanted:
            item = self._take() or (self._take() if self._look_for_more() else None)
            if item is None:
                break
            held.append(item)
        return [self._known[item] for item in held]

    def rate(
        self,
        session_id: str,
        score: int | None,
        *,
        seconds_spent: float,
        feedback: str = "",
        justification: str = "",
        wrong_steps: Sequence[int] = (),
        annotation_id: str | None = None,
    ) -> Annotation:
        """Add this rater's rating; it is on disk, and the session's views say it, when this returns.

        A rating whose `annotation_id` is on disk already is not added again: what was sent twice counts once.
        """
        directory = self.directory(session_id)
        annotations = read_annotations(directory).annotations
        annotation = next((one for one in annotations if one.annotation_id == annotation_id), None)
        if annotation is None:
            earlier = _standing(annotations, self.rater)
            annotation = Annotation(
                annotation_id=annotation_id or new_annotation_id(),
                session_id=session_id,
                rater=self.rater,
                source=Source.HUMAN,
                score=score,
                feedback=feedback,
                justification=justification,
                wrong_steps=tuple(sorted(set(wrong_steps))),
                seconds_spent=round(seconds_spent, 1),
                rubric_version=RUBRIC_VERSION,
                supersedes=None if earlier is None else earlier.annotation_id,
            )
            annotate(directory, annotation)
        else:
            refresh_views(directory)  # the disk may have been full when it came to that
        self._mine[session_id] = annotation
        self._claims.release(self.rater, session_id)
        self._drop(session_id)
        return annotation

    def skip(self, session_id: str) -> None:
        """Put a session aside; it comes back when `show_skipped` is asked for."""
        self.directory(session_id)
        self._claims.skip(self.rater, session_id)
        self._drop(session_id)

    def undo(self) -> SessionDirectory | None:
        """Take the rater's latest rating or skip back and put that session on the desk again; None if there is none."""
        last_skip = next(reversed(list(self._skips().items())), None)
        last = max(self._mine.values(), key=lambda one: one.timestamp, default=None)
        if last_skip is not None and (last is None or last_skip[1] >= seconds_of(last.timestamp)):
            self._claims.forget_skips(self.rater, [last_skip[0]])
            return self._put_back(last_skip[0])
        if last is None:
            return None
        annotate(self.directory(last.session_id), retraction_of(last))
        del self._mine[last.session_id]
        return self._put_back(last.session_id)

    def rating_of(self, session_id: str) -> Annotation | None:
        """What this rater said of a session, here or in another program; None if nothing, or if it was taken back."""
        return _standing(read_annotations(self.directory(session_id)).annotations, self.rater)

    def directory(self, session_id: str) -> SessionDirectory:
        """Where a session stands that the desk has met."""
        if session_id not in self._known:
            raise InputError(f"{session_id}: not a finished session with steps in {self._runs}")
        return self._known[session_id]

    def known(self) -> list[str]:
        """The ids of all sessions the desk has met."""
        return list(self._known)

    def show_skipped(self) -> int:
        """Bring back what was skipped, behind what is still to come; how many there were."""
        skipped = list(self._skips())
        self._claims.forget_skips(self.rater, skipped)
        self._pending.extend(item for item in skipped if item not in self._pending)
        return len(skipped)

    def tally(self) -> Tally:
        """Where the rater stands."""
        held = [item for item in self._held() if item not in self._pending]
        return Tally(rated=len(self._mine), skipped=len(self._skips()), left=len(self._pending) + len(held))

    def _add(self, sessions: Iterable[RatedSession]) -> None:
        """Learn of sessions, and line up those that may be for this rater."""
        skipped = self._claims.skipped(self.rater)
        plain: list[tuple[float, str]] = []
        gold: list[tuple[float, str]] = []
        for rated in sessions:
            if rated.session.status == Status.RUNNING or not rated.session.total_steps:
                continue
            item = rated.session.session_id
            if not fnmatchcase(rated.session.task_id, self._rules.task):
                self._not_asked_for.add(item)
                continue
            self._known[item] = rated.directory
            own = _standing(rated.annotations, self.rater)
            if own is not None:
                self._mine[item] = own
            elif item not in skipped and self._wants(item, rated.annotations, others=frozenset()):
                (gold if self._is_gold(rated.annotations) else plain).append((self._rank(rated), item))
        self._pending.extend(_mixed([item for _, item in sorted(plain)], [item for _, item in sorted(gold)]))

    def _rank(self, rated: RatedSession) -> float:
        chance = _fraction(f"{self.rater}:{rated.session.session_id}")
        return chance - spread(rated.annotations) if self._rules.order is Order.DISAGREEMENT else chance

    def _wants(self, item: str, annotations: Sequence[Annotation], others: frozenset[str]) -> bool:
        """Whether the session wants one more person than those who rated it and those who look at it now."""
        if self._is_gold(annotations):
            return True
        raters = {one.rater for one in current(annotations, Source.HUMAN) if not one.retracts}
        wanted = 1 + (_fraction(f"double:{item}") < self._rules.doubles)
        if self._rules.order is Order.DISAGREEMENT:
            wanted += spread(annotations) >= DISAGREE
        return len((raters | others) - {self.rater}) < wanted

    def _is_gold(self, annotations: Sequence[Annotation]) -> bool:
        gold = self._rules.gold
        return gold not in {None, self.rater} and any(
            one.rater == gold and one.score is not None for one in current(annotations, Source.HUMAN)
        )

    def _take(self) -> str | None:
        """Claim the first session in line that is still wanted; one that has enough ratings leaves the line."""
        enough: set[str] = set()

        def is_free(item: str, held_by: frozenset[str]) -> bool:
            annotations = read_annotations(self._known[item]).annotations
            own = _standing(annotations, self.rater)
            if own is not None:  # rated by the same person in another program
                self._mine[item] = own
                enough.add(item)
                return False
            if not self._wants(item, annotations, others=frozenset()):
                enough.add(item)
                return False
            return self._wants(item, annotations, held_by)

        item = self._claims.take(self.rater, list(self._pending), is_free)
        self._pending = [one for one in self._pending if one not in enough]
        return item

    def _look_for_more(self) -> bool:
        """Learn of sessions that ended since; whether there are any."""
        before = len(self._pending)
        met = self._known.keys() | self._not_asked_for
        self._add(read_sessions(one for one in find_sessions(self._runs) if one.session_id not in met).sessions)
        return len(self._pending) > before

    def _held(self) -> list[str]:
        return [item for item in self._claims.of(self.rater) if item in self._known and item not in self._mine]

    def _skips(self) -> dict[str, float]:
        return {item: at for item, at in self._claims.skipped(self.rater).items() if item in self._known}

    def _put_back(self, item: str) -> SessionDirectory:
        self._claims.put_first(self.rater, item)
        if item not in self._pending:
            self._pending.insert(0, item)
        return self._known[item]

    def _drop(self, item: str) -> None:
        if item in self._pending:
            self._pending.remove(item)


def _standing(annotations: Iterable[Annotation], rater: str) -> Annotation | None:
    """The rater's current rating; None if there is none, or if it was taken back."""
    own = (one for one in current(annotations, Source.HUMAN) if one.rater == rater and not one.retracts)
    return next(own, None)


def _mixed(plain: list[str], gold: list[str]) -> Iterator[str]:
    """The plain ones with a gold one in every `GOLD_EVERY`, at a place that no rater can foresee."""
    rest = iter(plain)
    for item in gold:
        block = list(islice(rest, GOLD_EVERY - 1))
        block.insert(int(_fraction(f"place:{item}") * (len(block) + 1)), item)
        yield from block
    yield from rest


def _fraction(text: str) -> float:
    """0 up to 1, the same for the same text everywhere."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64

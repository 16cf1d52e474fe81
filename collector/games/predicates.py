"""When is a task done? Typed YAML over the states of a session; nothing is evaluated as code.

A predicate is followed state by state: `begin` makes a track from the first state, `follow` moves it on, `holds` reads
it. Tracks are hashable and small, so that a planner can search over them and a session never re-reads its past.

    all:
      - ever: {field: screen, op: eq, value: bag}
      - then: [{field: screen, op: eq, value: start_menu}, {field: screen, op: eq, value: field}]
      - not: {field: party_sick, op: gt, value: 0}
      - {field: items.sap_drop, op: decreased}
      - reports: {items.sap_drop: [Sap Drop, Sap Drops]}
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from collector.errors import TaskError
from collector.records import State, StateValue

Track: TypeAlias = tuple[Any, ...]
"""What a predicate remembers of the states so far; hashable."""

COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
"""Against `value`."""

CHANGES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "changed": operator.ne,
    "increased": operator.gt,
    "decreased": operator.lt,
}
"""Against the field's value in the session's first state."""


class Predicate(Protocol):
    """A condition on the states a session went through."""

    def begin(self, first: State) -> Track:
        """The track after the session's first state."""

    def follow(self, track: Track, state: State) -> Track:
        """The track after one more state."""

    def holds(self, track: Track, report: str | None) -> bool:
        """Whether the condition is met now; `report` is the agent's answer, if it gave one."""

    def progress(self, track: Track, report: str | None) -> float:
        """Share of the condition's parts that are met, 0..1."""

    def fields(self) -> Iterator[str]:
        """Names of the state fields it looks at."""


def value_of(state: State, field: str) -> StateValue:
    """The field's value; TaskError with the fields there are if the game has no such field."""
    try:
        return state[field]
    except KeyError:
        known = ", ".join(sorted(state)) or "none: there is no reader for this game, so no predicate can be judged"
        raise TaskError(f"the state has no field {field!r}; it has {known}") from None


@dataclass(frozen=True, slots=True)
class Compare:
    """`{field, op, value}`: the field now, against a value or against where it began."""

    field: str
    op: str
    value: StateValue = None

    def begin(self, first: State) -> Track:
        start = value_of(first, self.field)
        return (start, self._test(start, start))

    def follow(self, track: Track, state: State) -> Track:
        return (track[0], self._test(track[0], value_of(state, self.field)))

    def holds(self, track: Track, report: str | None) -> bool:
        return bool(track[1])

    def progress(self, track: Track, report: str | None) -> float:
        return float(track[1])

    def fields(self) -> Iterator[str]:
        yield self.field

    def _test(self, start: StateValue, now: StateValue) -> bool:
        try:
            if self.op in CHANGES:
                return CHANGES[self.op](now, start)
            return COMPARISONS[self.op](now, self.value)
        except TypeError:
            raise TaskError(f"{self.field} is {now!r}: it can't be compared by {self.op} with {self.value!r}") from None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds now."""

    parts: tuple[Predicate, ...]

    def begin(self, first: State) -> Track:
        return tuple(part.begin(first) for part in self.parts)

    def follow(self, track: Track, state: State) -> Track:
        return tuple(part.follow(mine, state) for part, mine in zip(self.parts, track, strict=True))

    def holds(self, track: Track, report: str | None) -> bool:
        return all(part.holds(mine, report) for part, mine in zip(self.parts, track, strict=True))

    def progress(self, track: Track, report: str | None) -> float:
        shares = [part.progress(mine, report) for part, mine in zip(self.parts, track, strict=True)]
        return sum(shares) / len(shares)

    def fields(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.fields()


@dataclass(frozen=True, slots=True)
class AnyOf(All):
    """At least one part holds now (`any`)."""

    def holds(self, track: Track, report: str | None) -> bool:
        return any(part.holds(mine, report) for part, mine in zip(self.parts, track, strict=True))

    def progress(self, track: Track, report: str | None) -> float:
        return max(part.progress(mine, report) for part, mine in zip(self.parts, track, strict=True))


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold now."""

    part: Predicate

    def begin(self, first: State) -> Track:
        return self.part.begin(first)

    def follow(self, track: Track, state: State) -> Track:
        return self.part.follow(track, state)

    def holds(self, track: Track, report: str | None) -> bool:
        return not self.part.holds(track, report)

    def progress(self, track: Track, report: str | None) -> float:
        return float(self.holds(track, report))

    def fields(self) -> Iterator[str]:
        yield from self.part.fields()


@dataclass(frozen=True, slots=True)
class Ever:
    """The part held at some state up to now."""

    part: Predicate

    def begin(self, first: State) -> Track:
        track = self.part.begin(first)
        return (track, self.part.holds(track, None))

    def follow(self, track: Track, state: State) -> Track:
        if track[1]:
            return track
        inner = self.part.follow(track[0], state)
        return (inner, self.part.holds(inner, None))

    def holds(self, track: Track, report: str | None) -> bool:
        return bool(track[1])

    def progress(self, track: Track, report: str | None) -> float:
        return 1.0 if track[1] else self.part.progress(track[0], None)

    def fields(self) -> Iterator[str]:
        yield from self.part.fields()


@dataclass(frozen=True, slots=True)
class Resumed:
    """The part, where a session goes on from the middle of another one: what that one did before counts."""

    part: Predicate
    track: Track

    def begin(self, first: State) -> Track:
        return self.track

    def follow(self, track: Track, state: State) -> Track:
        return self.part.follow(track, state)

    def holds(self, track: Track, report: str | None) -> bool:
        return self.part.holds(track, report)

    def progress(self, track: Track, report: str | None) -> float:
        return self.part.progress(track, report)

    def fields(self) -> Iterator[str]:
        yield from self.part.fields()


@dataclass(frozen=True, slots=True)
class Then:
    """The parts held one after the other, each at a later state than the one before."""

    parts: tuple[Predicate, ...]

    def begin(self, first: State) -> Track:
        inner = tuple(part.begin(first) for part in self.parts)
        return (int(self.parts[0].holds(inner[0], None)), inner)

    def follow(self, track: Track, state: State) -> Track:
        reached, inner = track
        if reached == len(self.parts):
            return track
        inner = tuple(part.follow(mine, state) for part, mine in zip(self.parts, inner, strict=True))
        return (reached + self.parts[reached].holds(inner[reached], None), inner)

    def holds(self, track: Track, report: str | None) -> bool:
        return bool(track[0] == len(self.parts))

    def progress(self, track: Track, report: str | None) -> float:
        return float(track[0]) / len(self.parts)

    def fields(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.fields()


@dataclass(frozen=True, slots=True)
class Reports:
    """`reports: {field: [words]}`: the agent's report gives each field's value beside one of the words for it.

    A number counts if it stands next to a word ("3 Sap Drops", "Sap Drops: 3", "Sap Drop x3"); any other value if it
    is written at all. `words` may be empty for such values.
    """

    wanted: tuple[tuple[str, tuple[str, ...]], ...]

    def begin(self, first: State) -> Track:
        return tuple(value_of(first, field) for field, _ in self.wanted)

    def follow(self, track: Track, state: State) -> Track:
        return self.begin(state)

    def holds(self, track: Track, report: str | None) -> bool:
        return self.progress(track, report) == 1.0

    def progress(self, track: Track, report: str | None) -> float:
        told = [states_value(report or "", now, words) for (_, words), now in zip(self.wanted, track, strict=True)]
        return sum(told) / len(told)

    def fields(self) -> Iterator[str]:
        for field, _ in self.wanted:
            yield field


def states_value(report: str, value: StateValue, words: Sequence[str]) -> bool:
    """Whether the report states the value: a number beside one of the words, anything else anywhere as a word."""
    if isinstance(value, bool) or not isinstance(value, int):
        return re.search(rf"(?<!\w){re.escape(str(value))}(?!\w)", report, re.IGNORECASE) is not None
    for word in words:
        name = re.escape(word)
        if re.search(rf"(?<![\w/]){value}(?:\s*x)?\s+{name}(?!\w)", report, re.IGNORECASE):
            return True
        if re.search(rf"(?<!\w){name}(?!\w)\s*(?:[:=]|x|is|are)?\s*(?:x\s*)?{value}(?![\w/])", report, re.IGNORECASE):
            return True
    return False

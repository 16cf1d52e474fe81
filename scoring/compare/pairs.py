"""Which session of one side stands against which of the other: same game, same task, same start.

Where a side played a start of a task more than once, its sessions are taken in order of their seeds: the first stands
against the other side's first, and so on. What finds no partner is left out, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from collector.errors import InputError
from collector.records import Session, Status
from scoring.sessions import RatedSession

Place: TypeAlias = tuple[str, bool, str, str, int | None]
"""Game, whether it is the bundled cartridge, task, start, world: what both sessions of a pair share."""

BY: Final[Mapping[str, Callable[[Session], str]]] = {
    "policy": lambda session: session.policy,
    "model": lambda session: session.model_used,
    "agent": lambda session: session.agent,
}
"""What can tell two sides of one run tree apart."""


class LeftOut(StrEnum):
    """Why a session stands against none."""

    RUNNING = "still running"
    ELSEWHERE = "task and start that the other side did not play"
    MORE_OFTEN = "played there more often than the other side"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sessions that began alike."""

    a: RatedSession
    """The first side's."""
    b: RatedSession
    """The second side's."""

    @property
    def task_id(self) -> str:
        """The task both played."""
        return self.a.session.task_id

    @property
    def start(self) -> str:
        """What pairs share that don't count as independent."""
        return self.a.unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two."""

    name: str
    """As the user calls it."""
    sessions: int
    """All it has."""
    left_out: Mapping[str, int]
    """Those that stand in no pair, by the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two sides and their pairs."""

    a: Side
    """The first."""
    b: Side
    """The second."""
    pairs: tuple[Pair, ...]
    """In order of task and start."""
    notes: tuple[str, ...]
    """In what the sides of some pairs differ beside the player."""


def split_by(sessions: Iterable[RatedSession], by: str, a: str, b: str) -> list[tuple[RatedSession, ...]]:
    """The sessions of the two sides within one run tree; InputError names those there are if a side has none."""
    sides: dict[str, list[RatedSession]] = {}
    for rated in sessions:
        sides.setdefault(BY[by](rated.session), []).append(rated)
    for name in (a, b):
        if name not in sides:
            there = ", ".join(f"{known} ({len(played)} sessions)" for known, played in sorted(sides.items())) or "none"
            raise InputError(f"no session's {by} is {name!r}; there are: {there}")
    return [tuple(sides[a]), tuple(sides[b])]


def pair_up(a_name: str, a: Sequence[RatedSession], b_name: str, b: Sequence[RatedSession]) -> Pairing:
    """Set the sessions of two sides against each other."""
    a_places, b_places = _by_place(a), _by_place(b)
    pairs = [
        Pair(a=one, b=other)
        for place in sorted(a_places.keys() & b_places.keys(), key=str)
        for one, other in zip(a_places[place], b_places[place], strict=False)
    ]
    return Pairing(
        a=_side(a_name, a, a_places, b_places),
        b=_side(b_name, b, b_places, a_places),
        pairs=tuple(pairs),
        notes=tuple(_notes(pairs)),
    )


def _by_place(sessions: Iterable[RatedSession]) -> dict[Place, list[RatedSession]]:
    places: dict[Place, list[RatedSession]] = {}
    for rated in sorted(sessions, key=lambda rated: (rated.session.seed, rated.session.session_id)):
        session = rated.session
        if session.status != Status.RUNNING:
            place = session.game, session.synthetic, session.task_id, session.start_id, session.world_seed
            places.setdefault(place, []).append(rated)
    return places


def _side(
    name: str,
    sessions: Sequence[RatedSession],
    own: Mapping[Place, list[RatedSession]],
    other: Mapping[Place, list[RatedSession]],
) -> Side:
    reasons = {
        LeftOut.RUNNING: sum(rated.session.status == Status.RUNNING for rated in sessions),
        LeftOut.ELSEWHERE: sum(len(played) for place, played in own.items() if place not in other),
        LeftOut.MORE_OFTEN: sum(
            max(0, len(played) - len(other[place])) for place, played in own.items() if place in other
        ),
    }
    left_out = {str(reason): count for reason, count in reasons.items() if count}
    return Side(name=name, sessions=len(sessions), left_out=left_out)


def _notes(pairs: Sequence[Pair]) -> Iterable[str]:
    for what, name in (("step budget", "max_steps"), ("emulator", "emulator"), ("ROM", "rom_sha256"), ("seed", "seed")):
        unequal = sum(getattr(pair.a.session, name) != getattr(pair.b.session, name) for pair in pairs)
        if unequal:
            yield f"the {what} differs within {unequal} of {len(pairs)} pairs"

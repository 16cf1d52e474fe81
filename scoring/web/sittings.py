"""What stands open on the server for each rater: the desk, the pairs, and the names of what is shown.

A rater's requests are worked on one after the other, however many windows they come from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from collector.run_directory import SessionDirectory
from scoring.rating.desk import Desk, Rules
from scoring.rating.item import Item, read_item
from scoring.rating.pairs import PairDesk
from scoring.sessions import RatedSession
from scoring.web.access import Person
from scoring.web.asking import Refused
from scoring.web.names import Names

KEPT_ITEMS: Final = 32
"""Sessions whose pictures are kept in memory for those who look at them now."""


class Sitting:
    """One rater's."""

    def __init__(self, runs: Path, person: Person, rules: Rules, sessions: Sequence[RatedSession]) -> None:
        self.person = person
        self.lock = threading.RLock()
        """Held while the desk or the pairs are at work."""
        self.names = Names(runs, person.rater)
        self.desk = Desk(runs, person.rater, rules, sessions)
        self._runs, self._sessions = runs, sessions

    @cached_property
    def pairs(self) -> PairDesk:
        """The pairs of the sessions that the server found when it started."""
        return PairDesk(self._runs, self.person.rater, self._sessions)

    def session_id(self, name: object) -> str:
        """The session that the page calls so; Refused with 404 if there is none."""
        found = self.names.session_id(name, self.desk.known) if isinstance(name, str) else None
        if found is None:
            raise Refused(404, "no such session here; load the page again")
        return found


class Sittings:
    """Everybody's, begun when they first come."""

    def __init__(self, runs: Path, rules: Rules, sessions: Sequence[RatedSession]) -> None:
        self.runs = runs
        self._rules, self._sessions = rules, sessions
        self._open: dict[str, Sitting] = {}
        self._lock = threading.Lock()
        self._read = lru_cache(maxsize=KEPT_ITEMS)(read_item)

    def of(self, person: Person) -> Sitting:
        """The person's sitting."""
        with self._lock:
            if person.rater not in self._open:
                self._open[person.rater] = Sitting(self.runs, person, self._rules, self._sessions)
            return self._open[person.rater]

    def item(self, directory: SessionDirectory) -> Item:
        """What a rater sees of a session, read once while it is looked at."""
        return self._read(directory)

"""Faults that the loopback Hub injects on demand, and its count of requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Harm(StrEnum):
    """What a fault does to a request."""

    STATUS = "status"
    """Answers with a status and does nothing."""
    CUT = "cut"
    """Reads half of what was sent, then closes the connection."""
    CLOSE_AFTER = "close_after"
    """Does what was asked, then closes the connection without an answer."""
    CORRUPT = "corrupt"
    """Spoils the content that is kept (uploads) or sent (downloads), and says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Harm to some requests of a kind."""

    kind: str
    """The kind of request, e.g. commit or lfs_put; see hub_server.ROUTES."""
    first: int = 1
    """The first of its kind that is harmed, from 1, counted from when the fault was planted."""
    times: int = 1
    """How many in a row."""
    harm: Harm = Harm.STATUS
    """What happens to them."""
    status: int = 500
    """For STATUS."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """For STATUS: e.g. Retry-After."""


@dataclass(slots=True)
class Traffic:
    """Counts requests by kind and says which of them are harmed."""

    counts: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    """The kinds of all requests in order."""
    before: Callable[[int, str], None] = lambda number, kind: None
    """Called with a request's number and kind before it is looked at: where a test kills the client."""
    after: Callable[[int, str], None] = lambda number, kind: None
    """Called once a request's work is done, before the answer."""
    _planted: list[tuple[Fault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plant(self, *faults: Fault) -> None:
        """Harm requests from now on."""
        with self._lock:
            self._planted += [(fault, self.counts[fault.kind]) for fault in faults]

    def clear(self) -> None:
        """Forget faults, counts and hooks."""
        with self._lock:
            self._planted.clear()
            self.counts.clear()
            self.log.clear()
            self.before = self.after = lambda number, kind: None

    def enter(self, kind: str) -> tuple[int, Fault | None]:
        """Note a request; its number among all, and the fault that harms it."""
        with self._lock:
            self.counts[kind] += 1
            self.log.append(kind)
            number, count = len(self.log), self.counts[kind]
            harmed = (
                fault
                for fault, start in self._planted
                if fault.kind == kind and fault.first <= count - start < fault.first + fault.times
            )
            fault = next(harmed, None)
        self.before(number, kind)
        return number, fault

    @property
    def writes(self) -> int:
        """Requests that ask for a change."""
        return sum(self.counts[kind] for kind in ("create", "lfs_batch", "lfs_put", "commit", "tag", "branch"))

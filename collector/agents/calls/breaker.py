"""The circuit breaker: when a provider fails again and again, all processes stop asking it for a while.

A server's Retry-After holds everybody up. After `FAILURES_TO_OPEN` failures without an answer between them the breaker
opens; when its pause is over one process probes, and the others wait for what becomes of that.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from collector.agents.calls.shared_file import SharedFile

FAILURES_TO_OPEN: Final = 5
FIRST_PAUSE_S: Final = 5.0
LONGEST_PAUSE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Whether a call may be made now."""

    wait_s: float
    """Come back after this; 0 means go."""
    is_probe: bool = False
    """This call tells whether the provider is back."""


class CircuitBreaker:
    """The state of one provider in the shared file."""

    def __init__(self, shared: SharedFile, provider: str) -> None:
        """Closed unless the file says otherwise."""
        self._shared = shared
        self._provider = provider

    def held_s(self, now: float) -> float:
        """How long everybody waits; 0 if nobody does."""
        with self._shared.transaction() as connection:
            return max(0.0, self._read(connection)[1] - now)

    def enter(self, now: float, probe_s: float) -> Entry:
        """Ask to make a call now; a probe holds the others up until it answers, or for `probe_s` should it die."""
        with self._shared.transaction() as connection:
            failures, hold_until = self._read(connection)
            if now < hold_until:
                return Entry(wait_s=hold_until - now)
            if failures < FAILURES_TO_OPEN:
                return Entry(wait_s=0.0)
            self._write(connection, failures, now + probe_s)
            return Entry(wait_s=0.0, is_probe=True)

    def answered(self, entry: Entry) -> None:
        """The provider is there: an answer came, even if it was a refusal."""
        with self._shared.transaction() as connection:
            failures, hold_until = self._read(connection)
            if failures or entry.is_probe:
                self._write(connection, 0, 0.0 if entry.is_probe else hold_until)

    def failed(self, now: float, entry: Entry) -> float | None:
        """Count a call that got no answer; the pause in seconds if that opens the breaker.

        Calls that were under way when it opened count no more.
        """
        with self._shared.transaction() as connection:
            failures, hold_until = self._read(connection)
            if now < hold_until and not entry.is_probe:
                return None
            failures += 1
            if failures < FAILURES_TO_OPEN:
                self._write(connection, failures, hold_until)
                return None
            pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - FAILURES_TO_OPEN, 10))
            self._write(connection, failures, now + pause_s)
            return pause_s

    def hold(self, now: float, wait_s: float) -> None:
        """Hold everybody up: the provider asked for it."""
        with self._shared.transaction() as connection:
            failures, hold_until = self._read(connection)
            self._write(connection, failures, max(hold_until, now + wait_s))

    def _read(self, connection: sqlite3.Connection) -> tuple[int, float]:
        row = connection.execute(
            "SELECT failures, hold_until FROM breakers WHERE provider = ?", (self._provider,)
        ).fetchone()
        return (0, 0.0) if row is None else (int(row[0]), float(row[1]))

    def _write(self, connection: sqlite3.Connection, failures: int, hold_until: float) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO breakers (provider, failures, hold_until) VALUES (?, ?, ?)",
            (self._provider, failures, hold_until),
        )

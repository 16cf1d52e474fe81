"""Who may call when, and what was spent: shared by all processes of a runs directory.

A call is booked before it is made, with the most it may take, and settled with what it took. What a process booked
and never settled, because it died, stays counted as spent: a crash can't spend twice. Bookings of one provider are in
the order of their times, so the earliest time that keeps a window's limit follows from the latest bookings alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collector.agents.calls.shared_file import SharedFile

MINUTE_S: Final = 61.0
"""A minute and a second: calls don't reach the provider exactly when they are sent."""
DAY_S: Final = 86_401.0
LONGEST_DAY_WAIT_S: Final = 600.0
"""A day's limit that would hold a session up for longer ends it."""
_KEPT_S: Final = 2 * DAY_S


class NothingLeft(Exception):
    """A limit leaves no room for the call, and waiting is no use."""


class TooLarge(Exception):
    """The call alone is above the tokens a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a provider allows; None is no limit."""

    requests_per_minute: int | None = None
    """Calls in any minute."""
    tokens_per_minute: int | None = None
    """Tokens in any minute."""
    requests_per_day: int | None = None
    """Calls in any 24 hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What all calls together may take; None is no limit."""

    max_calls: int | None = None
    """Calls, retries included."""
    max_tokens: int | None = None
    """Tokens read and written."""
    max_cost_usd: float | None = None
    """Money, by the price list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was taken so far, open bookings in full."""

    calls: int
    """Calls, retries included."""
    tokens: int
    """Tokens read and written."""
    cost_usd: float
    """Money, by the price list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """Leave to make one call."""

    number: int
    """Its row."""
    at: float
    """Not before this time (seconds since 1970)."""
    cause: str | None
    """The limit that it waits for; None if it need not wait."""


class CallLedger:
    """The bookings of one provider in the shared file."""

    def __init__(self, shared: SharedFile, provider: str, limits: Limits, spending: Spending) -> None:
        """`provider` names what the provider's limits hold for: address and model."""
        self._shared = shared
        self._provider = provider
        self._limits = limits
        self._spending = spending

    def book(self, now: float, tokens: int, cost_usd: float) -> Booking:
        """Reserve the most a call may take, at the earliest time the limits allow.

        NothingLeft if the spending limits, or a day's limit for long, leave no room; TooLarge if none ever will.
        """
        with self._shared.transaction() as connection:
            self._check_spending(connection, tokens, cost_usd)
            self._forget_old(connection, now)
            at, cause = self._earliest(connection, now, tokens)
            row = connection.execute(
                "INSERT INTO calls (provider, at, tokens, cost) VALUES (?, ?, ?, ?)",
                (self._provider, at, tokens, cost_usd),
            )
            _add(connection, 1, tokens, cost_usd)
            assert row.lastrowid is not None
            return Booking(number=row.lastrowid, at=at, cause=cause)

    def settle(self, booking: Booking, tokens: int, cost_usd: float) -> None:
        """Put what the call took in place of what was reserved."""
        with self._shared.transaction() as connection:
            held = _open_booking(connection, booking)
            if held is not None:
                _add(connection, 0, tokens - held[0], cost_usd - held[1])
                connection.execute(
                    "UPDATE calls SET tokens = ?, cost = ?, settled = 1 WHERE id = ?",
                    (tokens, cost_usd, booking.number),
                )

    def cancel(self, booking: Booking) -> None:
        """Give back a booking whose call was not made."""
        with self._shared.transaction() as connection:
            held = _open_booking(connection, booking)
            if held is not None:
                _add(connection, -1, -held[0], -held[1])
                connection.execute("DELETE FROM calls WHERE id = ?", (booking.number,))

    def spent(self) -> Spent:
        """What all providers together took so far."""
        with self._shared.transaction() as connection:
            return _totals(connection)

    def _check_spending(self, connection: sqlite3.Connection, tokens: int, cost_usd: float) -> None:
        spent, allowed = _totals(connection), self._spending
        for name, unit, taken, more, limit in (
            ("max_calls", "calls", spent.calls, 1, allowed.max_calls),
            ("max_tokens", "tokens", spent.tokens, tokens, allowed.max_tokens),
            ("max_cost_usd", "US dollars", spent.cost_usd, cost_usd, allowed.max_cost_usd),
        ):
            if limit is not None and taken + more > limit:
                raise NothingLeft(
                    f"spending.{name}={limit:g}: {taken:g} {unit} are spent or reserved in this runs directory and the "
                    f"next call may take {more:g}; raise the limit or take another runs directory"
                )

    def _earliest(self, connection: sqlite3.Connection, now: float, tokens: int) -> tuple[float, str | None]:
        """The first time not before now, nor before any booking, that keeps all limits; and which one it waits for."""
        limits = self._limits
        latest = self._nth_latest(connection, 1)
        at, cause = (now, None) if latest is None or latest <= now else (latest, "calls booked before")
        for name, limit, window_s in (
            ("requests_per_minute", limits.requests_per_minute, MINUTE_S),
            ("requests_per_day", limits.requests_per_day, DAY_S),
        ):
            oldest = None if limit is None else self._nth_latest(connection, limit)
            if oldest is not None and oldest + window_s > at:
                at, cause = oldest + window_s, name
                if name == "requests_per_day" and at - now > LONGEST_DAY_WAIT_S:
                    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes")
                    raise NothingLeft(
                        f"agent.requests_per_day={limit}: they are made; the next may be made at {moment}"
                    )
        if limits.tokens_per_minute is not None:
            free = self._tokens_free_at(connection, now, tokens, limits.tokens_per_minute)
            if free > at:
                at, cause = free, "tokens_per_minute"
        return at, cause

    def _nth_latest(self, connection: sqlite3.Connection, number: int) -> float | None:
        row = connection.execute(
            "SELECT at FROM calls WHERE provider = ? ORDER BY at DESC LIMIT 1 OFFSET ?", (self._provider, number - 1)
        ).fetchone()
        return None if row is None else float(row[0])

    def _tokens_free_at(self, connection: sqlite3.Connection, now: float, tokens: int, limit: int) -> float:
        """When so many tokens fit: a minute after the latest booking that must have left the window by then."""
        if tokens > limit:
            raise TooLarge(
                f"agent.tokens_per_minute={limit}: this call alone may take {tokens} tokens; raise the limit, or lower "
                "agent.max_output_tokens, agent.history or agent.image_scale"
            )
        total = tokens
        for at, taken in self._latest_first(connection, now - MINUTE_S):
            total += taken
            if total > limit:
                return at + MINUTE_S
        return 0.0

    def _latest_first(self, connection: sqlite3.Connection, since: float) -> Iterator[tuple[float, int]]:
        yield from connection.execute(
            "SELECT at, tokens FROM calls WHERE provider = ? AND at > ? ORDER BY at DESC", (self._provider, since)
        )

    def _forget_old(self, connection: sqlite3.Connection, now: float) -> None:
        """Drop rows that no window reaches, and those of a clock that was set back since: the totals stay."""
        for condition, moment in (("at < ?", now - _KEPT_S), ("at > ?", now + _KEPT_S)):
            connection.execute(f"DELETE FROM calls WHERE provider = ? AND {condition}", (self._provider, moment))


def spent_in(path: Path) -> Spent | None:
    """What a calls file says was spent, without writing to it; None if there is none that can be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _totals(connection)
    except sqlite3.Error:
        return None


def _open_booking(connection: sqlite3.Connection, booking: Booking) -> tuple[int, float] | None:
    row = connection.execute(
        "SELECT tokens, cost FROM calls WHERE id = ? AND settled = 0", (booking.number,)
    ).fetchone()
    return None if row is None else (int(row[0]), float(row[1]))


def _totals(connection: sqlite3.Connection) -> Spent:
    calls, tokens, cost = connection.execute("SELECT calls, tokens, cost FROM totals").fetchone()
    return Spent(calls=calls, tokens=tokens, cost_usd=round(cost, 9))


def _add(connection: sqlite3.Connection, calls: int, tokens: int, cost_usd: float) -> None:
    connection.execute(
        "UPDATE totals SET calls = calls + ?, tokens = tokens + ?, cost = cost + ?", (calls, tokens, cost_usd)
    )

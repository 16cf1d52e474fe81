"""Doing something again that failed for a passing reason: with growing pauses, or the pauses the server asks for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from collector.errors import WorkError

TRIES: Final = 7
LONGEST_PAUSE_S: Final = 60.0
LONGEST_OBEYED_S: Final = 900.0
"""A server that asks for a longer pause is not waited for."""

Result = TypeVar("Result")


class PassingError(WorkError):
    """Something failed that may well succeed the next time."""

    def __init__(self, message: str, *, pause_s: float | None = None) -> None:
        """`pause_s` is how long the server asked to wait."""
        super().__init__(message)
        self.pause_s = pause_s


def retried(
    attempt: Callable[[], Result],
    tell: Callable[[str], None],
    *,
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """What `attempt` gives, tried again after each PassingError; the last one comes out as a WorkError."""
    for number in range(1, tries):
        try:
            return attempt()
        except PassingError as error:
            pause_s = _pause(number, error)
            tell(f"{error}; trying again in {pause_s:.0f} s ({number} of {tries - 1})")
            sleep(pause_s)
    try:
        return attempt()
    except PassingError as error:
        raise WorkError(f"{error}; given up after {tries} tries: run the command again later, it goes on") from error


def seconds_of(retry_after: str | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """The pause that a Retry-After header asks for, given in seconds or as a date; None if it can't be read."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now()).total_seconds())
    except (ValueError, TypeError):
        return None


def _pause(number: int, error: PassingError) -> float:
    if error.pause_s is None:
        return min(2.0 ** (number - 1), LONGEST_PAUSE_S) * random.uniform(0.75, 1.25)
    if error.pause_s > LONGEST_OBEYED_S:
        raise WorkError(
            f"{error}; the server asks to wait {error.pause_s:.0f} s: run the command again then"
        ) from error
    return error.pause_s

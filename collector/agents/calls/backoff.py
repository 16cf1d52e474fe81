"""How long to wait before a call is made again."""

from __future__ import annotations

from random import Random
from typing import Final

FIRST_S: Final = 0.5
LONGEST_S: Final = 30.0


def backoff_s(attempt: int, retry_after_s: float | None, random: Random) -> float:
    """Seconds to wait after attempt number `attempt` (from 1) failed: doubling, with jitter, never below Retry-After.

    The jitter keeps sessions that failed together from asking together again.
    """
    longest = min(LONGEST_S, FIRST_S * 2.0 ** min(attempt - 1, 16))
    wait_s = longest * random.uniform(0.5, 1.0)
    return wait_s if retry_after_s is None else max(0.0, retry_after_s) + wait_s * 0.5

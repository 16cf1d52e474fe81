"""What an HTTP answer that brings no completion means, the same for every provider."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

from collector.agents.model_client import CallFailure, ModelCallError
from collector.command_line import raise_if_interrupted

MAX_REPLY_BYTES: Final = 4_000_000
"""An answer that is longer is not read to its end: no reply of a few sentences is."""

_SLICE_S: Final = 0.2
"""So often a wait looks whether it is to end."""

_TOLD: Final = 200
"""Letters of a server's own words that a message repeats."""

_RETRY_DELAY: Final = re.compile(r"retry_?delay\W+(?:seconds\W+)?(\d+(?:\.\d+)?)", re.IGNORECASE)
_SPENT: Final = re.compile(r"insufficient_quota|credit balance|billing", re.IGNORECASE)

_Answer = TypeVar("_Answer")


def failure_of_status(status: int, words: str, retry_after: str | None = None, details: str = "") -> ModelCallError:
    """The failure that a status stands for; `words` and `details` are the server's own, without keys."""
    kind = _kind_of(status, words)
    told = " ".join(words.split())[:_TOLD]
    message = f"the server answered {status}{': ' + told if told else ''}{_ADVICE.get(kind, '')}"
    return ModelCallError(kind, message, retry_after_s=retry_after_s(retry_after, words + details))


def _kind_of(status: int, words: str) -> CallFailure:
    if status in (401, 402, 403) or (status == 429 and _SPENT.search(words)):
        return CallFailure.REFUSED
    if status == 429:
        return CallFailure.RATE_LIMITED
    if status == 408:
        return CallFailure.TIMEOUT
    return CallFailure.UNAVAILABLE if status >= 500 else CallFailure.BAD_REQUEST


_ADVICE: Final = {
    CallFailure.REFUSED: "; check the key, what it is allowed, and what it may still spend",
    CallFailure.BAD_REQUEST: "; check agent.model, agent.base_url and agent.structured",
}


def retry_after_s(header: str | None, words: str = "") -> float | None:
    """Seconds the server asked to wait: Retry-After in seconds or as a date, else Google's RetryInfo in its words."""
    if header:
        try:
            return max(0.0, float(header))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            pass
    found = _RETRY_DELAY.search(words)
    return float(found[1]) if found else None


def timed_out(timeout_s: float) -> ModelCallError:
    """The failure of an answer that is not complete in time."""
    return ModelCallError(CallFailure.TIMEOUT, f"no complete answer within {timeout_s:g} s (agent.timeout_s)")


def within(timeout_s: float, ask: Callable[[], _Answer], abandon: Callable[[], Any]) -> _Answer:
    """What `ask` returns or raises; ModelCallError if that takes longer in all.

    A client's own timeout is for one read: a server that sends a byte now and then would never run into it. `ask` runs
    on a thread that is left behind when time is up or an interrupt is noted; `abandon` then closes what it reads from.
    """
    answers: SimpleQueue[tuple[_Answer | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as error:  # handed to the caller, who raises it
            answers.put((None, error))

    Thread(target=run, name="model-call", daemon=True).start()
    try:
        answer, error = _first(answers, timeout_s)
    except BaseException:
        abandon()
        raise
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]


def _first(answers: SimpleQueue[_Answer], timeout_s: float) -> _Answer:
    """What comes first; ModelCallError if nothing does in time, KeyboardInterrupt if that is asked for meanwhile."""
    deadline = time.monotonic() + timeout_s
    while (left := deadline - time.monotonic()) > 0:
        try:
            return answers.get(timeout=min(left, _SLICE_S))
        except Empty:
            raise_if_interrupted()
    raise timed_out(timeout_s)

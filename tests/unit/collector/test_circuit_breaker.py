"""The breaker opens after failures in a row, lets one call probe, and closes with an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.agents.calls.breaker import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    CircuitBreaker,
    Entry,
)
from collector.agents.calls.shared_file import SharedFile

NOW = 1_800_000_000.0
CALL = Entry(wait_s=0.0)


@pytest.fixture
def breakers(tmp_path: Path) -> tuple[CircuitBreaker, CircuitBreaker]:
    """Two processes' views of one provider."""
    path = tmp_path / "calls.sqlite"
    return CircuitBreaker(SharedFile(path), "p"), CircuitBreaker(SharedFile(path), "p")


def opened(breaker: CircuitBreaker) -> float:
    pauses = [breaker.failed(NOW, CALL) for _ in range(FAILURES_TO_OPEN)]
    assert pauses == [None] * (FAILURES_TO_OPEN - 1) + [FIRST_PAUSE_S]
    return NOW + FIRST_PAUSE_S


def test_it_opens_for_everybody_and_lets_one_probe(breakers: tuple[CircuitBreaker, CircuitBreaker]) -> None:
    one, other = breakers
    free = opened(one)
    assert other.held_s(NOW) == FIRST_PAUSE_S
    assert other.enter(NOW + 1, 60).wait_s == FIRST_PAUSE_S - 1
    probe = other.enter(free, 60)
    assert probe == Entry(wait_s=0.0, is_probe=True)
    assert one.enter(free, 60).wait_s == 60
    other.answered(probe)
    assert one.enter(free, 60) == CALL


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_a_bound(
    breakers: tuple[CircuitBreaker, CircuitBreaker],
) -> None:
    one, _ = breakers
    now, pauses = opened(one), []
    for _ in range(6):
        pause_s = one.failed(now, one.enter(now, 60))
        assert pause_s is not None
        pauses.append(pause_s)
        now += pause_s
    assert pauses == [10.0, 20.0, 40.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_calls_that_were_under_way_when_it_opened_do_not_prolong_it(
    breakers: tuple[CircuitBreaker, CircuitBreaker],
) -> None:
    one, other = breakers
    opened(one)
    assert other.failed(NOW + 1, CALL) is None
    assert one.held_s(NOW + 1) == FIRST_PAUSE_S - 1


def test_a_probe_that_died_is_followed_by_another(breakers: tuple[CircuitBreaker, CircuitBreaker]) -> None:
    one, other = breakers
    free = opened(one)
    assert one.enter(free, 60).is_probe
    assert other.enter(free + 60, 60).is_probe


def test_an_answer_between_failures_keeps_it_closed(breakers: tuple[CircuitBreaker, CircuitBreaker]) -> None:
    one, _ = breakers
    for _ in range(3):
        for _ in range(FAILURES_TO_OPEN - 1):
            assert one.failed(NOW, CALL) is None
        one.answered(CALL)
    assert one.held_s(NOW) == 0


def test_a_wait_that_the_server_asked_for_holds_everybody_up(breakers: tuple[CircuitBreaker, CircuitBreaker]) -> None:
    one, other = breakers
    one.hold(NOW, 12)
    one.answered(CALL)
    assert other.held_s(NOW + 2) == 10
    assert other.enter(NOW + 12, 60) == CALL

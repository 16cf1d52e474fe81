"""The ledger keeps every limit exactly, for any number of processes, and a killed one can't spend twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.agents.calls.ledger import (
    DAY_S,
    MINUTE_S,
    Booking,
    CallLedger,
    Limits,
    NothingLeft,
    Spending,
    Spent,
    TooLarge,
    spent_in,
)
from collector.agents.calls.shared_file import SharedFile
from collector.errors import AgentError
from tests.playing import environment

NOW = 1_800_000_000.0


def a_ledger(path: Path | None = None, limits: Limits | None = None, spending: Spending | None = None) -> CallLedger:
    return CallLedger(SharedFile(path), "openai m", limits or Limits(), spending or Spending())


def most_in_a_window(times: list[float], window_s: float) -> int:
    return max(sum(at <= other < at + window_s for other in times) for at in times)


@given(st.integers(1, 6), st.lists(st.floats(0, 40), min_size=1, max_size=40))
def test_no_minute_holds_more_requests_than_allowed_and_none_waits_longer_than_it_must(
    limit: int, gaps: list[float]
) -> None:
    ledger, now, times = a_ledger(limits=Limits(requests_per_minute=limit)), NOW, []
    for gap in gaps:
        now += gap
        times.append(ledger.book(now, 10, 0.0).at)
        earliest = now if len(times) <= limit else max(now, times[-1 - limit] + MINUTE_S)
        assert times[-1] == max([earliest, *times[:-1]])
    assert most_in_a_window(times, MINUTE_S) <= limit


@given(st.integers(100, 1000), st.lists(st.tuples(st.floats(0, 40), st.integers(1, 100)), min_size=1, max_size=40))
def test_no_minute_holds_more_tokens_than_allowed(limit: int, asked: list[tuple[float, int]]) -> None:
    ledger, now, booked = a_ledger(limits=Limits(tokens_per_minute=limit)), NOW, []
    for gap, tokens in asked:
        now += gap
        booked.append((ledger.book(now, tokens, 0.0).at, tokens))
    assert all(first <= second for (first, _), (second, _) in pairwise(booked))
    for at, _ in booked:
        assert sum(tokens for other, tokens in booked if at <= other < at + MINUTE_S) <= limit


def test_settling_with_fewer_tokens_lets_the_next_call_in_earlier() -> None:
    ledger = a_ledger(limits=Limits(tokens_per_minute=1000))
    first = ledger.book(NOW, 900, 0.0)
    ledger.settle(first, 100, 0.0)
    assert ledger.book(NOW, 900, 0.0).at == NOW
    assert ledger.book(NOW, 900, 0.0).at == NOW + MINUTE_S


def test_a_call_above_the_tokens_a_minute_is_told_so() -> None:
    with pytest.raises(TooLarge, match="tokens_per_minute=500: this call alone may take 501"):
        a_ledger(limits=Limits(tokens_per_minute=500)).book(NOW, 501, 0.0)


def test_a_day_s_limit_is_waited_for_only_when_it_ends_soon() -> None:
    ledger = a_ledger(limits=Limits(requests_per_day=2))
    ledger.book(NOW, 1, 0.0)
    ledger.book(NOW + 5, 1, 0.0)
    with pytest.raises(NothingLeft, match=r"requests_per_day=2: they are made; the next may be made at 2027-"):
        ledger.book(NOW + 3600, 1, 0.0)
    soon = ledger.book(NOW + DAY_S - 100, 1, 0.0)
    assert (soon.at, soon.cause) == (NOW + DAY_S, "requests_per_day")


def test_providers_have_limits_of_their_own_and_one_purse() -> None:
    shared = SharedFile(None)
    one, other = (CallLedger(shared, name, Limits(requests_per_minute=1), Spending(max_calls=2)) for name in "ab")
    assert (one.book(NOW, 1, 0.0).at, other.book(NOW, 1, 0.0).at) == (NOW, NOW)
    with pytest.raises(NothingLeft, match="max_calls=2"):
        one.book(NOW, 1, 0.0)


@pytest.mark.parametrize(
    ("spending", "name"),
    [
        (Spending(max_calls=1), "max_calls"),
        (Spending(max_tokens=150), "max_tokens"),
        (Spending(max_cost_usd=0.15), "max_cost_usd"),
    ],
)
def test_what_is_reserved_counts_as_spent_until_it_is_settled_or_given_back(spending: Spending, name: str) -> None:
    ledger = a_ledger(spending=spending)
    first = ledger.book(NOW, 100, 0.1)
    with pytest.raises(NothingLeft, match=name):
        ledger.book(NOW, 100, 0.1)
    ledger.cancel(first)
    second = ledger.book(NOW, 100, 0.1)
    ledger.settle(second, 20, 0.02)
    assert ledger.spent() == Spent(calls=1, tokens=20, cost_usd=0.02)


def test_settling_or_giving_back_twice_changes_nothing() -> None:
    ledger = a_ledger()
    booking = ledger.book(NOW, 100, 0.1)
    ledger.settle(booking, 20, 0.02)
    ledger.settle(booking, 90, 0.09)
    ledger.cancel(booking)
    ledger.settle(Booking(number=99, at=NOW, cause=None), 5, 0.0)
    assert ledger.spent() == Spent(calls=1, tokens=20, cost_usd=0.02)


def test_a_clock_that_was_set_back_blocks_nobody() -> None:
    ledger = a_ledger(limits=Limits(requests_per_minute=1))
    ledger.book(NOW + 400 * DAY_S, 1, 0.0)
    assert ledger.book(NOW, 1, 0.0).at == NOW


def test_a_file_that_is_no_database_is_told_what_to_do_with(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    path.write_text("not a database, and long enough to be seen as none" * 100)
    with pytest.raises(AgentError, match=r"calls\.sqlite: can't be used .*remove it"):
        SharedFile(path)


def test_spending_can_be_read_by_anybody(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "calls.sqlite"
    assert spent_in(path) is None
    a_ledger(path).book(NOW, 7, 0.5)
    assert spent_in(path) == Spent(calls=1, tokens=7, cost_usd=0.5)


BOOKING = """
import sys
from pathlib import Path
from collector.agents.calls.ledger import CallLedger, Limits, Spending
from collector.agents.calls.shared_file import SharedFile
path, number, settle = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "settle"
ledger = CallLedger(SharedFile(path), "openai m", Limits(requests_per_minute=7, tokens_per_minute=450), Spending())
for _ in range(number):
    booking = ledger.book(1_800_000_000.0, 100, 0.001)
    print(booking.at, flush=True)
    if settle:
        ledger.settle(booking, 100, 0.001)
"""


def start_booking(path: Path, number: int, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BOOKING, str(path), str(number), what]
    return subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)


def test_four_processes_together_keep_the_limits_exactly(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    workers = [start_booking(path, 25, "settle") for _ in range(4)]
    times = sorted(float(line) for worker in workers for line in worker.communicate()[0].splitlines())
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(times) == 100
    assert most_in_a_window(times, MINUTE_S) == 4  # 450 tokens a minute hold four calls of 100
    assert times[-1] == NOW + 24 * MINUTE_S  # and none of that room is left unused
    assert spent_in(path) == Spent(calls=100, tokens=10_000, cost_usd=0.1)


def test_what_a_killed_process_reserved_stays_spent(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    workers = [start_booking(path, 100_000, "leave") for _ in range(2)]
    told = [worker.stdout.readline() for worker in workers for _ in range(20) if worker.stdout is not None]
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    told += [line for worker in workers for line in worker.communicate()[0].splitlines(keepends=True)]
    told = [line for line in told if line.endswith("\n")]
    spent = spent_in(path)
    assert spent is not None
    assert len(told) <= spent.calls <= len(told) + 2  # each may have died between the booking and the print
    assert spent.tokens == 100 * spent.calls
    with pytest.raises(NothingLeft):
        a_ledger(path, spending=Spending(max_tokens=100 * spent.calls)).book(NOW, 1, 0.0)

"""Sessions that ask a stand-in: kept answers, shared limits, a dry run, and stops while a call is waited for."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.agents.calls.ledger import Spent, spent_in
from collector.batch.spending import ran_out
from collector.records import Session, Status
from collector.run_directory import recorded_sessions
from collector.shards import read_rows
from tests.fakes.model_server import Asked, reply_text, status
from tests.fakes.openai_server import OpenAIServer
from tests.playing import collector_command, environment, run_collector

DIFFERING = {"session_id", "reply_id", "timestamp", "latency_ms", "cached", "row_hash"}
"""Columns of two equal runs that differ; row_hash seals the others."""
BUTTONS = ("press_down", "press_right", "press_up", "press_left", "press_b")
"""Without A, no sign is read: no session ends before its budget by luck."""


def wander(number: int, asked: Asked) -> str:
    """Answers that differ from call to call, as a model's do: a second run repeats them only from the store."""
    return reply_text(BUTTONS[number % len(BUTTONS)], reasoning=f"Call {number}.")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    server = OpenAIServer(wander)
    with server:
        yield server


def asking(server: OpenAIServer, *more: str) -> list[str]:
    return [
        "agent=vllm",
        "agent.model=m",
        f"agent.base_url={server.base_url}",
        "task=read_sign",
        "budget.max_steps=6",
        *more,
    ]


def sessions(runs: Path) -> list[Session]:
    return [session for _, session in recorded_sessions(runs)]


def rows(runs: Path) -> list[dict[str, Any]]:
    return [row for directory, _ in recorded_sessions(runs) for row in read_rows(directory.shard)]


@pytest.mark.parametrize("again", ["read", "replay"])
def test_a_second_run_from_the_store_asks_nothing_and_equals_the_first(
    server: OpenAIServer, tmp_path: Path, again: str
) -> None:
    first = run_collector(tmp_path, *asking(server, "runs=first", "agent.cache=read"))
    asked = len(server.received)
    second = run_collector(tmp_path, *asking(server, "runs=second", f"agent.cache={again}"))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert asked == 6
    assert len(server.received) == asked
    before, after = rows(tmp_path / "first"), rows(tmp_path / "second")
    for one, other in zip(before, after, strict=True):
        assert {name for name in one if one[name] != other[name]} - DIFFERING == set()
    assert ([row["cached"] for row in before], [row["cached"] for row in after]) == ([False] * 6, [True] * 6)
    assert spent_in(tmp_path / "second" / ".calls.sqlite") == Spent(calls=0, tokens=0, cost_usd=0.0)


def test_a_replay_of_something_else_fails_and_names_the_step(server: OpenAIServer, tmp_path: Path) -> None:
    run_collector(tmp_path, *asking(server, "runs=first", "agent.cache=read"))
    other = run_collector(tmp_path, *asking(server, "runs=other", "agent.cache=replay", "budget.max_steps=7"))
    (session,) = sessions(tmp_path / "other")
    assert other.returncode == 1
    assert session.status == Status.FAILED
    assert "no answer for step 1" in str(session.error)
    assert len(server.received) == 6


def test_a_dry_run_tells_and_asks_nothing(server: OpenAIServer, tmp_path: Path) -> None:
    told = run_collector(tmp_path, *asking(server, "dry_run=true", "agent.requests_per_minute=2"))
    assert told.returncode == 0, told.stderr
    assert "at most 6, one a step" in told.stdout
    assert "2 min at agent.requests_per_minute=2" in told.stdout
    assert "unknown: the price list of" in told.stdout
    assert server.received == []
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_counts_a_batch_in_money(tmp_path: Path) -> None:
    told = run_collector(tmp_path, "dry_run=true", "agent=gemini", "taskset=smoke", "max_sessions=9", "workers=3")
    assert told.returncode == 0, told.stderr
    assert "9 of " in told.stdout
    assert "US dollars, at 0.3 a million tokens read and 2.5 written" in told.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("limit", ["budget.max_cost_usd=1", "spending.max_cost_usd=1"])
def test_money_that_cannot_be_counted_is_not_limited_in_silence(
    server: OpenAIServer, tmp_path: Path, limit: str
) -> None:
    refused = run_collector(tmp_path, *asking(server, limit))
    assert refused.returncode == 2
    assert "the price list has no 'm'" in refused.stderr
    (tmp_path / "prices.yaml").write_text("as_of: 2026-01-31\nmodels: {m: {input: 1000, output: 1000}}\n")
    played = run_collector(tmp_path, *asking(server, limit, "prices=prices.yaml"))
    assert played.returncode == 0, played.stderr
    (session,) = sessions(tmp_path / "runs")
    assert session.status == Status.TRUNCATED
    assert 0 < session.usage.cost_usd <= 1.5
    assert session.total_steps < 6


def test_all_workers_together_keep_to_the_calls_they_may_make_and_a_resumed_batch_goes_on(
    server: OpenAIServer, tmp_path: Path
) -> None:
    batch = [word for word in asking(server, "workers=3", "max_sessions=8") if not word.startswith("task=")]
    (tmp_path / "tasks.yaml").write_text("tasks:\n  - read_sign\n")
    ended = run_collector(tmp_path, *batch, "task_file=tasks.yaml", "spending.max_calls=10")
    assert ended.returncode == 0, ended.stderr
    assert "no further session is begun" in ended.stderr
    assert len(server.received) == 10
    assert {session.status for session in sessions(tmp_path / "runs")} == {Status.TRUNCATED}
    resumed = run_collector(tmp_path, *batch, "task_file=tasks.yaml", "spending.max_calls=100", "resume=true")
    assert resumed.returncode == 0, resumed.stderr
    whole = [found[1] for found in recorded_sessions(tmp_path / "runs") if not ran_out(*found)]
    assert [session.total_steps for session in whole] == [6] * 8
    assert len({session.plan_key for session in whole}) == 8
    spent = spent_in(tmp_path / "runs" / ".calls.sqlite")
    assert spent is not None and spent.calls == len(server.received)


def events(runs: Path) -> list[dict[str, Any]]:
    lines = [line for path in runs.glob("session_*/events.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def start(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = collector_command(*arguments)
    return subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for_calls(server: OpenAIServer, number: int) -> None:
    deadline = time.monotonic() + 60
    while len(server.received) < number:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_session_that_waits_for_its_limit_stops_when_it_is_told_to(server: OpenAIServer, tmp_path: Path) -> None:
    with start(tmp_path, *asking(server, "agent.requests_per_minute=3")) as playing:
        wait_for_calls(server, 3)
        time.sleep(0.5)
        began = time.monotonic()
        playing.send_signal(signal.SIGINT)
        playing.communicate(timeout=30)
        assert time.monotonic() - began < 10
    (session,) = sessions(tmp_path / "runs")
    assert playing.returncode == 130
    assert (session.status, session.total_steps) == (Status.INTERRUPTED, 3)
    assert spent_in(tmp_path / "runs" / ".calls.sqlite") == Spent(
        calls=3, tokens=session.usage.input_tokens + session.usage.output_tokens, cost_usd=0.0
    )


def test_a_call_that_a_killed_session_had_under_way_stays_spent(server: OpenAIServer, tmp_path: Path) -> None:
    server.latency_s = 30.0
    with start(tmp_path, *asking(server)) as playing:
        wait_for_calls(server, 1)
        os.kill(playing.pid, signal.SIGKILL)
        playing.communicate()
    spent = spent_in(tmp_path / "runs" / ".calls.sqlite")
    assert spent is not None and spent.calls == 1 and spent.tokens > 400
    server.latency_s = 0.0
    again = run_collector(tmp_path, *asking(server, "spending.max_calls=3"))
    assert again.returncode == 0, again.stderr
    assert len(server.received) == 3
    refused = [event for event in events(tmp_path / "runs") if event["event"] == "spending_refused"]
    assert [event["cause"] for event in refused] == ["spending.max_calls=3"]


@pytest.mark.slow
def test_the_requests_of_all_workers_stay_within_the_minute_where_every_third_fails(
    server: OpenAIServer, tmp_path: Path
) -> None:
    batch = [word for word in asking(server, "workers=3", "max_sessions=3") if not word.startswith("task=")]
    (tmp_path / "tasks.yaml").write_text("tasks:\n  - read_sign\n")
    server.fault_for = lambda number: None if number % 3 else status(500)
    played = run_collector(tmp_path, *batch, "task_file=tasks.yaml", "agent.requests_per_minute=15")
    assert played.returncode == 0, played.stderr
    times = [asked.at for asked in server.received]
    assert len(times) == 27
    assert max(sum(at <= other < at + 60 for other in times) for at in times) == 15

"""The caller: retries, limits, spending, prices and the store around any client."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.agents.calling import PATIENCE_S, Caller
from collector.agents.calls.backoff import FIRST_S, LONGEST_S, backoff_s
from collector.agents.calls.breaker import FAILURES_TO_OPEN
from collector.agents.calls.ledger import MINUTE_S, spent_in
from collector.agents.calls.rules import provider_name
from collector.agents.model_client import PASSING, CallFailure
from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import ConfigError
from collector.records import AgentEvent
from tests.fakes.model_clients import FakeClock, ListedClient, a_failure, a_request, an_answer

FLASH = AgentSettings(kind="gemini", model="gemini-2.5-flash", retries=3)


def a_caller(
    client: ListedClient,
    clock: FakeClock | None = None,
    settings: AgentSettings = FLASH,
    shared: SharedCalling | None = None,
) -> Caller:
    clock = clock or FakeClock()
    return Caller(client, settings, shared, clock=clock, sleep=clock.sleep, random=Random(1))


def kinds(events: tuple[AgentEvent, ...]) -> list[tuple[str, object]]:
    return [(event.kind, event.facts["cause"]) for event in events]


def test_an_answer_comes_with_what_it_took() -> None:
    call = a_caller(ListedClient(an_answer(read=1000, written=100))).call(a_request())
    assert call.completion == an_answer(read=1000, written=100)
    assert (call.failure, call.events, call.out_of_budget) == (None, (), False)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.cached) == (1000, 100, False)
    assert call.usage.cost_usd == pytest.approx(1000 * 0.30e-6 + 100 * 2.50e-6)
    assert call.usage.latency_ms is not None


@pytest.mark.parametrize("kind", sorted(PASSING))
def test_passing_failures_are_tried_again(kind: CallFailure) -> None:
    clock, client = FakeClock(), ListedClient(a_failure(kind), a_failure(kind), an_answer())
    call = a_caller(client, clock).call(a_request())
    assert call.completion == an_answer()
    assert kinds(call.events) == [("retry", kind), ("retry", kind)]
    assert [event.facts["attempt"] for event in call.events] == [1, 2]
    assert [event.facts["wait_s"] for event in call.events] == [round(slept, 3) for slept in clock.slept]


@pytest.mark.parametrize("kind", sorted(set(CallFailure) - PASSING))
def test_lasting_failures_are_not(kind: CallFailure) -> None:
    client = ListedClient(a_failure(kind))
    call = a_caller(client).call(a_request())
    assert call.completion is None and call.failure is not None and call.failure.kind is kind
    assert kinds(call.events) == [("call_failed", kind)]
    assert len(client.requests) == 1


@given(st.integers(0, 4))
def test_retries_are_bounded(retries: int) -> None:
    client = ListedClient(a_failure(CallFailure.NONSENSE))
    call = a_caller(client, settings=dataclasses.replace(FLASH, retries=retries)).call(a_request())
    assert call.failure is not None and call.failure.kind is CallFailure.NONSENSE
    assert len(client.requests) == retries + 1
    assert kinds(call.events)[-1] == ("call_failed", "nonsense")


@given(st.integers(1, 50), st.one_of(st.none(), st.floats(0, 500)), st.integers())
def test_a_wait_doubles_to_a_bound_and_is_never_below_retry_after(
    attempt: int, retry_after_s: float | None, seed: int
) -> None:
    wait_s = backoff_s(attempt, retry_after_s, Random(seed))
    longest = min(LONGEST_S, FIRST_S * 2 ** (attempt - 1))
    if retry_after_s is None:
        assert longest / 2 <= wait_s <= longest
    else:
        assert retry_after_s <= wait_s <= retry_after_s + longest


def test_retry_after_is_obeyed_by_all_who_share_the_file(tmp_path: Path) -> None:
    shared, clock = SharedCalling(calls=tmp_path / "calls.sqlite"), FakeClock()
    impatient = dataclasses.replace(FLASH, retries=0)
    a_caller(ListedClient(a_failure(CallFailure.RATE_LIMITED, 20)), clock, impatient, shared).call(a_request())
    call = a_caller(ListedClient(an_answer()), clock, FLASH, shared).call(a_request())
    assert call.completion is not None
    assert kinds(call.events) == [("wait", "circuit_breaker")]
    assert clock.slept == [20]


def test_a_retry_after_beyond_patience_ends_the_call_at_once() -> None:
    clock, client = FakeClock(), ListedClient(a_failure(CallFailure.RATE_LIMITED, PATIENCE_S + 1))
    call = a_caller(client, clock).call(a_request())
    assert kinds(call.events) == [("call_failed", "rate_limited")]
    assert clock.slept == []


def test_trouble_has_a_total_time() -> None:
    clock, client = FakeClock(), ListedClient(a_failure(CallFailure.UNAVAILABLE))
    call = a_caller(client, clock, dataclasses.replace(FLASH, retries=1000)).call(a_request())
    assert call.failure is not None and call.failure.kind is CallFailure.UNAVAILABLE
    assert sum(clock.slept) <= PATIENCE_S
    assert ("breaker_open", "unavailable") in kinds(call.events)


def test_in_a_storm_the_breaker_keeps_requests_few() -> None:
    clock = FakeClock()
    client = ListedClient(a_failure(CallFailure.UNAVAILABLE))
    caller = a_caller(client, clock, dataclasses.replace(FLASH, retries=0))
    began, asked = clock.now, 0
    while clock.now < began + 600:
        caller.call(a_request())
        asked += 1
    assert len(client.requests) == asked <= FAILURES_TO_OPEN + 4 + 600 / 60


def test_the_minute_s_requests_are_waited_for() -> None:
    clock, times = FakeClock(), []
    client = ListedClient(an_answer(), on_call=lambda: times.append(clock.now))
    caller = a_caller(client, clock, dataclasses.replace(FLASH, requests_per_minute=2))
    calls = [caller.call(a_request()) for _ in range(4)]
    assert [at - times[0] for at in times] == [0, 0, MINUTE_S, MINUTE_S]
    assert [kinds(call.events) for call in calls] == [[], [], [("wait", "requests_per_minute")], []]


def test_retries_too_keep_the_limit() -> None:
    clock, times = FakeClock(), []
    client = ListedClient(a_failure(CallFailure.NONSENSE), on_call=lambda: times.append(clock.now))
    a_caller(client, clock, dataclasses.replace(FLASH, requests_per_minute=1)).call(a_request())
    assert [round(at - times[0]) for at in times] == [0, 61, 122, 183]


def test_a_call_larger_than_the_tokens_a_minute_is_a_bad_request() -> None:
    client = ListedClient(an_answer())
    call = a_caller(client, settings=dataclasses.replace(FLASH, tokens_per_minute=100)).call(a_request())
    assert call.failure is not None and call.failure.kind is CallFailure.BAD_REQUEST
    assert client.requests == []


def test_what_nobody_pays_for_is_given_back_and_what_may_be_billed_is_not(tmp_path: Path) -> None:
    shared = SharedCalling(calls=tmp_path / "calls.sqlite")
    settings = dataclasses.replace(FLASH, retries=0)
    a_caller(ListedClient(a_failure(CallFailure.RATE_LIMITED)), None, settings, shared).call(a_request())
    free = spent_in(tmp_path / "calls.sqlite")
    assert free is not None and (free.calls, free.tokens) == (1, 0)
    a_caller(ListedClient(a_failure(CallFailure.TIMEOUT)), None, settings, shared).call(a_request())
    spent = spent_in(tmp_path / "calls.sqlite")
    assert spent is not None and spent.calls == 2 and spent.tokens > 400 and spent.cost_usd > 400 * 2.5e-6


def test_a_spending_limit_ends_the_session_before_the_call(tmp_path: Path) -> None:
    shared = SharedCalling(calls=tmp_path / "calls.sqlite", max_calls=2)
    client = ListedClient(an_answer())
    caller = a_caller(client, shared=shared)
    calls = [caller.call(a_request()) for _ in range(3)]
    assert [call.out_of_budget for call in calls] == [False, False, True]
    assert kinds(calls[2].events) == [("spending_refused", "spending.max_calls=2")]
    assert len(client.requests) == 2
    assert a_caller(ListedClient(an_answer()), shared=shared).call(a_request()).out_of_budget


def test_money_is_never_above_the_limit(tmp_path: Path) -> None:
    shared = SharedCalling(calls=tmp_path / "calls.sqlite", max_cost_usd=0.003)
    caller = a_caller(ListedClient(an_answer(read=500, written=300)), shared=shared)
    calls = [caller.call(a_request()) for _ in range(10)]
    spent = spent_in(tmp_path / "calls.sqlite")
    assert spent is not None and 0.001 < spent.cost_usd <= 0.003
    assert calls[-1].out_of_budget and not calls[0].out_of_budget


def test_a_model_without_a_price_costs_none_and_is_noted_once() -> None:
    settings = dataclasses.replace(FLASH, model="my-own")
    caller = a_caller(ListedClient(an_answer()), settings=settings)
    first, second = caller.call(a_request()), caller.call(a_request())
    assert first.usage.cost_usd is None
    assert (kinds(first.events), kinds(second.events)) == ([("price_unknown", "my-own")], [])


def test_money_can_be_limited_only_where_it_can_be_counted() -> None:
    with pytest.raises(ConfigError, match="the price list has no 'my-own'"):
        a_caller(
            ListedClient(an_answer()),
            settings=dataclasses.replace(FLASH, model="my-own"),
            shared=SharedCalling(max_cost_usd=1.0),
        )


def test_an_answer_is_asked_for_once(tmp_path: Path) -> None:
    shared, settings = SharedCalling(store=tmp_path / "store"), dataclasses.replace(FLASH, cache="read")
    client = ListedClient(an_answer("one"), an_answer("two"))
    first = a_caller(client, settings=settings, shared=shared).call(a_request())
    caller = a_caller(client, settings=settings, shared=shared)
    second, other = caller.call(a_request()), caller.call(a_request("Something else?"))
    assert len(client.requests) == 2
    assert second.completion == first.completion != other.completion
    assert (first.usage.cached, second.usage.cached, other.usage.cached) == (False, True, False)
    assert (second.usage.input_tokens, second.usage.cost_usd) == (first.usage.input_tokens, 0.0)


def test_a_replay_asks_nothing_and_names_the_step_it_lacks(tmp_path: Path) -> None:
    shared, client = SharedCalling(store=tmp_path / "store"), ListedClient(an_answer())
    a_caller(client, settings=dataclasses.replace(FLASH, cache="read"), shared=shared).call(a_request())
    caller = a_caller(client, settings=dataclasses.replace(FLASH, cache="replay"), shared=shared)
    assert caller.call(a_request(), step=1).completion == an_answer()
    missing = caller.call(a_request("Something else?"), step=2)
    assert missing.failure is not None and missing.failure.kind is CallFailure.BAD_REQUEST
    assert "no answer for step 2" in str(missing.failure)
    assert len(client.requests) == 1


def test_failures_are_not_kept(tmp_path: Path) -> None:
    shared, settings = SharedCalling(store=tmp_path / "store"), dataclasses.replace(FLASH, cache="read")
    client = ListedClient(a_failure(CallFailure.BLOCKED), an_answer())
    caller = a_caller(client, settings=settings, shared=shared)
    assert caller.call(a_request()).completion is None
    assert caller.call(a_request()).completion == an_answer()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cache": "sometimes"}, "there are off, read, replay"),
        ({"cache": "read"}, "needs a response store"),
        ({"retries": -1}, "agent.retries=-1"),
        ({"requests_per_minute": 0}, "agent.requests_per_minute=0"),
    ],
)
def test_settings_that_cannot_be_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        a_caller(ListedClient(an_answer()), settings=dataclasses.replace(FLASH, **change))


def test_limits_are_counted_by_host_and_model_without_what_else_an_address_holds() -> None:
    settings = AgentSettings(kind="openai", model="m", base_url="http://user:word@host:81/v1?key=hidden")
    assert provider_name(settings) == "openai host:81 m"


def test_a_stopped_session_gives_its_booking_back(tmp_path: Path) -> None:
    shared = SharedCalling(calls=tmp_path / "calls.sqlite")

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    settings = dataclasses.replace(FLASH, requests_per_minute=1)
    caller = Caller(ListedClient(an_answer()), settings, shared, clock=FakeClock(), sleep=stop)
    caller.call(a_request())
    with pytest.raises(KeyboardInterrupt):
        caller.call(a_request())
    spent = spent_in(tmp_path / "calls.sqlite")
    assert spent is not None and spent.calls == 1


def test_closing_closes_the_client() -> None:
    client = ListedClient(an_answer())
    a_caller(client).close()
    assert client.closed

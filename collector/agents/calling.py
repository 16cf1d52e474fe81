"""Calling a model with care: around any client, a call that comes back with a completion or one clear failure.

In this order: the response store; leave from the ledger, which keeps the provider's limits and the spending limits for
all processes; the circuit breaker; the call; if it failed for a passing reason, a wait and another try; what it took
into the ledger; the answer into the store. docs/calling.md describes it for users.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from collector.agents.calls.backoff import backoff_s
from collector.agents.calls.breaker import CircuitBreaker, Entry
from collector.agents.calls.errand import Call, Errand, Refused
from collector.agents.calls.ledger import Booking, CallLedger, Limits, NothingLeft, Spending, TooLarge
from collector.agents.calls.prices import input_estimate, read_prices, text_estimate
from collector.agents.calls.response_store import ResponseStore
from collector.agents.calls.rules import check_settings, provider_name
from collector.agents.calls.shared_file import SharedFile
from collector.agents.model_client import (
    PASSING,
    CallFailure,
    Completion,
    ModelCallError,
    ModelClient,
    ModelRequest,
)
from collector.agents.settings import AgentSettings, SharedCalling
from collector.command_line import sleep_unless_interrupted
from collector.errors import ConfigError
from collector.records import AgentEvent, Usage

__all__ = ["Call", "Caller"]

PATIENCE_S: Final = 600.0
"""Longest trouble over one question: its failed tries and the waits after them, but not the limits' waits."""
_UNBILLED: Final = frozenset(
    {CallFailure.RATE_LIMITED, CallFailure.UNAVAILABLE, CallFailure.REFUSED, CallFailure.BAD_REQUEST}
)
"""Failures for which nobody pays; of the others a server may have done the work."""
_NO_ANSWER: Final = frozenset({CallFailure.UNAVAILABLE, CallFailure.TIMEOUT, CallFailure.DROPPED})
"""Failures that the circuit breaker counts."""


class Caller:
    """Asks a client. One instance serves one session; what it shares with other sessions is in `shared`."""

    def __init__(
        self,
        client: ModelClient,
        settings: AgentSettings,
        shared: SharedCalling | None = None,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = sleep_unless_interrupted,
        random: Random | None = None,
    ) -> None:
        """`shared` is what all sessions of a runs directory share; None shares nothing. ConfigError on bad settings."""
        shared = shared or SharedCalling()
        check_settings(settings, shared)
        self._client = client
        self._settings = settings
        self._clock, self._sleep, self._random = clock, sleep, random or Random()
        self._prices = read_prices(shared.prices)
        self._price = self._prices.price(settings.model)
        self._price_is_noted = self._price is not None
        if shared.max_cost_usd is not None and self._price is None:
            raise ConfigError(
                f"spending.max_cost_usd={shared.max_cost_usd:g}: the price list has no {settings.model!r}, so money "
                "can't be counted; add it to a list of your own (prices=PATH), or limit spending.max_tokens"
            )
        keeps_answers = settings.cache != "off" and shared.store is not None
        self._store = ResponseStore(shared.store) if keeps_answers and shared.store is not None else None
        self._shared_file = SharedFile(shared.calls)
        provider = provider_name(settings)
        self._ledger = CallLedger(
            self._shared_file,
            provider,
            Limits(
                requests_per_minute=settings.requests_per_minute,
                tokens_per_minute=settings.tokens_per_minute,
                requests_per_day=settings.requests_per_day,
            ),
            Spending(max_calls=shared.max_calls, max_tokens=shared.max_tokens, max_cost_usd=shared.max_cost_usd),
        )
        self._breaker = CircuitBreaker(self._shared_file, provider)

    def call(self, request: ModelRequest, *, step: int | None = None) -> Call:
        """Ask until there is an answer or a lasting failure; never raises ModelCallError: it is in the answer.

        `step` is named if a replay lacks the answer.
        """
        if self._store is None:
            return self._ask(request)
        key = request.key()
        kept = self._store.read(key)
        if kept is not None:
            return Call(completion=kept, failure=None, usage=self._usage(kept, 0.0, cached=True))
        if self._settings.cache == "replay":
            return self._missing(self._store, key, step)
        call = self._ask(request)
        if call.completion is None:
            return call
        return replace(call, completion=self._store.keep(key, request.model, call.completion))

    def close(self) -> None:
        """Let go of the client and the shared file."""
        self._client.close()
        self._shared_file.close()

    def _ask(self, request: ModelRequest) -> Call:
        tokens = input_estimate(request, self._price)
        cost = 0.0 if self._price is None else self._price.cost(tokens, request.max_output_tokens)
        errand = Errand(request, tokens + request.max_output_tokens, cost)
        try:
            while True:
                booking, entry = self._admit(errand)
                call = self._try(errand, booking, entry)
                if call is not None:
                    return call
                errand.attempt += 1
        except Refused as refused:
            return errand.failed(refused.failure, out_of_budget=refused.out_of_budget)

    def _admit(self, errand: Errand) -> tuple[Booking, Entry]:
        """Wait for leave to call: the breaker's and the limits'."""
        while True:
            self._sit_out(errand, self._breaker.held_s(self._clock()))
            booking = self._book(errand)
            wait_s = booking.at - self._clock()
            if wait_s > 0:
                errand.note("wait", booking.cause or "limits", wait_s)
                self._rest(booking, wait_s)
            entry = self._breaker.enter(self._clock(), errand.request.timeout_s)
            if not entry.wait_s:
                return booking, entry
            self._ledger.cancel(booking)
            self._sit_out(errand, entry.wait_s)

    def _book(self, errand: Errand) -> Booking:
        try:
            return self._ledger.book(self._clock(), errand.reserved_tokens, errand.reserved_cost)
        except NothingLeft as reason:
            errand.note("spending_refused", str(reason).partition(":")[0], detail=str(reason))
            raise Refused(ModelCallError(CallFailure.REFUSED, str(reason)), out_of_budget=True) from reason
        except TooLarge as reason:
            errand.note("call_failed", "tokens_per_minute", detail=str(reason))
            raise Refused(ModelCallError(CallFailure.BAD_REQUEST, str(reason))) from reason

    def _rest(self, booking: Booking, wait_s: float) -> None:
        """Wait for the booked time; a session that is stopped meanwhile gives its booking back."""
        try:
            self._sleep(wait_s)
        except BaseException:
            self._ledger.cancel(booking)
            raise

    def _sit_out(self, errand: Errand, wait_s: float) -> None:
        """Wait with everybody else until the provider is asked again."""
        if wait_s <= 0:
            return
        if errand.trouble_s + wait_s > PATIENCE_S:
            errand.note("call_failed", "circuit_breaker", wait_s)
            message = f"{errand.request.model}: calls are held up for {wait_s:.0f} s more, because the last ones failed"
            raise Refused(ModelCallError(CallFailure.UNAVAILABLE, message))
        errand.note("wait", "circuit_breaker", wait_s)
        errand.trouble_s += wait_s
        self._sleep(wait_s)

    def _try(self, errand: Errand, booking: Booking, entry: Entry) -> Call | None:
        """Call once; None if it is to be tried again, after the wait for that."""
        began = time.monotonic()
        try:
            completion = self._client.complete(errand.request)
        except ModelCallError as failure:
            took_s = time.monotonic() - began
            if failure.kind in _UNBILLED:
                self._ledger.settle(booking, 0, 0.0)
            self._tell_breaker(errand, entry, failure)
            return self._after_failure(errand, failure, took_s)
        took_s = time.monotonic() - began
        self._settle(errand, booking, completion)
        self._breaker.answered(entry)
        self._note_price(errand)
        usage = self._usage(completion, took_s)
        return Call(completion=completion, failure=None, usage=usage, events=tuple(errand.events))

    def _after_failure(self, errand: Errand, failure: ModelCallError, took_s: float) -> Call | None:
        wait_s = backoff_s(errand.attempt, failure.retry_after_s, self._random)
        errand.trouble_s += took_s
        is_worth_it = failure.kind in PASSING and errand.attempt <= self._settings.retries
        if not is_worth_it or errand.trouble_s + wait_s > PATIENCE_S:
            errand.note("call_failed", str(failure.kind), detail=str(failure))
            return errand.failed(failure, took_s)
        errand.note("retry", str(failure.kind), wait_s, str(failure))
        errand.trouble_s += wait_s
        self._sleep(wait_s)
        return None

    def _tell_breaker(self, errand: Errand, entry: Entry, failure: ModelCallError) -> None:
        now = self._clock()
        if failure.kind not in _NO_ANSWER:
            self._breaker.answered(entry)
        elif (pause_s := self._breaker.failed(now, entry)) is not None:
            errand.note("breaker_open", str(failure.kind), pause_s)
        if failure.retry_after_s is not None and failure.kind in PASSING:
            self._breaker.hold(now, min(failure.retry_after_s, PATIENCE_S))

    def _settle(self, errand: Errand, booking: Booking, completion: Completion) -> None:
        """Put what the call took in place of what was reserved; where the provider does not say, an estimate."""
        read, written = completion.input_tokens, completion.output_tokens
        read = errand.reserved_tokens - errand.request.max_output_tokens if read is None else read
        written = text_estimate(completion.text) if written is None else written
        self._ledger.settle(booking, read + written, 0.0 if self._price is None else self._price.cost(read, written))

    def _usage(self, completion: Completion, took_s: float, *, cached: bool = False) -> Usage:
        """Usage of an answer; one from the store keeps the tokens it once took and costs nothing."""
        read, written = completion.input_tokens, completion.output_tokens
        cost = None
        if self._price is not None and read is not None and written is not None:
            cost = 0.0 if cached else self._price.cost(read, written)
        return Usage(latency_ms=took_s * 1000, input_tokens=read, output_tokens=written, cost_usd=cost, cached=cached)

    def _note_price(self, errand: Errand) -> None:
        """Say once a session that the model has no price."""
        if not self._price_is_noted:
            self._price_is_noted = True
            errand.note("price_unknown", str(self._settings.model))

    def _missing(self, store: ResponseStore, key: str, step: int | None) -> Call:
        where = "this question" if step is None else f"step {step}"
        failure = ModelCallError(
            CallFailure.BAD_REQUEST,
            f"agent.cache=replay: the response store has no answer for {where} ({store.path(key)}); the prompt, the "
            "pictures or the settings differ from the run that filled it. agent.cache=read asks for what is missing",
        )
        facts = {"cause": "not_in_store", "step_asked": step}
        event = AgentEvent(kind="call_failed", facts=facts)
        return Call(completion=None, failure=failure, usage=Usage(), events=(event,))

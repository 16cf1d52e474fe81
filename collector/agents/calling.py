"""Calling a model with care: around any client, a call that comes back with a completion or one clear failure."""

from __future__ import annotations

import time
from dataclasses import dataclass

from collector.agents.model_client import Completion, ModelCallError, ModelClient, ModelRequest
from collector.agents.settings import AgentSettings, SharedCalling
from collector.records import AgentEvent, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What came of one question: a completion, or the failure that stood after all retries."""

    completion: Completion | None
    """The answer; None if the call failed for good."""
    failure: ModelCallError | None
    """Why there is no answer; None if there is one."""
    out_of_budget: bool = False
    """A spending limit kept the call back: the session ends."""
    usage: Usage
    """What it took: wall time, tokens, money; whether it came from the response store."""
    events: tuple[AgentEvent, ...] = ()
    """Retries, waits, refusals on the way."""


class Caller:
    """Asks a client. One instance serves one session; what it shares with other sessions is in `shared`."""

    def __init__(self, client: ModelClient, settings: AgentSettings, shared: SharedCalling | None = None) -> None:
        """`shared` is what all sessions of a runs directory share; None shares nothing."""
        self._client = client
        self._settings = settings
        self._shared = shared

    def call(self, request: ModelRequest) -> Call:
        """Ask once; never raises ModelCallError: it is in the answer."""
        began = time.monotonic()
        try:
            completion = self._client.complete(request)
        except ModelCallError as failure:
            return Call(completion=None, failure=failure, usage=Usage(latency_ms=_since(began)))
        usage = Usage(
            latency_ms=_since(began), input_tokens=completion.input_tokens, output_tokens=completion.output_tokens
        )
        return Call(completion=completion, failure=None, usage=usage)

    def close(self) -> None:
        """Let go of the client."""
        self._client.close()


def _since(began: float) -> float:
    return (time.monotonic() - began) * 1000

"""One question on its way to a model, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from collector.agents.model_client import Completion, ModelCallError, ModelRequest
from collector.records import AgentEvent, Usage

_DETAIL: Final = 200
"""Letters of a failure's message that an event keeps."""


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
    """What it took: wall time of the try that answered, tokens, money; whether it came from the response store."""
    events: tuple[AgentEvent, ...] = ()
    """Retries, waits, refusals on the way."""


@dataclass(slots=True)
class Errand:
    """One question on its way."""

    request: ModelRequest
    reserved_tokens: int
    reserved_cost: float
    attempt: int = 1
    trouble_s: float = 0.0
    events: list[AgentEvent] = field(default_factory=list)

    def note(self, kind: str, cause: str, wait_s: float | None = None, detail: str | None = None) -> None:
        """Keep an event."""
        facts: dict[str, str | int | float | bool | None] = {"cause": cause, "attempt": self.attempt}
        if wait_s is not None:
            facts["wait_s"] = round(wait_s, 3)
        if detail is not None:
            facts["detail"] = detail[:_DETAIL]
        self.events.append(AgentEvent(kind=kind, facts=facts))

    def failed(self, failure: ModelCallError, latency_s: float | None = None, *, out_of_budget: bool = False) -> Call:
        """The call that it comes to."""
        return Call(
            completion=None,
            failure=failure,
            out_of_budget=out_of_budget,
            usage=Usage(latency_ms=None if latency_s is None else latency_s * 1000),
            events=tuple(self.events),
        )


class Refused(Exception):
    """The question isn't asked, or not again."""

    def __init__(self, failure: ModelCallError, *, out_of_budget: bool = False) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.out_of_budget = out_of_budget

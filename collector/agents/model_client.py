"""The seam between an agent and a model's provider: one request in, one completion or one clear failure out.

    ModelCallError
    └── its `kind` says why: see CallFailure

A client speaks one provider's protocol and maps its errors once. It makes exactly one call: retries, limits, prices
and the response store are collector/agents/calling.py's, around any client.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from collector.errors import AgentError
from collector.prompts import Message
from collector.records import Png


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One call: everything that decides its answer."""

    model: str
    """The model's name at its provider."""
    messages: tuple[Message, ...]
    """As `render_prompt` makes them; image parts stand for `images` in order."""
    images: tuple[Png, ...]
    """The pictures, oldest first."""
    schema: Mapping[str, Any] | None
    """JSON schema of the reply; None if the server isn't told one."""
    temperature: float | None
    """Sampling temperature; None if the model takes none."""
    max_output_tokens: int
    """Tokens the answer may have."""
    seed: int | None
    """Sampling seed, for servers that take one."""
    timeout_s: float
    """Longest wait."""

    def key(self) -> str:
        """Hex digest over all of it but the wait: equal requests have equal keys, on any machine."""
        plain = [self.model, list(self.messages), self.schema, self.temperature, self.max_output_tokens, self.seed]
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace"))
        for image in self.images:
            digest.update(hashlib.sha256(image).digest())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a model answered."""

    text: str
    """As it came."""
    finish_reason: str
    """The provider's word for why it ended: stop, length ..."""
    input_tokens: int | None
    """Tokens read; None if the provider gave none."""
    output_tokens: int | None
    """Tokens written; None if the provider gave none."""


class CallFailure(StrEnum):
    """Why a call brought no completion."""

    RATE_LIMITED = "rate_limited"
    """429: asked too often."""
    UNAVAILABLE = "unavailable"
    """5xx: the server can't now."""
    TIMEOUT = "timeout"
    """No complete answer in time."""
    DROPPED = "dropped"
    """The connection ended before the answer did, or none came about."""
    REFUSED = "refused"
    """401 or 403: the key is missing, wrong or not allowed."""
    BAD_REQUEST = "bad_request"
    """Any other 4xx: this request can't be answered."""
    BLOCKED = "blocked"
    """A safety filter kept the question or the answer back."""
    EMPTY = "empty"
    """An answer without text."""
    NONSENSE = "nonsense"
    """An answer that is not the provider's protocol, or far too large."""


PASSING: Final = frozenset(
    {CallFailure.RATE_LIMITED, CallFailure.UNAVAILABLE, CallFailure.TIMEOUT, CallFailure.DROPPED, CallFailure.NONSENSE}
)
"""Failures that may not come again: the call is worth another try."""


class ModelCallError(AgentError):
    """A call that brought no completion."""

    def __init__(self, kind: CallFailure, message: str, *, retry_after_s: float | None = None) -> None:
        """`message` never holds a key; `retry_after_s` is how long the server asked to wait, if it did."""
        super().__init__(message)
        self.kind = kind
        self.retry_after_s = retry_after_s


class ModelClient(Protocol):
    """A provider's protocol."""

    def complete(self, request: ModelRequest) -> Completion:
        """Make one call; ModelCallError if it brings no completion."""

    def close(self) -> None:
        """Let go of connections."""

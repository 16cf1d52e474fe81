"""Gemini through google-genai, the SDK that Google maintains.

The SDK's own retries are off, which is its default: collector/agents/calling.py makes them. The client object stays
referenced, because its destructor closes the connections of a call under way.
"""

from __future__ import annotations

from typing import Any

from collector.agents.gemini_protocol import (
    check_structured,
    completion_of,
    contents_of,
    generation_config,
    missing_extra,
)
from collector.agents.http_failures import MAX_REPLY_BYTES, failure_of_status, timed_out, within
from collector.agents.keys import checked_address, without_key
from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelRequest
from collector.agents.settings import AgentSettings


class GoogleGenAIClient:
    """A client of Google's API, or of a stand-in at `base_url`."""

    def __init__(self, settings: AgentSettings, key: str | None) -> None:
        """Import the SDK; ConfigError names what is missing. Nothing is connected yet."""
        check_structured(settings.structured)
        self._settings = settings
        self._address = None if settings.base_url is None else checked_address(settings.base_url)
        self._key = key
        try:
            from google import genai  # noqa: F401
        except ImportError as error:
            raise missing_extra(error) from error
        self._client = self._connected()

    def complete(self, request: ModelRequest) -> Completion:
        """Make one call."""
        client = self._client
        answer = within(request.timeout_s, lambda: self._generate(client, request), self._reconnect)
        candidate = answer.candidates[0] if answer.candidates else None
        parts = (candidate.content.parts or []) if candidate is not None and candidate.content is not None else []
        text = "".join(part.text for part in parts if part.text and not part.thought)
        if len(text) > MAX_REPLY_BYTES:
            raise ModelCallError(CallFailure.NONSENSE, f"the answer is longer than {MAX_REPLY_BYTES:,} letters")
        feedback, usage = answer.prompt_feedback, answer.usage_metadata
        return completion_of(
            text=without_key(text, self._key),
            finish=_name(candidate.finish_reason if candidate is not None else None),
            block=_name(feedback.block_reason if feedback is not None else None),
            tokens=(None, None) if usage is None else (usage.prompt_token_count, _written(usage)),
            candidates=len(answer.candidates or ()),
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _connected(self) -> Any:
        from google import genai
        from google.genai import types

        options = types.HttpOptions(
            base_url=self._address,
            api_version="v1beta",
            timeout=int(self._settings.timeout_s * 1000),
        )
        return genai.Client(api_key=self._key or "none", vertexai=False, http_options=options)

    def _reconnect(self) -> None:
        """Leave the connections of a call that took too long."""
        self._client.close()
        self._client = self._connected()

    def _generate(self, client: Any, request: ModelRequest) -> Any:
        """The SDK's answer; its errors become ModelCallError here."""
        import httpx2
        from google.genai import errors, types

        system, turns = contents_of(request)
        shape = generation_config(request, self._settings.structured, ordered=True)
        config = types.GenerateContentConfig(system_instruction=system, seed=request.seed, **shape)
        try:
            return client.models.generate_content(model=request.model, contents=turns, config=config)
        except errors.APIError as error:
            headers = getattr(error.response, "headers", None) or {}
            words, details = without_key(str(error.message or ""), self._key), str(error.details)
            raise failure_of_status(error.code, words, headers.get("retry-after"), details) from None
        except httpx2.TimeoutException:
            raise timed_out(request.timeout_s) from None
        except httpx2.HTTPError as error:
            said = without_key(str(error) or type(error).__name__, self._key)
            raise ModelCallError(CallFailure.DROPPED, f"the connection brought no answer ({said})") from None
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            said = without_key(" ".join(str(error).split())[:200], self._key)
            raise ModelCallError(CallFailure.NONSENSE, f"the answer is not Gemini's protocol: {said}") from None


def _name(value: Any) -> str:
    """An enum's name; empty for none and for those that only say that nothing is said."""
    name = "" if value is None else str(getattr(value, "name", value))
    return "" if name.endswith("UNSPECIFIED") else name


def _written(usage: Any) -> int | None:
    """Tokens of answer and thinking, both of which are paid for."""
    counts = [usage.candidates_token_count, usage.thoughts_token_count]
    return None if counts == [None, None] else sum(count or 0 for count in counts)

"""Gemini through google-generativeai, over REST.

The SDK's own retries go on for minutes whatever its timeout says: they are off, collector/agents/calling.py makes them.
Pictures go as PNG bytes, because the SDK turns picture objects into WebP. The warnings it prints when it is imported
(its support has ended) are in docs/agents.md instead.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, Final

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

_REQUEST_LINE: Final = re.compile(r"^POST \S+: ")
"""What the SDK puts before a server's words."""


class GeminiClient:
    """A client of Google's API, or of a stand-in at `base_url`."""

    def __init__(self, settings: AgentSettings, key: str | None) -> None:
        """Import the SDK; ConfigError names what is missing. Nothing is connected yet."""
        check_structured(settings.structured)
        self._structured = settings.structured
        self._address = None if settings.base_url is None else checked_address(settings.base_url)
        self._key = key
        self._sdk = _imported_sdk()
        self._configure()

    def complete(self, request: ModelRequest) -> Completion:
        """Make one call."""
        answer = within(request.timeout_s, lambda: self._generate(request), self._configure)
        candidate = answer.candidates[0] if answer.candidates else None
        text = "".join(part.text for part in candidate.content.parts) if candidate is not None else ""
        if len(text) > MAX_REPLY_BYTES:
            raise ModelCallError(CallFailure.NONSENSE, f"the answer is longer than {MAX_REPLY_BYTES:,} letters")
        usage = answer.usage_metadata
        counted = bool(usage.total_token_count or usage.prompt_token_count)
        return completion_of(
            text=without_key(text, self._key),
            finish=_name(candidate.finish_reason) if candidate is not None else "",
            block=_name(answer.prompt_feedback.block_reason),
            tokens=(usage.prompt_token_count, _written(usage)) if counted else (None, None),
            candidates=len(answer.candidates),
        )

    def close(self) -> None:
        """Nothing is held: the SDK's client belongs to its module."""

    def _configure(self) -> None:
        """Make the SDK's clients anew; their settings belong to its module."""
        options = {} if self._address is None else {"client_options": {"api_endpoint": self._address}}
        self._sdk.configure(api_key=self._key or "none", transport="rest", **options)

    def _generate(self, request: ModelRequest) -> Any:
        """The SDK's answer; its errors become ModelCallError here."""
        import requests
        from google.api_core.exceptions import GoogleAPICallError
        from google.protobuf.json_format import ParseError

        system, turns = contents_of(request)
        model = self._sdk.GenerativeModel(request.model, system_instruction=system or None)
        try:
            return model.generate_content(
                turns,
                generation_config=generation_config(request, self._structured, ordered=False),
                request_options={"timeout": request.timeout_s, "retry": None},
            )
        except GoogleAPICallError as error:
            headers = getattr(error.response, "headers", None) or {}
            words = without_key(_REQUEST_LINE.sub("", error.message), self._key)
            details = f"{error.message} {list(error.details)}"
            raise failure_of_status(int(error.code or 500), words, headers.get("retry-after"), details) from None
        except requests.exceptions.Timeout:
            raise timed_out(request.timeout_s) from None
        except requests.exceptions.RequestException as error:
            said = without_key(" ".join(str(error).split())[:200], self._key)
            raise ModelCallError(CallFailure.DROPPED, f"the connection brought no answer ({said})") from None
        except (ParseError, ValueError, TypeError, AttributeError, LookupError) as error:
            said = without_key(" ".join(str(error).split())[:200], self._key)
            raise ModelCallError(CallFailure.NONSENSE, f"the answer is not Gemini's protocol: {said}") from None


def _imported_sdk() -> Any:
    """The SDK's module, imported without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import google.generativeai as sdk
        except ImportError as error:
            raise missing_extra(error) from error
    return sdk


def _name(value: Any) -> str:
    """An enum's name; empty for those that only say that nothing is said."""
    name = str(getattr(value, "name", value))
    return "" if name.endswith("UNSPECIFIED") or name == "0" else name


def _written(usage: Any) -> int:
    """Tokens of answer and thinking: what the total has beyond the question, where it is given."""
    return int(max(usage.candidates_token_count, usage.total_token_count - usage.prompt_token_count))

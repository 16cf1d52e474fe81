"""Any server with /v1/chat/completions: vLLM, llama.cpp, Ollama, OpenAI, Mistral, OpenRouter ...

One HTTP call a completion. Pictures travel as data URIs. The shape of the reply is told as `structured` says; what a
server makes of it is read tolerantly elsewhere.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx

from collector.agents.http_failures import MAX_REPLY_BYTES, failure_of_status, timed_out, within
from collector.agents.keys import checked_address, without_key
from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelRequest
from collector.agents.settings import AgentSettings
from collector.errors import ConfigError
from collector.prompts import Message
from collector.records import Png

STRUCTURED: Final = ("json_schema", "json_object", "none")
"""How a server can be told the reply's shape."""


class OpenAIChatClient:
    """A client of one server."""

    def __init__(self, settings: AgentSettings, key: str | None) -> None:
        """Nothing is connected yet; ConfigError names the setting that is wrong."""
        if settings.base_url is None:
            raise ConfigError("agent.base_url: where is the server? e.g. http://127.0.0.1:8000/v1")
        if settings.structured not in STRUCTURED:
            raise ConfigError(f"agent.structured={settings.structured}: expected {', '.join(STRUCTURED)}")
        self._url = checked_address(settings.base_url) + "/chat/completions"
        self._key = key
        self._settings = settings
        self._client = self._connected()

    def complete(self, request: ModelRequest) -> Completion:
        """Make one call."""
        body = self._body(request)
        status, retry_after, answer = within(
            request.timeout_s, lambda: self._post(body, request.timeout_s), self._reconnect
        )
        words = without_key(answer.decode("utf-8", "replace"), self._key)
        if status != 200:
            raise failure_of_status(status, _said(words), retry_after, details=words)
        return _completion(words)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _connected(self) -> httpx.Client:
        headers = {} if self._key is None else {"Authorization": f"Bearer {self._key}"}
        return httpx.Client(headers=headers, follow_redirects=False, trust_env=_is_remote(self._url))

    def _reconnect(self) -> None:
        """Leave the connections of a call that took too long."""
        self._client.close()
        self._client = self._connected()

    def _post(self, body: dict[str, Any], timeout_s: float) -> tuple[int, str | None, bytes]:
        """Status, Retry-After and body of the answer, read against one deadline and one cap."""
        deadline = time.monotonic() + timeout_s
        try:
            with self._client.stream("POST", self._url, json=body, timeout=timeout_s) as response:
                answer = _read(response.iter_bytes(), deadline, timeout_s)
                return response.status_code, response.headers.get("retry-after"), answer
        except httpx.TimeoutException:
            raise timed_out(timeout_s) from None
        except httpx.DecodingError as error:
            raise ModelCallError(CallFailure.NONSENSE, f"the answer can't be decoded ({error})") from None
        except httpx.HTTPError as error:
            said = without_key(str(error) or type(error).__name__, self._key)
            raise ModelCallError(
                CallFailure.DROPPED, f"{self._url}: the connection brought no answer ({said}); is the server up?"
            ) from None

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": request.model,
            "messages": list(_messages(request.messages, request.images)),
            self._settings.output_tokens_name: request.max_output_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.seed is not None and self._settings.seed_name is not None:
            body[self._settings.seed_name] = request.seed
        if self._settings.structured == "json_object":
            body["response_format"] = {"type": "json_object"}
        elif self._settings.structured == "json_schema" and request.schema is not None:
            schema = {"name": "reply", "strict": True, "schema": request.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body


def _is_remote(url: str) -> bool:
    """Whether proxies of the environment are asked; a server on this machine never is reached through one."""
    return httpx.URL(url).host not in ("127.0.0.1", "localhost", "::1")


def _read(chunks: Iterator[bytes], deadline: float, timeout_s: float) -> bytes:
    answer = bytearray()
    for chunk in chunks:
        answer += chunk
        if len(answer) > MAX_REPLY_BYTES:
            raise ModelCallError(
                CallFailure.NONSENSE, f"the answer is longer than {MAX_REPLY_BYTES:,} bytes; it was not read to its end"
            )
        if time.monotonic() > deadline:
            raise timed_out(timeout_s)
    return bytes(answer)


def _messages(messages: tuple[Message, ...], images: tuple[Png, ...]) -> Iterator[dict[str, Any]]:
    """The messages as the protocol has them: pictures as parts of a user message, any other content as one text."""
    pictures = iter(images)
    for message in messages:
        parts = message["content"]
        if message["role"] != "user":
            yield {"role": message["role"], "content": "".join(part["text"] for part in parts)}
            continue
        yield {
            "role": "user",
            "content": [
                {"type": "text", "text": part["text"]} if part["type"] == "text" else _image_part(next(pictures))
                for part in parts
            ],
        }


def _image_part(png: Png) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{base64.b64encode(png).decode()}"}}


def _completion(words: str) -> Completion:
    """The completion in an answer's body; ModelCallError if there is none."""
    try:
        answer = json.loads(words)
        choice = answer["choices"][0]
        message, finish = choice["message"], str(choice.get("finish_reason") or "")
        usage = answer.get("usage") or {}
        text = _text_of(message.get("content"))
        refusal = message.get("refusal")
        tokens = [_count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        told = " ".join(words[:200].split())
        raise ModelCallError(CallFailure.NONSENSE, f"the answer is no chat completion: {told!r}") from None
    if refusal or finish == "content_filter":
        raise ModelCallError(CallFailure.BLOCKED, f"the provider kept its answer back: {refusal or finish}")
    if not text.strip():
        raise ModelCallError(CallFailure.EMPTY, f"the answer holds no text; finish_reason is {finish or 'not given'}")
    return Completion(text=text, finish_reason=finish, input_tokens=tokens[0], output_tokens=tokens[1])


def _said(words: str) -> str:
    """The message in an error's body; all of it if it has none."""
    try:
        answer = json.loads(words)
        error = answer.get("error", answer)
        message = error.get("message") if isinstance(error, dict) else error
        code = f" ({error['code']})" if isinstance(error, dict) and isinstance(error.get("code"), str) else ""
    except (ValueError, AttributeError, RecursionError):
        return words
    return f"{message}{code}" if isinstance(message, str) and message else words


def _text_of(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part["text"] for part in content if part.get("type") == "text")
    if content is not None and not isinstance(content, str):
        raise TypeError(f"content is {type(content).__name__}")
    return content or ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

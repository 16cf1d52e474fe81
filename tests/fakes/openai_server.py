"""An OpenAI-compatible server of our own on loopback: /v1/chat/completions with pictures as data URIs, and usage.

The shapes of requests, answers and errors are those of the chat completions API as vLLM and OpenAI serve it.
"""

from __future__ import annotations

import base64
import time
from typing import Any

from tests.fakes.model_server import Answer, Asked, Fault, ModelHandler, ModelServer

_DATA = "data:image/png;base64,"


class OpenAIHandler(ModelHandler):
    """One connection."""

    def read_request(self, raw: Any) -> Asked | None:
        if self.path != "/v1/chat/completions":
            return None
        texts, pictures, system = [], [], ""
        for message in raw["messages"]:
            content = message["content"]
            parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
            for part in parts:
                if part["type"] == "image_url":
                    url = part["image_url"]["url"]
                    assert url.startswith(_DATA)
                    pictures.append(base64.b64decode(url.removeprefix(_DATA), validate=True))
                elif message["role"] == "system":
                    system += part["text"]
                else:
                    texts.append(part["text"])
        return Asked(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=raw,
            system=system,
            texts=tuple(texts),
            pictures=tuple(pictures),
            at=time.monotonic(),
        )

    def answer(self, text: str, asked: Asked) -> Any:
        return completion(asked.body["model"], {"role": "assistant", "content": text, "refusal": None}, "stop", text)

    def refusal(self, status: int, words: str) -> Any:
        return {"error": {"message": words, "type": "error", "param": None, "code": status}}


def completion(model: str, message: dict[str, Any], finish: str, text: str) -> dict[str, Any]:
    """The body of a 200."""
    return {
        "id": "chatcmpl-loopback",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 300, "completion_tokens": len(text) // 4, "total_tokens": 300 + len(text) // 4},
    }


class OpenAIServer(ModelServer):
    """The server."""

    handler = OpenAIHandler

    @property
    def base_url(self) -> str:
        """What agent.base_url is set to."""
        return f"{self.address}/v1"

    @staticmethod
    def empty() -> Fault:
        """An answer without text."""
        return _message({"role": "assistant", "content": None}, "length")

    @staticmethod
    def blocked() -> Fault:
        """An answer that a filter kept back."""
        return _message({"role": "assistant", "content": None, "refusal": "I can't help with that."}, "content_filter")


def _message(message: dict[str, Any], finish: str) -> Fault:
    def send(handler: ModelHandler, answer: Answer) -> None:
        handler.send_json(completion("m", message, finish, ""))

    return send

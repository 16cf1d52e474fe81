"""A Gemini API of our own on loopback, for both Google SDKs.

They differ in the version of the path, in the case of keys, and in whether enums travel as numbers (which the older
one asks for in its query) or as names; the server reads both and answers each in its own way.
"""

from __future__ import annotations

import base64
import re
import time
from typing import Any, Final

from tests.fakes.model_server import Answer, Asked, Fault, ModelHandler, ModelServer

_PATH: Final = re.compile(r"/(v1|v1beta)/models/(?P<model>[^/:]+):generateContent(\?.*)?")
_FINISH: Final = {"STOP": 1, "MAX_TOKENS": 2, "SAFETY": 3}
_BLOCK: Final = {"SAFETY": 1, "OTHER": 2}
_TYPES: Final = {1: "STRING", 2: "NUMBER", 3: "INTEGER", 4: "BOOLEAN", 5: "ARRAY", 6: "OBJECT"}


class GeminiHandler(ModelHandler):
    """One connection."""

    def read_request(self, raw: Any) -> Asked | None:
        if not _PATH.fullmatch(self.path):
            return None
        texts, pictures = [], []
        for turn in raw["contents"]:
            assert turn["role"] in ("user", "model")
            for part in turn["parts"]:
                blob = either(part, "inline_data")
                if blob is None:
                    texts.append(part["text"])
                else:
                    assert either(blob, "mime_type") == "image/png"
                    pictures.append(base64.b64decode(blob["data"] + "=" * (-len(blob["data"]) % 4), altchars=b"-_"))
        system = either(raw, "system_instruction") or {"parts": []}
        return Asked(
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=raw,
            system="".join(part["text"] for part in system["parts"]),
            texts=tuple(texts),
            pictures=tuple(pictures),
            at=time.monotonic(),
        )

    def answer(self, text: str, asked: Asked) -> Any:
        return self.candidates([{"content": {"role": "model", "parts": [{"text": text}]}}], "STOP", len(text) // 4)

    def candidates(self, candidates: list[dict[str, Any]], finish: str, tokens: int = 0) -> dict[str, Any]:
        """The body of a 200."""
        reason = _FINISH[finish] if self.wants_numbers else finish
        usage = {"promptTokenCount": 300, "candidatesTokenCount": tokens, "totalTokenCount": 300 + tokens}
        return {
            "candidates": [{**candidate, "finishReason": reason, "index": 0} for candidate in candidates],
            "usageMetadata": usage,
            "modelVersion": "loopback",
        }

    @property
    def wants_numbers(self) -> bool:
        """Whether enums are asked for as numbers."""
        return "enum-encoding" in self.path

    def refusal(self, status: int, words: str) -> Any:
        names = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
        name = names.get(status, "UNAVAILABLE" if status == 503 else "INTERNAL")
        return {"error": {"code": status, "message": words, "status": name}}


class GeminiServer(ModelServer):
    """The server."""

    handler = GeminiHandler

    @staticmethod
    def empty() -> Fault:
        """An answer without a candidate."""

        def send(handler: ModelHandler, answer: Answer) -> None:
            assert isinstance(handler, GeminiHandler)
            handler.send_json(handler.candidates([], "STOP"))

        return send

    @staticmethod
    def blocked() -> Fault:
        """A question that a filter kept back."""

        def send(handler: ModelHandler, answer: Answer) -> None:
            assert isinstance(handler, GeminiHandler)
            reason = _BLOCK["SAFETY"] if handler.wants_numbers else "SAFETY"
            handler.send_json({**handler.candidates([], "STOP"), "promptFeedback": {"blockReason": reason}})

        return send


def either(raw: dict[str, Any], name: str) -> Any:
    """A key in snake case or camel case."""
    first, *rest = name.split("_")
    return raw.get(name, raw.get(first + "".join(word.capitalize() for word in rest)))


def schema_type(schema: dict[str, Any]) -> str:
    """The type a response schema names, by name or by number."""
    named = schema["type"]
    return _TYPES[named] if isinstance(named, int) else named

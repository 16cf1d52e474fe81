"""Model clients of ours that answer from a list, and a clock that moves when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelRequest
from collector.records import Png


class FakeClock:
    """A time that only sleeping moves."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ListedClient:
    """Gives what it was told to give, one thing a call, the last one again and again; keeps what it was asked."""

    def __init__(self, *answers: Completion | ModelCallError, on_call: Callable[[], None] = lambda: None) -> None:
        self._answers = list(answers)
        self._on_call = on_call
        self.requests: list[ModelRequest] = []
        self.closed = False

    def complete(self, request: ModelRequest) -> Completion:
        self.requests.append(request)
        self._on_call()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, ModelCallError):
            raise answer
        return answer

    def close(self) -> None:
        self.closed = True


def an_answer(text: str = '{"action": "press_a"}', *, read: int | None = 100, written: int | None = 10) -> Completion:
    """A completion."""
    return Completion(text=text, finish_reason="stop", input_tokens=read, output_tokens=written)


def a_failure(kind: CallFailure, retry_after_s: float | None = None) -> ModelCallError:
    """A failure of a kind."""
    return ModelCallError(kind, f"the server said {kind}", retry_after_s=retry_after_s)


def a_request(text: str = "What now?", images: Iterable[bytes] = (), **changes: Any) -> ModelRequest:
    """A request with a text and pictures."""
    fields: dict[str, Any] = {
        "model": "gemini-2.5-flash",
        "messages": ({"role": "user", "content": [{"type": "text", "text": text}]},),
        "images": tuple(Png(image) for image in images),
        "schema": None,
        "temperature": 0.0,
        "max_output_tokens": 400,
        "seed": 7,
        "timeout_s": 60.0,
    }
    return ModelRequest(**fields | changes)

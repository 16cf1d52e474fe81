"""What the stand-ins for model providers share: answers by script, what was received, and faults by plan."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

KEY: Final = "sk-loopback-0123456789abcdef"
"""The key that tests give; the stand-ins repeat it in every refusal, as careless servers do."""


def reply_text(action: Any = "press_start", **changes: Any) -> str:
    """What a model that keeps to the prompt writes."""
    reply = {
        "analysis": "The map is shown.",
        "reasoning": "The menu opens with START.",
        "expected_outcome": "The menu is open.",
        "action": action,
        "done": False,
        "report": None,
    }
    return json.dumps(reply | changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it was received."""

    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """The JSON."""
    system: str
    """The system message."""
    texts: tuple[str, ...]
    """Texts of the other messages, in order."""
    pictures: tuple[bytes, ...]
    """Pictures, in order."""
    at: float
    """Monotonic time of arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Callable[["ModelHandler", Answer], None]
"""Sends something else than the answer."""


class ModelServer(ThreadingHTTPServer):
    """A provider on loopback. `text_for` writes each answer; `fault_for` may plant a fault by the call's number."""

    daemon_threads = True
    request_queue_size = 64
    handler: ClassVar[type[ModelHandler]]

    def __init__(self, text_for: Callable[[int, Asked], str] = lambda number, asked: reply_text()) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.text_for = text_for
        self.fault_for: Callable[[int], Fault | None] = lambda number: None
        self.latency_s = 0.0
        self.received: list[Asked] = []
        self.lock = threading.Lock()
        self.is_stopping = threading.Event()

    @property
    def base_url(self) -> str:
        """What agent.base_url is set to."""
        return self.address

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @staticmethod
    def empty() -> Fault:
        """A good answer that holds no text."""
        raise NotImplementedError

    @staticmethod
    def blocked() -> Fault:
        """An answer that a safety filter kept back."""
        raise NotImplementedError

    def __enter__(self) -> ModelServer:
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_stopping.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class ModelHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: ModelServer

    def read_request(self, raw: Any) -> Asked | None:
        """The request in plain terms; None if the path or the body is not the protocol's."""
        raise NotImplementedError

    def answer(self, text: str, asked: Asked) -> Any:
        """The body that carries the text."""
        raise NotImplementedError

    def refusal(self, status: int, words: str) -> Any:
        """The body of an answer that is an error."""
        raise NotImplementedError

    def do_POST(self) -> None:
        """Answer one request, or do the fault that is planned for it."""
        raw = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = self.read_request(raw)
        if asked is None:
            self.send(Answer(status=404, body=json.dumps(self.refusal(404, f"no such path: {self.path}")).encode()))
            return
        with self.server.lock:
            number = len(self.server.received)
            self.server.received.append(asked)
        if self.server.latency_s:
            time.sleep(self.server.latency_s)
        fault = self.server.fault_for(number)
        if fault is None:
            self.send_json(self.answer(self.server.text_for(number, asked), asked))
        else:
            fault(self, Answer(body=json.dumps(self.answer(reply_text(), asked)).encode()))

    def send_json(self, body: Any) -> None:
        """Send a good answer."""
        self.send(Answer(body=json.dumps(body).encode()))

    def send(self, answer: Answer) -> None:
        """Send an answer as it should be."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


# -- faults that any HTTP server can have


def status(code: int, words: str = "not now", **headers: str) -> Fault:
    """An error of the protocol's shape, which repeats the key."""

    def send(handler: ModelHandler, answer: Answer) -> None:
        body = json.dumps(handler.refusal(code, f"{words} (key {KEY})")).encode()
        handler.send(
            Answer(status=code, body=body, headers={name.replace("_", "-"): headers[name] for name in headers})
        )

    return send


def instead(body: bytes) -> Fault:
    """Other bytes under a 200."""
    return lambda handler, answer: handler.send(Answer(body=body))


def dropped(handler: ModelHandler, answer: Answer) -> None:
    """The connection ends without an answer."""
    handler.close_connection = True


def half_a_body(handler: ModelHandler, answer: Answer) -> None:
    """The connection ends in the middle of the body."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    handler.wfile.write(answer.body[: len(answer.body) // 2])
    handler.close_connection = True


def silence(handler: ModelHandler, answer: Answer) -> None:
    """No answer at all until the server stops."""
    handler.server.is_stopping.wait(60)
    handler.close_connection = True


def slow_drip(handler: ModelHandler, answer: Answer) -> None:
    """A byte now and then, each well before a read would time out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    for byte in answer.body:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        if handler.server.is_stopping.wait(0.05):
            break
    handler.close_connection = True


def written(text: str) -> Fault:
    """A good answer around a text that is no good."""

    def send(handler: ModelHandler, answer: Answer) -> None:
        handler.send_json(handler.answer(text, handler.server.received[-1]))

    return send

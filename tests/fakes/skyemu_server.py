"""A SkyEmu of our own on loopback: replies equal to recorded ones, PyBoy inside.

    python -m tests.fakes.skyemu_server PORT [ROM]

Every request waits for one lock, a connection ends after 5 requests, text ends in a NUL byte, what failed answers 200.

tests/data/skyemu_transcript.json is what a real SkyEmu answered; tests/contract/test_skyemu_stand_in.py compares.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.skyemu_console import StandInConsole, encoded

_REQUESTS_PER_CONNECTION: Final = 5
_FRAMES_AT_ONCE: Final = 600
"""A long step looks this often whether the server is being stopped."""
_NO_ROM: Final = "Failed (no ROM loaded)"

Query = list[tuple[str, str]]


class Reply(NamedTuple):
    """What is sent back."""

    body: bytes
    content_type: str = "text/html"
    status: int = 200


NOT_FOUND: Final = Reply(b"", "", 404)


def text(words: str, content_type: str = "text/html") -> Reply:
    """A text reply, which ends in NUL."""
    return Reply(words.encode() + b"\0", content_type)


class SkyEmuStandIn(ThreadingHTTPServer):
    """The server. `fault` may replace any reply: it is given the path and the true reply; None hangs up."""

    daemon_threads = True

    def __init__(self, port: int = 0, rom: Path | None = None) -> None:
        """Listen on this loopback port (0: any free one), with this ROM loaded if it is one."""
        self.console = StandInConsole()
        if rom is not None:
            self.console.load_rom(rom)
        super().__init__(("127.0.0.1", port), _Handler)
        self.lock = threading.Lock()
        self.fault: Callable[[str, Reply], Reply | None] = lambda path, reply: reply
        self.requests: list[str] = []
        self.is_stopping = False

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, query: Query) -> Reply:
        """Do what the request asks for."""
        routes: dict[str, Callable[[Query], Reply]] = {
            "/ping": lambda query: text("pong"),
            "/status": self._status,
            "/screen": self._screen,
            "/step": self._step,
            "/run": self._run,
            "/input": self._input,
            "/read_byte": self._read_byte,
            "/write_byte": self._write_byte,
            "/save": self._save,
            "/load": self._load,
            "/load_rom": self._load_rom,
            "/setting": lambda query: text("ok"),
            "/cheats": lambda query: text("No cheats enabled", "text/plain"),
        }
        return routes[path](query) if path in routes else NOT_FOUND

    def _status(self, query: Query) -> Reply:
        console = self.console
        place = f'  "rom-path": "{console.rom}",\n  "save-path": "{console.save_file}",\n' if console.rom else ""
        held = ",\n".join(f'    "{name}": {value:.6f}' for name, value in console.inputs.items())
        body = (
            '{\n  "emulator": "SkyEmu ((Modified Local Build))",\n'
            f'  "run-mode": "{console.mode}",\n  "rom-loaded" : {json.dumps(console.rom is not None)},\n{place}'
            f'  "rewind-info" : {{\n    "entries-used" : {console.frames},\n    "capacity" : 1048576,\n'
            f'    "percent_full" : 0.0\n  }},\n  "inputs": {{\n{held}\n  }}\n}}'
        )
        return Reply(body.encode(), "application/json")

    def _screen(self, query: Query) -> Reply:
        screen = self.console.screen()
        if screen is None:
            return text(_NO_ROM)
        if _number(_first(query, "embed_state")):
            return Reply(self.console.state_picture() or b"", "image/png")
        content_type, body = encoded(screen, _first(query, "format"))
        return Reply(body, content_type)

    def _step(self, query: Query) -> Reply:
        asked = dict(query).get("frames")
        frames = 1 if asked is None else int(_number(asked))
        frames = 1 if frames < 0 else frames
        self.console.step(0)
        while frames and not self.is_stopping:
            self.console.step(min(frames, _FRAMES_AT_ONCE))
            frames -= min(frames, _FRAMES_AT_ONCE)
        return text("ok")

    def _run(self, query: Query) -> Reply:
        self.console.mode = "RUN"
        return text("ok")

    def _input(self, query: Query) -> Reply:
        for name, value in query:
            if name in self.console.inputs:
                self.console.inputs[name] = _number(value)
        return text("ok")

    def _read_byte(self, query: Query) -> Reply:
        addresses = [_hex(value) for name, value in query if name == "addr"]
        return text("".join(f"{self.console.read(address):02x}" for address in addresses)) if addresses else NOT_FOUND

    def _write_byte(self, query: Query) -> Reply:
        for address, value in query:
            self.console.write(_hex(address), _hex(value) & 0xFF)
        return text("ok")

    def _save(self, query: Query) -> Reply:
        state = self.console.state_picture()
        try:
            if state is not None:
                Path(_first(query, "path")).write_bytes(state)
        except OSError:
            state = None
        return text("failed" if state is None else "ok")

    def _load(self, query: Query) -> Reply:
        return text("ok" if self.console.load(Path(_first(query, "path"))) else "failed")

    def _load_rom(self, query: Query) -> Reply:
        path = _first(query, "path")
        if path and not self.console.load_rom(Path(path)):
            self.console.mode = "PAUSE"
            return text("Failed to load ROM")
        self.console.mode = "PAUSE" if _number(_first(query, "pause")) or not path else "RUN"
        return text("ok")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SkyEmuStandIn
    timeout = 5
    wbufsize = -1
    """Buffered: header and body leave in one packet."""
    _answered = 0

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = parse_qsl(place.query, keep_blank_values=True)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))  # SkyEmu looks at the query alone
        with self.server.lock:
            self.server.requests.append(self.path)
            reply = self.server.fault(place.path, self.server.answer(place.path, query))
        self._answered += 1
        self._send(reply)

    do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = do_GET

    def _send(self, reply: Reply | None) -> None:
        if reply is None:
            self.close_connection = True
            return
        ends = self.close_connection or self._answered == _REQUESTS_PER_CONNECTION
        self.send_response_only(reply.status)
        if self.command == "HEAD":
            self.send_header("Accept-Ranges", "bytes")
        if ends:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(reply.body)))
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        if not ends:
            self.send_header("Keep-Alive", "timeout=5, max=5")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass  # a client that gave up; its step has run


def _first(query: Query, name: str) -> str:
    return next((value for key, value in query if key == name), "")


def _number(words: str) -> float:
    """The number a text begins with, 0 if none, as C's atof."""
    found = re.match(r"\s*[-+]?\d+\.?\d*", words)
    return float(found[0]) if found else 0.0


def _hex(words: str) -> int:
    """The hex digits of a text as a number; anything else in it is passed over."""
    return int("0" + re.sub(r"[^0-9a-fA-F]", "", words), 16)


@contextmanager
def running_skyemu(rom: Path | None = None) -> Iterator[SkyEmuStandIn]:
    """A stand-in on a free port, stopped at the end."""
    server = SkyEmuStandIn(0, rom)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.is_stopping = True
        server.shutdown()
        server.server_close()
        thread.join()
        with server.lock:
            server.console.unload()


if __name__ == "__main__":
    stand_in = SkyEmuStandIn(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(stand_in.url, flush=True)
    stand_in.serve_forever()

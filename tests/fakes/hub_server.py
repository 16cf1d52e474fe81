"""A Hub on the loopback interface: huggingface_hub and datasets talk to it unmodified, with HF_ENDPOINT set to its URL.

It speaks the part of the protocol that pushing and loading a dataset need (Xet off: HF_HUB_DISABLE_XET=1). As a
process: `python -m tests.fakes.hub_server [PORT]` prints its URL; GET /_traffic then gives its counts as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes import hub_answers as answers
from tests.fakes.hub_answers import Answer, Request
from tests.fakes.hub_faults import Fault, Harm, Traffic
from tests.fakes.hub_store import HubStore, Refusal

API = r"/api/datasets/(?P<repo>[^/]+/[^/]+)"
ROUTES: tuple[tuple[str, str, str, Callable[[Request], Answer]], ...] = (
    ("whoami", "GET", r"/api/whoami-v2", answers.whoami),
    ("create", "POST", r"/api/repos/create", answers.create),
    ("validate_yaml", "POST", r"/api/validate-yaml", answers.validate_yaml),
    ("info", "GET", API, answers.info),
    ("info", "GET", API + r"/revision/(?P<revision>[^/]+)", answers.info),
    ("tree", "GET", API + r"/tree/(?P<revision>[^/]+)(?:/(?P<path>.*))?", answers.tree),
    ("paths_info", "POST", API + r"/paths-info/(?P<revision>[^/]+)", answers.paths_info),
    ("refs", "GET", API + r"/refs", answers.refs),
    ("commits", "GET", API + r"/commits/(?P<revision>[^/]+)", answers.commits),
    ("preupload", "POST", API + r"/preupload/(?P<revision>[^/]+)", answers.preupload),
    ("commit", "POST", API + r"/commit/(?P<revision>[^/]+)", answers.commit),
    ("tag", "POST", API + r"/tag/(?P<revision>[^/]+)", answers.tag),
    ("branch", "POST", API + r"/branch/(?P<revision>[^/]+)", answers.branch),
    ("lfs_batch", "POST", r"/datasets/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch", answers.lfs_batch),
    ("lfs_put", "PUT", r"/lfs/(?P<oid>[0-9a-f]{64})/(?P<size>\d+)", answers.lfs_put),
    ("lfs_verify", "POST", r"/lfs/verify", answers.lfs_verify),
    (
        "resolve_head",
        "HEAD",
        r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
        answers.resolve,
    ),
    ("resolve", "GET", r"/datasets/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)", answers.resolve),
)


class LoopbackHub:
    """The server: its store, its traffic and its URL."""

    def __init__(self, port: int = 0) -> None:
        self.store = HubStore()
        self.traffic = Traffic()
        self.lock = threading.RLock()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def serve(self) -> None:
        """Answer until `close`."""
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def loopback_hub() -> Iterator[LoopbackHub]:
    """A Hub in a thread of this process."""
    hub = LoopbackHub()
    thread = threading.Thread(target=hub.serve, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what the tests do on purpose; anything else is a fault of this file."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Cut(Exception):
    """Close the connection without an answer."""


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[LoopbackHub]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            answer = self._answer()
        except Refusal as refusal:
            answer = answers.refused(refusal)
        except _Cut:
            self.close_connection = True
            return
        self._send(answer)

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def _answer(self) -> Answer:
        url = urlsplit(self.path)
        found = next(
            (
                (kind, answer, match)
                for kind, method, pattern, answer in ROUTES
                if method == self.command
                if (match := re.fullmatch(pattern, url.path))
            ),
            None,
        )
        if found is None:
            return self._unknown(url.path)
        kind, answer, match = found
        number, fault = self.hub.traffic.enter(kind)
        if fault is not None and fault.harm is Harm.CUT:
            self._body(half=True)
            raise _Cut
        words = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
        body = self._body()
        if kind == "lfs_put":
            self.hub.store.uploaded_bytes += len(body)
        if fault is not None and fault.harm is Harm.STATUS:
            return _harmed(fault)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        request = Request(
            store=self.hub.store,
            user=self.hub.store.tokens.get(token),
            url=self.hub.url,
            words=words,
            query={name: values[-1] for name, values in parse_qs(url.query).items()},
            headers=dict(self.headers.items()),
            body=body,
            corrupt=fault is not None and fault.harm is Harm.CORRUPT,
        )
        with self.hub.lock:
            result = answer(request)
        self.hub.traffic.after(number, kind)
        if fault is not None and fault.harm is Harm.CLOSE_AFTER:
            raise _Cut
        return result

    def _unknown(self, path: str) -> Answer:
        self._body()
        if path == "/_traffic":
            return answers.as_json(dict(self.hub.traffic.counts))
        self.hub.traffic.enter(f"unknown {self.command} {path}")
        raise Refusal(404, f"{self.command} {path}: this Hub does not know it")

    def _body(self, *, half: bool = False) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length // 2 if half else length)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), "Content-Type": "application/json", **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _harmed(fault: Fault) -> Answer:
    body = json.dumps({"error": f"injected {fault.status}"}).encode()
    return Answer(status=fault.status, body=body, headers=fault.headers)


if __name__ == "__main__":
    process = LoopbackHub(int(sys.argv[1]) if sys.argv[1:] else 0)
    print(process.url, flush=True)
    process.serve()

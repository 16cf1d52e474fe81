"""The rating page served for real: uvicorn on a free loopback port, and a client that speaks as the page does."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from collector.run_directory import find_sessions
from scoring.rating.desk import Rules
from scoring.sessions import read_sessions
from scoring.web.access import Access, alone
from scoring.web.app import make_app
from scoring.web.following import Follower
from scoring.web.guard import LOOPBACK_NAMES
from scoring.web.server import take_port
from scoring.web.sittings import Sittings

NO_DOUBLES = Rules(doubles=0.0)


class PageClient(httpx.Client):
    """What the page's own scripts can do."""

    def send_json(self, path: str, **body: Any) -> httpx.Response:
        """Post as the page does."""
        return self.post(path, json=body, headers={"origin": str(self.base_url).rstrip("/")})

    def desk(self) -> Any:
        """What is on the desk."""
        return self.get("/api/desk").raise_for_status().json()

    def rate(self, item: Any, score: int | None, **changes: Any) -> httpx.Response:
        """Send a rating of an item of the desk."""
        fields = {"item": item["name"], "score": score, "key": secrets.token_hex(16), "seconds_spent": 1.5}
        return self.send_json("/api/rate", **fields | changes)


@contextmanager
def serving(
    runs: Path, *, access: Access | None = None, rules: Rules = NO_DOUBLES, live: bool = True, port: int = 0
) -> Iterator[PageClient]:
    """A server that runs within the block, and a client of it."""
    sessions = read_sessions(find_sessions(runs)).sessions
    follower = Follower(runs, (one.session for one in sessions)) if live else None
    access = access or alone("anna", runs)
    app = make_app(Sittings(runs, rules, sessions), access, follower, LOOPBACK_NAMES, addresses=not access.alone)
    with take_port("127.0.0.1", port) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            with PageClient(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=20) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=20)

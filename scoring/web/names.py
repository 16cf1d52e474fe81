"""Opaque names: what the browser calls a session says neither which one it is nor who played it.

They are keyed digests, the same after the server was started again, so that a page that was open meanwhile goes on.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from pathlib import Path

from scoring.rating.raters import salt_of


class Names:
    """The names one rater's pages use."""

    def __init__(self, runs: Path, rater: str) -> None:
        self._key = hmac.digest(salt_of(runs), f"names for {rater}".encode(), "sha256")
        self._sessions: dict[str, str] = {}

    def of(self, session_id: str) -> str:
        """The session's name; `session_id` finds it again."""
        name = self._digest("session", session_id)[:20]
        self._sessions[name] = session_id
        return name

    def session_id(self, name: str, all_sessions: Callable[[], Iterable[str]]) -> str | None:
        """The session of that name among those named so far, else among all; None if there is none."""
        if name not in self._sessions:
            for session_id in all_sessions():
                self.of(session_id)
        return self._sessions.get(name)

    def id_of_sending(self, key: str) -> str:
        """The id of the row that a page sends under this key: one row however often it is sent."""
        return self._digest("row", key)[:32]

    def _digest(self, kind: str, text: str) -> str:
        return hmac.digest(self._key, f"{kind} {text}".encode(), "sha256").hex()

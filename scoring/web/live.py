"""The live tab: how a collection that runs beside stands. It names tasks and players, so raters should not watch it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from scoring.web.access import Person
from scoring.web.asking import Body, Refused
from scoring.web.following import MOST_SHOWN, Follower, Look, Running


class Live:
    """The work behind the live tab."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def look(self, person: Person, body: Body) -> Mapping[str, Any]:
        """How it stands."""
        return look_json(self._follower.look())

    def picture(self, person: Person, frame_hash: str) -> bytes:
        """A screen that the last look named, as PNG."""
        found = self._follower.picture(frame_hash)
        if found is None:
            raise Refused(404, "this screen is gone; the next look names the new one")
        return found


def look_json(look: Look) -> dict[str, Any]:
    """The look as the page shows it; pictures by address."""
    return {
        "running": len(look.running),
        "shown": [_running_json(one) for one in look.running[:MOST_SHOWN]],
        "ended": look.ended,
        "rows": look.rows,
        "kept_rows": look.kept_rows,
        "rows_per_s": look.rows_per_s,
        "errors": look.errors,
        "plan": None if look.plan is None else dataclasses.asdict(look.plan),
    }


def _running_json(running: Running) -> dict[str, Any]:
    session, last = running.session, running.last
    assert session is not None
    return {
        "task": session.task_description,
        "goal": last.get("goal", ""),
        "player": session.model_used,
        "rows": running.rows,
        "budget": session.max_steps,
        "action": last.get("action"),
        "picture": last.get("frame_hash_after"),
    }

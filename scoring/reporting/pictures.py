"""The picture sheet: for each task one session, from its first screen to its last."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from collector.shards import read_rows
from scoring.metrics import MeasuredSession, ScoreFilter
from scoring.rating.item import evenly_chosen

PICTURES: Final = 5
"""Screens of a session: before a few of its steps, and after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One picture of a session."""

    source: str
    """The PNG as a data URI."""
    caption: str
    """What was pressed at it, or that it is the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One session in pictures."""

    task_id: str
    """Its task."""
    description: str
    """What was asked."""
    session_id: str
    """The session."""
    policy: str
    """Who played."""
    status: str
    """How it ended."""
    screens: tuple[Screen, ...]
    """In the order of its steps."""


def picture_sheet(sessions: Iterable[MeasuredSession], accepted: ScoreFilter) -> Iterator[Strip]:
    """A strip a task, of a session that the filter accepts where there is one, else of any with steps."""
    chosen: dict[str, MeasuredSession] = {}
    for one in sessions:
        if not one.steps.actions:
            continue
        before = chosen.get(one.rated.session.task_id)
        if before is None or (accepted.accepts(one.rated) and not accepted.accepts(before.rated)):
            chosen[one.rated.session.task_id] = one
    for _, one in sorted(chosen.items()):
        session = one.rated.session
        yield Strip(
            task_id=session.task_id,
            description=session.task_description,
            session_id=session.session_id,
            policy=session.policy,
            status=session.status,
            screens=tuple(_screens(one)),
        )


def _screens(one: MeasuredSession) -> Iterator[Screen]:
    rows = list(read_rows(one.rated.directory.shard, ["step", "action", "screenshot", "screenshot_after"]))
    for row in evenly_chosen(rows, PICTURES - 1):
        caption = f"{row['step']}: {row['action'] or 'no action'}"
        yield Screen(source=_data_uri(row["screenshot"]["bytes"]), caption=caption)
    yield Screen(source=_data_uri(rows[-1]["screenshot_after"]["bytes"]), caption="the last screen")


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"

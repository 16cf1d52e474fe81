"""Follow a collection while it runs, at a cost that does not grow with what has ended.

A session that has ended is read once, and a running one only when its shard has grown; all who watch share one look a
second.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from collector.errors import EeveeError
from collector.records import Session, Status
from collector.run_directory import BATCH_PREFIX, SESSION_PREFIX, SessionDirectory
from collector.shards import read_batches

LOOK_EVERY_S: Final = 1.0
"""How old a look may be when it is shown again."""
RATE_OVER_S: Final = 60.0
"""The rate is that of so many seconds."""
MOST_SHOWN: Final = 12
"""Running sessions that are shown with their picture."""
MOST_ERRORS: Final = 6
"""Latest errors shown."""
_FRESH_NS: Final = 2_000_000_000
"""A folder that changed so lately is listed again: its clock may be too coarse to show the next change."""
_COLUMNS: Final = ["step", "action", "goal", "screenshot_after", "frame_hash_after", "error"]


@dataclass(slots=True)
class Running:
    """A session that is being played."""

    directory: SessionDirectory
    session: Session | None = None
    """None until its metadata is there."""
    shard_bytes: int = -1
    rows: int = 0
    last: dict[str, Any] = field(default_factory=dict)
    """`_COLUMNS` of its last row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The newest batch."""

    planned: int
    """Sessions it is to play."""
    ended: int
    """Sessions of it that have ended."""
    is_over: bool
    """Whether it has written its reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a collection stands."""

    running: tuple[Running, ...]
    """The sessions being played, the newest first."""
    ended: dict[str, int]
    """Sessions that have ended, by status."""
    rows: int
    """Rows recorded, those of running sessions among them."""
    kept_rows: int
    """Rows of sessions that reached their goal."""
    rows_per_s: float | None
    """Over the last minute; None until two looks are apart."""
    errors: tuple[str, ...]
    """The latest errors, the newest first."""
    plan: Plan | None
    """The newest batch; None if there is none."""


class Follower:
    """Keeps an eye on a run tree."""

    def __init__(self, runs: Path, ended: Iterable[Session] = (), now: Callable[[], float] = time.monotonic) -> None:
        """Begin with the sessions that are known to have ended."""
        self._runs, self._now = runs, now
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._running: dict[str, Running] = {}
        self._ended: Counter[str] = Counter()
        self._rows = self._kept_rows = 0
        self._plan_keys: set[str] = set()
        self._played_keys: set[str] = set()
        self._batch: Path | None = None
        self._errors: deque[str] = deque(maxlen=MOST_ERRORS)
        self._samples: deque[tuple[float, int]] = deque()
        self._listed_ns = -1
        self._look: tuple[float, Look] | None = None
        for session in ended:
            if session.status != Status.RUNNING:
                self._known.add(f"{SESSION_PREFIX}{session.session_id}")
                self._end(session)

    def look(self) -> Look:
        """How it stands now, or stood less than `LOOK_EVERY_S` ago."""
        with self._lock:
            now = self._now()
            if self._look is None or now - self._look[0] >= LOOK_EVERY_S:
                self._look = (now, self._look_anew(now))
            return self._look[1]

    def picture(self, frame_hash: str) -> bytes | None:
        """A screen that the last look showed, as PNG."""
        with self._lock:
            shown = [one.last for one in self._running.values() if one.last.get("frame_hash_after") == frame_hash]
        return shown[0]["screenshot_after"]["bytes"] if shown else None

    def _look_anew(self, now: float) -> Look:
        self._list()
        for name, running in list(self._running.items()):
            try:
                has_ended = self._follow(running)
            except EeveeError as error:
                self._errors.appendleft(str(error))
                has_ended = True
            if has_ended:
                del self._running[name]
        rows = self._rows + sum(one.rows for one in self._running.values())
        newest = sorted(self._running.values(), key=lambda one: one.directory.session_id, reverse=True)
        return Look(
            running=tuple(one for one in newest if one.session is not None),
            ended=dict(self._ended),
            rows=rows,
            kept_rows=self._kept_rows,
            rows_per_s=self._rate(now, rows),
            errors=tuple(self._errors),
            plan=self._plan(),
        )

    def _list(self) -> None:
        """Learn of new sessions and batches, if the folder has changed."""
        changed_ns = self._runs.stat().st_mtime_ns
        if changed_ns == self._listed_ns and time.time_ns() - changed_ns > _FRESH_NS:
            return
        self._listed_ns = changed_ns
        batches = []
        for path in self._runs.iterdir():
            if path.name.startswith(SESSION_PREFIX) and path.name not in self._known:
                self._known.add(path.name)
                self._running[path.name] = Running(SessionDirectory(path))
            elif path.name.startswith(BATCH_PREFIX):
                batches.append(path)
        newest = max(batches, default=None)
        if newest != self._batch and newest is not None and (newest / "plan.json").exists():
            entries = json.loads((newest / "plan.json").read_text(encoding="utf-8"))["entries"]
            self._batch, self._plan_keys = newest, {entry["key"] for entry in entries}

    def _follow(self, running: Running) -> bool:
        """Read what is new of a session; whether it has ended."""
        if not running.directory.metadata.exists():
            return False
        session = running.session = running.directory.read_session()
        if session.status != Status.RUNNING:
            self._end(session)
            return True
        size = running.directory.shard.stat().st_size
        if size != running.shard_bytes:
            batches = list(read_batches(running.directory.shard))
            if batches:
                [running.last] = batches[-1].select(_COLUMNS).to_pylist()
            running.shard_bytes, running.rows = size, len(batches)
            if running.last.get("error"):
                self._errors.appendleft(f"{session.task_id}, step {running.rows}: {running.last['error']}")
        return False

    def _end(self, session: Session) -> None:
        self._ended[session.status] += 1
        self._rows += session.total_steps
        self._kept_rows += session.total_steps if session.task_completed else 0
        if session.plan_key is not None:
            self._played_keys.add(session.plan_key)
        if session.error:
            self._errors.appendleft(f"{session.task_id}: {session.error}")

    def _rate(self, now: float, rows: int) -> float | None:
        self._samples.append((now, rows))
        while now - self._samples[0][0] > RATE_OVER_S:
            self._samples.popleft()
        then, rows_then = self._samples[0]
        return (rows - rows_then) / (now - then) if now - then >= LOOK_EVERY_S else None

    def _plan(self) -> Plan | None:
        if self._batch is None:
            return None
        return Plan(
            planned=len(self._plan_keys),
            ended=len(self._plan_keys & self._played_keys),
            is_over=(self._batch / "summary_report.json").exists(),
        )

"""Which sessions and checkpoints go when space is needed, and their removal.

A plan is made first and can be shown; carrying it out leaves alone what is in use. A session is renamed before its
files go, so that a kill in between leaves no half session behind.
"""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from collector.errors import InputError, RunDirectoryError
from collector.exclusive import exclusive
from collector.records import Status
from collector.run_directory import SESSION_PREFIX, SessionDirectory, find_sessions
from collector.safe_files import bytes_on_disk
from collector.shards import is_being_written

EMPTY: Final = "empty"
"""What the directory of a session that died before its first write is called in place of a status."""

_REMOVED: Final = ".pruned-"
_STAMP: Final = re.compile(r"\d{8}_\d{6}")
_STARTING: Final = timedelta(minutes=10)
"""So young a directory without metadata may be a session that is just beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What may go: sessions to which all of these apply."""

    older_than: timedelta | None = None
    """Begun longer ago."""
    statuses: frozenset[str] | None = None
    """One of these, or EMPTY."""
    max_score: float | None = None
    """Scored, and no higher."""
    keep_bytes: int | None = None
    """Only as much goes as is needed to come down to this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A session as something that takes space."""

    directory: SessionDirectory
    """Where."""
    began: datetime
    """UTC."""
    status: str
    """Its status, or EMPTY."""
    score: float | None
    """The score in force."""
    size: int
    """Bytes."""
    checkpoints: tuple[Path, ...]
    """States that can be made again by playing; how it began is not among them."""

    def worth(self) -> tuple[float, datetime]:
        """What goes first sorts first: broken ones, then the lowest score, those unrated last, the oldest of equals."""
        broken = self.status in (EMPTY, Status.FAILED, Status.INTERRUPTED)
        return self.score if self.score is not None else -math.inf if broken else math.inf, self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One thing to remove."""

    session: StoredSession
    """Whose it is."""
    checkpoints: tuple[Path, ...]
    """Only these; the whole session if empty."""
    size: int
    """Bytes it frees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a run tree holds."""

    sessions: tuple[StoredSession, ...]
    """Those that may be looked at."""
    in_use: tuple[str, ...]
    """Ids of sessions that are being written."""
    problems: tuple[str, ...]
    """Sessions that can't be read; they stay."""

    @property
    def size(self) -> int:
        """Bytes of the readable sessions."""
        return sum(session.size for session in self.sessions)


def read_stored(runs: Path, now: datetime) -> Stored:
    """The sessions of a run tree with their sizes."""
    sessions: list[StoredSession] = []
    in_use: list[str] = []
    problems: list[str] = []
    for directory in find_sessions(runs):
        young = now - _modified(directory.path) < _STARTING
        if _is_in_use(directory) or (young and not directory.metadata.exists()):
            in_use.append(directory.session_id)
            continue
        try:
            sessions.append(_stored_session(directory))
        except (InputError, RunDirectoryError) as error:
            problems.append(str(error))
    return Stored(sessions=tuple(sessions), in_use=tuple(in_use), problems=tuple(problems))


def plan(stored: Stored, conditions: Conditions, now: datetime) -> list[Removal]:
    """What goes, in order: whole sessions, or with a size to come down to, checkpoints before sessions."""
    chosen = sorted((one for one in stored.sessions if _applies(one, conditions, now)), key=StoredSession.worth)
    if conditions.keep_bytes is None:
        return [Removal(session=one, checkpoints=(), size=one.size) for one in chosen]
    excess = stored.size - conditions.keep_bytes
    removals: list[Removal] = []
    for one in chosen:
        if one.checkpoints and excess > 0:
            size = sum(path.stat().st_size for path in one.checkpoints)
            removals.append(Removal(session=one, checkpoints=one.checkpoints, size=size))
            excess -= size
    dropped = {removal.session.directory: removal.size for removal in removals}
    for one in chosen:
        if excess > 0:
            size = one.size - dropped.get(one.directory, 0)
            removals.append(Removal(session=one, checkpoints=(), size=size))
            excess -= size
    return removals


def remove(removal: Removal) -> None:
    """Carry one removal out; SessionBusy if the session came into use, RunDirectoryError if the disk won't."""
    directory = removal.session.directory
    try:
        with exclusive(directory):
            if removal.checkpoints:
                for path in removal.checkpoints:
                    path.unlink(missing_ok=True)
                return
            grave = directory.path.with_name(f"{_REMOVED}{directory.path.name}")
            directory.path.rename(grave)
            shutil.rmtree(grave)
    except OSError as error:
        raise RunDirectoryError(
            f"{directory.path}: can't be removed ({error.strerror}); mend the folder's permissions"
        ) from error


def clear_remains(runs: Path) -> None:
    """Finish what a killed prune began."""
    for grave in runs.glob(f"{_REMOVED}{SESSION_PREFIX}*"):
        shutil.rmtree(grave, ignore_errors=True)


def _is_in_use(directory: SessionDirectory) -> bool:
    return directory.shard.exists() and is_being_written(directory.shard)


def _stored_session(directory: SessionDirectory) -> StoredSession:
    session = directory.read_session() if directory.metadata.exists() else None
    kept = directory.start.read_text(encoding="utf-8", errors="replace") if directory.start.exists() else ""
    states = sorted(directory.start.parent.glob("*.state"))
    return StoredSession(
        directory=directory,
        began=_began(directory),
        status=EMPTY if session is None else session.status,
        score=None if session is None else session.final_score,
        size=bytes_on_disk(directory.path),
        checkpoints=tuple(path for path in states if path.stem not in kept),
    )


def _began(directory: SessionDirectory) -> datetime:
    """From the directory's name, which a copy or a repair does not change; else when it was last changed."""
    stamp = _STAMP.match(directory.session_id)
    if stamp is not None:
        try:
            return datetime.strptime(stamp[0], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass
    return _modified(directory.path)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _applies(one: StoredSession, conditions: Conditions, now: datetime) -> bool:
    if conditions.older_than is not None and now - one.began < conditions.older_than:
        return False
    if conditions.statuses is not None and one.status not in conditions.statuses:
        return False
    return conditions.max_score is None or (one.score is not None and one.score <= conditions.max_score)


def removed_sessions(removals: Sequence[Removal]) -> int:
    """How many whole sessions go."""
    return sum(not removal.checkpoints for removal in removals)

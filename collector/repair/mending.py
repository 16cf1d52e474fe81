"""Bring one session back to what its shard says after a crash: the shard is the truth, everything else follows it.

Only what differs is written, so mending a sound session changes no byte. A whole rating is never removed.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from collector.analysis import write_error_analysis
from collector.config_text import config_part
from collector.errors import EeveeError, InputError, RunDirectoryError, ShardError
from collector.exclusive import SessionBusy, exclusive
from collector.records import Session, Status
from collector.repair.logs import cut_torn_line, end_torn_line, unreadable_lines
from collector.run_directory import BATCH_PREFIX, SessionDirectory
from collector.shards import check_shard, salvage
from collector.views import write_screenshots, write_trace, write_training_data

_LEFTOVER: Final = re.compile(r"\..+\.(json|jsonl|yaml|png|db|arrow)\.[a-z0-9_]{8}")
"""What an atomic replacement leaves when its process is killed before the rename."""


class Outcome(StrEnum):
    """What became of a session."""

    SOUND = "sound"
    REPAIRED = "repaired"
    UNREADABLE = "for you to mend"
    BUSY = "in use"
    EMPTY = "empty"
    BROKEN = "beyond repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """One session after a repair."""

    session_id: str
    """Which."""
    outcome: Outcome
    """What became of it."""
    notes: tuple[str, ...] = ()
    """What was done, or why nothing was."""


def mend(directory: SessionDirectory) -> Mended:
    """Repair one session; what can't be repaired is said, not raised."""
    try:
        if _is_empty(directory):  # asked before the lock: a session gets its metadata after its writer has locked it
            return _mended(directory, Outcome.EMPTY, "nothing was recorded (yet); collector.prune removes it")
        with exclusive(directory):
            done = list(_repairs(directory))
            if done:
                directory.add_event("repaired", done=done)
            if unreadable := list(unreadable_lines(directory.annotations)):
                return _mended(directory, Outcome.UNREADABLE, *done, *unreadable)
            return _mended(directory, Outcome.REPAIRED if done else Outcome.SOUND, *done)
    except SessionBusy as busy:
        return _mended(directory, Outcome.BUSY, str(busy))
    except (EeveeError, OSError) as error:
        return _mended(directory, Outcome.BROKEN, str(error))


def clear_batches(runs: Path) -> list[Path]:
    """Remove what killed replacements left among the reports of batches, unless a batch is being played there."""
    leftovers = [path for path in sorted(runs.glob(f"{BATCH_PREFIX}*/.*")) if _LEFTOVER.fullmatch(path.name)]
    if not leftovers:
        return []
    fd = os.open(runs, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a batch holds a shared lock on its runs
        for path in leftovers:
            path.unlink()
        return leftovers
    except BlockingIOError:
        return []
    except OSError as error:
        raise RunDirectoryError(
            f"{error.filename or runs}: can't be removed ({error.strerror}); mend the folder's permissions"
        ) from error
    finally:
        os.close(fd)


def _mended(directory: SessionDirectory, outcome: Outcome, *notes: str) -> Mended:
    return Mended(session_id=directory.session_id, outcome=outcome, notes=notes)


def _is_empty(directory: SessionDirectory) -> bool:
    """Whether the session died before it could say what it is; InputError if it has steps all the same."""
    if directory.metadata.exists():
        if not directory.shard.exists():
            raise ShardError(f"{directory.shard}: it is gone, and its steps with it; restore it or remove the session")
        return False
    try:
        rows = check_shard(directory.shard).rows
    except ShardError:
        return True
    if rows and not directory.metadata.exists():
        raise InputError(
            f"{directory.metadata}: missing, yet {rows} steps stand in the shard and nothing says what they are; "
            "restore the file or remove the session"
        )
    return rows == 0


def _repairs(directory: SessionDirectory) -> Iterator[str]:
    """Do everything that is needed, in order, and say what was done."""
    for path in _leftovers(directory):
        path.unlink()
        yield f"removed {path.name}"
    torn = salvage(directory.shard).torn_bytes
    if torn:
        yield f"cut {torn} torn bytes off steps.arrow"
    if cut := cut_torn_line(directory.annotations):
        yield f"cut {cut} bytes of a rating whose writer died; rate the session again"
    for log in (directory.annotations, directory.events):
        if end_torn_line(log):
            yield f"ended a torn line of {log.name}"
    session = _true_session(directory)
    said = directory.read_metadata().status
    if directory.write_session(session):
        yield f"{said} became {session.status} after {session.total_steps} steps"
    yield from (f"wrote {name}" for name in _write_views(directory, session))


def _leftovers(directory: SessionDirectory) -> list[Path]:
    return [path for path in sorted(directory.path.rglob(".*")) if _LEFTOVER.fullmatch(path.name)]


def _true_session(directory: SessionDirectory) -> Session:
    """What the metadata should say: as it does, unless its writer died or the shard lost steps it counts on."""
    session = directory.read_session()
    rows = check_shard(directory.shard).rows
    if session.total_steps == rows:
        return session
    if session.status in (Status.FAILED, Status.INTERRUPTED):
        return dataclasses.replace(session, total_steps=rows)
    return directory.as_its_shard_shows(session)


def _write_views(directory: SessionDirectory, session: Session) -> Iterator[str]:
    """The views that were not as the shard has them; scores and feedback stay as they were."""
    wanted = config_part(directory.config, "recording")
    if session.total_steps and (wanted.get("screenshots") or directory.screenshots.exists()):
        if write_screenshots(directory):
            yield directory.screenshots.name
    if session.total_steps and (wanted.get("training_data") or directory.training_data.exists()):
        if write_training_data(directory, _human_score(directory.training_data)):
            yield directory.training_data.name
    if write_trace(directory, session):
        yield directory.trace.name
    if write_error_analysis(directory, session):
        yield directory.error_analysis.name


def _human_score(training_data: Path) -> float | None:
    """The people's score that the examples carry, from the first that can be read; None if they carry none."""
    if not training_data.exists():
        return None
    for line in training_data.read_bytes().splitlines():
        try:
            score = json.loads(line)["metadata"]["human_score"]
        except (ValueError, KeyError, TypeError):
            continue
        return float(score) if isinstance(score, int | float) else None
    return None

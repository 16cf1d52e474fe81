"""Verify one session, in whatever process: plain records go in and come out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from collector.errors import EeveeError, InputError
from collector.records import Status
from collector.run_directory import SessionDirectory
from collector.shards import check_shard, read_batches
from collector.verify.replay import Replayer
from collector.verify.rows import Failure, failures_of, schema_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of one session."""

    session_id: str
    """Which."""
    steps: int = 0
    """Steps looked at."""
    replayed: bool = False
    """It was played again."""
    obstacle: str | None = None
    """Why it was not played again, or not looked at."""
    failures: tuple[Failure, ...] = ()
    """What does not hold."""


def verify_session(path: Path, replayer: Replayer | None) -> Verified:
    """Check a session's rows and play it again; without a replayer only its rows are checked."""
    directory = SessionDirectory(path)
    if not directory.metadata.exists():
        return Verified(
            session_id=directory.session_id, obstacle="it has no session_metadata.json: nothing was recorded"
        )
    try:
        return _verify(directory, replayer)
    except EeveeError as error:
        return Verified(
            session_id=directory.session_id, failures=(_fault(directory, "files", "a readable session", str(error)),)
        )


def _verify(directory: SessionDirectory, replayer: Replayer | None) -> Verified:
    session = directory.read_session()
    if session.status not in list(Status):
        raise InputError(f"{directory.metadata}: there is no status {session.status!r}; was it edited by hand?")
    if session.status == Status.RUNNING:
        return Verified(session_id=directory.session_id, obstacle="it is still being written")
    torn = check_shard(directory.shard).torn_bytes
    failures = (
        [_fault(directory, "steps.arrow", "whole steps", f"{torn} torn bytes; see collector.repair")] if torn else []
    )
    batches = list(read_batches(directory.shard))
    foreign = schema_failure(directory.session_id, batches[0].schema) if batches else None
    rows = [row for batch in batches for row in batch.to_pylist()]
    if foreign is not None:
        failures.append(foreign)
        return Verified(
            session_id=directory.session_id, steps=len(rows), obstacle="its columns differ", failures=tuple(failures)
        )
    failures += failures_of(directory, session, rows)
    obstacle = "--no-replay was given" if replayer is None else replayer.obstacle(directory, session, rows)
    if replayer is not None and obstacle is None:
        try:
            failures += replayer.failures_of(directory, session, rows)
        except EeveeError as error:
            failures.append(_fault(directory, "re-play", "the session to be played again", str(error)))
            obstacle = "the emulator could not begin it"
    return Verified(
        session_id=directory.session_id,
        steps=len(rows),
        replayed=obstacle is None,
        obstacle=obstacle,
        failures=tuple(failures),
    )


def _fault(directory: SessionDirectory, column: str, expected: str, seen: str) -> Failure:
    return Failure(session_id=directory.session_id, step=None, column=column, expected=expected, seen=seen)

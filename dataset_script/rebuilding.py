"""A session of a thin dataset played again: its directory in a run tree, once every digest of every step is right."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from collector.errors import WorkError
from collector.features import row_digest, row_of
from collector.kept_memory import restore_memory
from collector.records import Observation, Status, Step
from collector.run_directory import NAME_PATTERN, SESSION_PREFIX, SessionDirectory
from collector.safe_files import make_directory, replace_text
from collector.shards import ShardWriter
from collector.verify.replay import Replayer
from collector.verify.rows import failures_of
from dataset_script.exports.thin import LEFT_OUT
from dataset_script.thin_set import ThinSession
from scoring.annotations import append_annotation

UNFINISHED: Final = ".rematerializing"
"""In the run tree: the session at hand, until it is whole."""

SESSION_ID: Final = re.compile(rf"\d{{8}}_\d{{6}}_{NAME_PATTERN.pattern}(?:-\d{{1,4}})?")
"""What the run tree calls its sessions: time, name, and a number where both were taken."""


def rebuild(thin: ThinSession, runs: Path, replayer: Replayer) -> None:
    """Write the session's directory; one that is there stays as it is.

    WorkError, and no directory, if the session is not whole, can't be played again, or comes out otherwise than it was
    recorded.
    """
    if not SESSION_ID.fullmatch(thin.record.session_id):
        raise WorkError("its name is none that the collector gives (20260102_030405_name), so no directory is made")
    name = f"{SESSION_PREFIX}{thin.record.session_id}"
    unfinished = runs / UNFINISHED
    directory = SessionDirectory(unfinished / name)
    _require_whole(thin, directory)
    if (runs / name).exists():
        return
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        for folder in (runs, unfinished, directory.path, directory.start.parent):
            make_directory(folder)
        replace_text(directory.start, thin.recipe.recipe or "")
        if thin.recipe.memory is not None:
            restore_memory(thin.recipe.memory, thin.record.game, directory.memory_snapshot("before"))
        _write_steps(thin, directory, replayer)
        directory.write_session(thin.record)
        for annotation in thin.annotations:
            append_annotation(directory.annotations, annotation)
        directory.path.rename(runs / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _require_whole(thin: ThinSession, directory: SessionDirectory) -> None:
    """WorkError unless it can be played from its beginning, and all but the pictures holds as verify has it."""
    if thin.recipe.recipe is None:
        raise WorkError("nothing says how it began: it can't be played again")
    if not thin.recipe.from_power_on:
        raise WorkError("it began at a captured state, which a thin dataset does not hold: it can't be played again")
    steps = [row["step"] for row in thin.rows]
    if len(steps) != thin.record.total_steps or steps != list(range(1, len(steps) + 1)):
        odd = next((at for at, step in enumerate(steps, 1) if step != at), len(steps) + 1)
        raise WorkError(
            f"sessions counts {thin.record.total_steps} steps of it, thin has {len(steps)}, and what should be step "
            f"{odd} is {steps[odd - 1] if odd <= len(steps) else 'missing'}; download the dataset again"
        )
    if thin.record.status not in list(Status):
        raise WorkError(f"sessions gives it the status {thin.record.status!r}, expected one of {', '.join(Status)}")
    rows = [{**row, "screenshot": None, "screenshot_after": None} for row in thin.rows]
    for failure in failures_of(directory, thin.record, rows):
        if failure.column not in LEFT_OUT:
            place = "it" if failure.step is None else f"step {failure.step}"
            raise WorkError(f"{place} is not sound: {failure.column}: expected {failure.expected}, seen {failure.seen}")


def _write_steps(thin: ThinSession, directory: SessionDirectory, replayer: Replayer) -> None:
    with ShardWriter(directory.shard, Step) as shard:
        if not thin.rows:
            return
        if obstacle := replayer.obstacle(directory, thin.record, thin.rows):
            raise WorkError(obstacle)
        for row, before, after in replayer.retraced(directory, thin.record, thin.rows):
            shard.write(_whole_step(row, before, after))


def _whole_step(row: Mapping[str, Any], before: Observation, after: Observation) -> Step:
    """The step as it was recorded; WorkError if what is seen now has other digests."""
    seen = {
        "frame_hash": before.frame_hash,
        "memory_hash": before.memory_hash,
        "frame_hash_after": after.frame_hash,
    }
    fields = dict(row) | {
        "previous_actions": tuple(row["previous_actions"]),
        "memory_context": before.memory_context,
        "screenshot": before.png,
        "screenshot_after": after.png,
        "state": json.dumps(before.state, ensure_ascii=False),
    }
    step = Step(**fields)
    seen["row_hash"] = row_digest(row_of(step))
    for column, digest in seen.items():
        if row[column] != digest:
            raise WorkError(f"step {row['step']}: {column} is {row[column]}, and playing it again gives {digest}")
    return step

"""A session of a thin dataset played again: its directory in a run tree, once every digest of every step is right."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from collector.errors import WorkError
from collector.features import row_digest, row_of
from collector.records import Observation, Step
from collector.run_directory import SESSION_PREFIX, SessionDirectory
from collector.safe_files import make_directory, replace_text
from collector.shards import ShardWriter
from collector.verify.replay import Replayer
from dataset_script.thin_set import ThinSession
from scoring.annotations import append_annotation

UNFINISHED: Final = ".rematerializing"
"""In the run tree: the session at hand, until it is whole."""


def rebuild(thin: ThinSession, runs: Path, replayer: Replayer) -> None:
    """Write the session's directory; one that is there stays as it is.

    WorkError, and no directory, if the session can't be played again or comes out otherwise than it was recorded.
    """
    name = f"{SESSION_PREFIX}{thin.record.session_id}"
    if (runs / name).exists():
        return
    if thin.recipe is None:
        raise WorkError("nothing says how it began: it can't be played again")
    if not thin.from_power_on:
        raise WorkError("it began at a captured state, which a thin dataset does not hold: it can't be played again")
    directory = SessionDirectory(runs / UNFINISHED / name)
    shutil.rmtree(directory.path.parent, ignore_errors=True)
    try:
        for folder in (runs, directory.path.parent, directory.path, directory.start.parent):
            make_directory(folder)
        replace_text(directory.start, thin.recipe)
        _write_steps(thin, directory, replayer)
        directory.write_session(thin.record)
        for annotation in thin.annotations:
            append_annotation(directory.annotations, annotation)
        directory.path.rename(runs / name)
    finally:
        shutil.rmtree(directory.path.parent, ignore_errors=True)


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

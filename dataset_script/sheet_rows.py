"""Which rows the picture sheet shows: read back from the files just written, and unlike each other."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

COLUMNS: Final = ["images", "instruction", "action", "reasoning", "session_id", "step", "task_id"]
"""The columns a config needs to be shown."""

SCANNED_ROWS: Final = 2_000
"""Rows looked at: enough to choose from, whatever the size of the dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row as the sheet shows it."""

    png: bytes
    """The screen the player was asked at."""
    instruction: str
    """What it was asked."""
    action: str
    """The buttons it pressed, separated by commas."""
    reasoning: str
    """Why."""
    task_id: str
    """The task."""
    session_id: str
    """The session."""
    step: int
    """The step, from 1."""


def choose_rows(paths: Sequence[Path], count: int) -> list[SheetRow]:
    """Up to `count` rows with few repeated tasks and buttons and unlike screens, in order of step and task."""
    rows = sorted(islice(_read(paths), SCANNED_ROWS), key=_hash)
    looks = np.array([_look(row.png) for row in rows])
    nearest = np.full(len(rows), np.iinfo(np.int64).max)
    left, chosen = set(range(len(rows))), list[SheetRow]()
    while left and len(chosen) < count:
        tasks, actions = Counter(row.task_id for row in chosen), Counter(row.action for row in chosen)
        best = min(left, key=lambda at: (tasks[rows[at].task_id], actions[rows[at].action], -int(nearest[at]), at))
        left.remove(best)
        chosen.append(rows[best])
        nearest = np.minimum(nearest, np.abs(looks - looks[best]).sum(axis=1))
    return sorted(chosen, key=lambda row: (row.step, row.task_id, row.session_id))


def _look(png: bytes) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The screen as 10x9 colours: near each other for screens that look alike."""
    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB").resize((10, 9), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int16).reshape(-1)


def _hash(row: SheetRow) -> str:
    """An order that follows neither time nor task."""
    return hashlib.sha256(f"{row.session_id}/{row.step}".encode()).hexdigest()


def _read(paths: Sequence[Path]) -> Iterator[SheetRow]:
    import pyarrow.parquet as pq

    for path in paths:
        file = pq.ParquetFile(path, pre_buffer=False)  # else it reads the whole file ahead
        for group in range(file.num_row_groups):
            for batch in file.read_row_group(group, columns=COLUMNS, use_threads=False).to_batches(256):
                for row in batch.to_pylist():
                    yield SheetRow(png=row.pop("images")[-1]["bytes"], **row)

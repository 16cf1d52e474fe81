"""Which rows the picture sheet shows: read back from the files just written, as different from each other as can be."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

COLUMNS: Final = ["images", "instruction", "action", "reasoning", "session_id", "step", "task_id"]
"""The columns a config needs to be shown."""

SCANNED_ROWS: Final = 5_000
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
    """Up to `count` rows with few repeated screens, tasks and buttons, in order of task and step."""
    rows = [row for _, row in zip(range(SCANNED_ROWS), _read(paths), strict=False)]
    chosen: list[SheetRow] = []
    while rows and len(chosen) < count:
        best = min(rows, key=lambda row: (*_repeats(row, chosen), _hash(row)))
        chosen.append(best)
        rows.remove(best)
    return sorted(chosen, key=lambda row: (row.step, row.task_id, row.session_id))


def _repeats(row: SheetRow, chosen: Sequence[SheetRow]) -> tuple[int, int, int]:
    """How often the screen, the task and the buttons stand among the chosen already."""
    return (
        Counter(other.png for other in chosen)[row.png],
        Counter(other.task_id for other in chosen)[row.task_id],
        Counter(other.action for other in chosen)[row.action],
    )


def _hash(row: SheetRow) -> str:
    return hashlib.sha256(f"{row.session_id}/{row.step}".encode()).hexdigest()


def _read(paths: Sequence[Path]) -> Iterator[SheetRow]:
    import pyarrow.parquet as pq

    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=256, columns=COLUMNS):
            for row in batch.to_pylist():
                yield SheetRow(png=row.pop("images")[-1]["bytes"], **row)

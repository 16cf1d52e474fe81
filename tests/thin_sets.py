"""Thin datasets with faults planted in them: what tests of playing them again start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

Row: TypeAlias = dict[str, Any]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def copy_with_rows(base: Path, target: Path, config: str, change: Callable[[list[Row]], list[Row]]) -> Path:
    """The thin dataset with each file's rows of a config replaced, or of every config that a pattern names."""
    for name, content in contents(base / "thin").items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    for path in target.glob(f"{config}/*.parquet"):
        table = pq.read_table(path)
        pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema), path)
    return target


def copy_with(base: Path, target: Path, config: str, change: Callable[[Row], None]) -> Path:
    """The thin dataset with the rows of a config changed."""

    def changed(rows: list[Row]) -> list[Row]:
        for row in rows:
            change(row)
        return rows

    return copy_with_rows(base, target, config, changed)

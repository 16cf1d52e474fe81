"""Rows to Parquet files of bounded size, with the schema that `datasets` reads its features from.

Picture columns are dictionary-encoded: a picture that occurs more than once in a row group is stored once. They are
not compressed, PNG already is. Rows are held for one row group at most, so memory does not grow with the dataset.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.errors import WorkError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Features

ROWS_PER_GROUP: Final = 1024
"""Rows held in memory at a time, at 160x144 a few megabytes. The more, the fewer times a picture is stored."""

GROUP_BYTES: Final = 64_000_000
"""A row group is closed early when its pictures and texts reach this size."""

DICTIONARY_BYTES: Final = 128_000_000
"""Above this the writer would give up the dictionary; larger than any row group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFiles:
    """What was written for one split of one config."""

    paths: tuple[Path, ...]
    """The files in order."""
    num_examples: int
    """Rows."""
    num_bytes: int
    """Size in memory as Arrow."""
    sha256: str
    """Hex digest over the bytes of the files in order."""

    @property
    def file_bytes(self) -> int:
        """Size on disk."""
        return sum(path.stat().st_size for path in self.paths)


def write_split(
    rows: Iterable[dict[str, Any]], features: Features, folder: Path, split: str, *, max_bytes: int
) -> SplitFiles | None:
    """Write a split as SPLIT-00000-of-0000N.parquet; None, and no file, if there is no row."""
    writer = _SplitWriter(features, folder, split, max_bytes)
    try:
        for row in rows:
            writer.add(row)
    finally:
        writer.close()
    return writer.result() if writer.num_examples else None


class _SplitWriter:
    """Collects rows into row groups and row groups into files."""

    def __init__(self, features: Features, folder: Path, split: str, max_bytes: int) -> None:
        self.num_examples = 0
        self._schema: pa.Schema = features.arrow_schema
        self._names = set(self._schema.names)
        self._folder, self._split, self._max_bytes = folder, split, max_bytes
        self._rows: list[dict[str, Any]] = []
        self._held_bytes = self._num_bytes = 0
        self._writer: pq.ParquetWriter | None = None
        self._paths: list[Path] = []

    def add(self, row: dict[str, Any]) -> None:
        """Hold a row until its group is full; a row with other columns than the schema's is refused."""
        if row.keys() != self._names:
            missing, unknown = sorted(self._names - row.keys()), sorted(row.keys() - self._names)
            raise WorkError(
                f"{self._folder.name}/{self._split}, row {self.num_examples}: columns missing: {missing}, "
                f"unknown: {unknown}; the shard was recorded by another version: build with that version"
            )
        self._rows.append(row)
        self.num_examples += 1
        self._held_bytes += _weight(row)
        if len(self._rows) >= ROWS_PER_GROUP or self._held_bytes >= GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        """Write what is held and close the file."""
        if self._rows:
            self._write_group()
        if self._writer is not None:
            self._close_file()

    def result(self) -> SplitFiles:
        """Give the files their final names, which tell how many there are."""
        digest, final = hashlib.sha256(), []
        for number, path in enumerate(self._paths):
            target = self._folder / f"{self._split}-{number:05d}-of-{len(self._paths):05d}.parquet"
            path.rename(target)
            with target.open("rb") as data:
                digest.update(hashlib.file_digest(data, "sha256").digest())
            final.append(target)
        return SplitFiles(
            paths=tuple(final), num_examples=self.num_examples, num_bytes=self._num_bytes, sha256=digest.hexdigest()
        )

    def _write_group(self) -> None:
        import pyarrow as pa

        table = pa.Table.from_pylist(self._rows, schema=self._schema)
        self._rows, self._held_bytes = [], 0
        self._num_bytes += table.nbytes
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._paths.append(self._folder / f".{self._split}-{len(self._paths):05d}.part")
            self._writer = _open(self._paths[-1], self._schema)
        self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        if self._paths[-1].stat().st_size >= self._max_bytes:
            self._close_file()

    def _close_file(self) -> None:
        assert self._writer is not None
        self._writer.close()
        self._writer = None


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    import pyarrow.parquet as pq

    leaves = _leaf_columns(schema)
    pictures = [leaf for leaf in leaves if leaf.endswith(".bytes")]
    return pq.ParquetWriter(
        path,
        schema,
        use_dictionary=leaves,
        dictionary_pagesize_limit=DICTIONARY_BYTES,
        compression={leaf: "none" if leaf in pictures else "snappy" for leaf in leaves},
        write_page_index=True,
    )


def _leaf_columns(schema: pa.Schema) -> list[str]:
    """The dotted names under which Parquet keeps a schema's columns."""
    import pyarrow.parquet as pq

    empty = io.BytesIO()
    pq.write_table(schema.empty_table(), empty)
    columns = pq.ParquetFile(empty).schema
    return [columns.column(number).path for number in range(len(columns))]


def _weight(value: Any) -> int:
    """About how many bytes a row holds."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value)
    if kind is dict:
        return sum(map(_weight, value.values()))
    if kind is list:
        return sum(map(_weight, value))
    return 8

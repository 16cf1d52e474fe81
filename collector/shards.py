"""steps.arrow: an Arrow IPC stream that grows by one whole record batch a step and survives its writer's death.

The schema is written once, then each step is one batch handed to the kernel by one write(2). No end-of-stream marker
is needed: a file that ends on a batch boundary is complete. A torn tail (a crash in the middle of a write) is found
by reading batch after batch, and cut off by `salvage`.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from collector.errors import ShardError
from collector.features import row_digest, row_of, schema_of

if TYPE_CHECKING:
    import pyarrow as pa


class ShardWriter:
    """Appends records to a new shard, one durable batch each, under an exclusive lock."""

    def __init__(self, path: Path, record: type[Any], *, fsync: bool = False) -> None:
        """Create the shard and write its schema.

        `fsync` forces every step to the disk before it counts: it then also aims to survive power loss.
        """
        self.path = path
        self.rows = 0
        self._fsync = fsync
        import pyarrow as pa

        schema = schema_of(record)
        self._row_type = pa.struct(list(schema))
        try:
            self._fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        except OSError as error:
            raise ShardError(f"{path}: can't create the shard ({error.strerror}); free the name or the disk") from error
        fcntl.flock(self._fd, fcntl.LOCK_EX)  # the file is new: at most a passing reader asks for its lock as well
        self._size = 0
        self._append(schema.serialize())
        if fsync:
            _fsync_directory(path.parent)

    def write(self, record: Any) -> None:
        """Append one record; when this returns, the record is in the kernel's hands (on disk with `fsync`)."""
        import pyarrow as pa

        row = row_of(record)
        if "row_hash" in row:
            row["row_hash"] = row_digest(row)
        self._append(pa.RecordBatch.from_struct_array(pa.array([row], type=self._row_type)).serialize())
        self.rows += 1

    def close(self) -> None:
        """Release the lock and the file; the shard is complete without it."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, message: pa.Buffer) -> None:
        """Hand the whole message over, or leave the shard as it was."""
        wrote, reason = 0, "the disk took only part of it"
        try:
            wrote = os.write(self._fd, memoryview(message))
        except OSError as error:
            reason = error.strerror or str(error)
        if wrote != len(message):
            os.ftruncate(self._fd, self._size)
            raise ShardError(
                f"{self.path}: could not append {len(message)} bytes ({reason}); "
                f"the {self.rows} steps before are intact: free some space and begin a new session"
            )
        self._size += wrote
        if self._fsync:
            os.fsync(self._fd)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardCheck:
    """What stands in a shard."""

    rows: int
    """Complete rows."""
    good_bytes: int
    """Length up to the last complete batch."""
    torn_bytes: int
    """Bytes after it: a step whose write never ended."""


def check_shard(path: Path) -> ShardCheck:
    """Read every batch and say where the complete ones end; ShardError if it is damaged anywhere but at its tail."""
    rows, good = 0, 0
    for batch, end in _batches(path):
        rows, good = rows + (batch.num_rows if batch is not None else 0), end
    size = path.stat().st_size
    return ShardCheck(rows=rows, good_bytes=good, torn_bytes=size - good)


def read_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The complete batches of a shard in order, memory-mapped; a torn tail ends them quietly, damage does not."""
    for batch, _ in _batches(path):
        if batch is not None:
            yield batch


def read_rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The complete rows of a shard in order; pictures as `{"bytes", "path"}`.

    ShardError for a row that is not as it was written, if all its columns are read.
    """
    for batch in _joined(read_batches(path)):
        for row in (batch if columns is None else batch.select(columns)).to_pylist():
            if columns is None and "row_hash" in row and row["row_hash"] != row_digest(row):
                raise ShardError(
                    f"{path}: step {row.get('step')} is not as it was written; restore the file from a copy, or remove "
                    "the session"
                )
            yield row


def _joined(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in fewer batches: one row alone costs nearly as much to read as a dozen."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    try:
        for batch in batches:
            held.append(batch)
            if len(held) == _READ_TOGETHER:
                yield pa.concat_batches(held)
                held = []
    except ShardError:
        if held:
            yield pa.concat_batches(held)
        raise
    if held:
        yield pa.concat_batches(held)


_READ_TOGETHER: Final = 16
"""Batches read in one go: few enough that a session's pictures are never all in memory."""


def salvage(path: Path) -> ShardCheck:
    """Cut a torn tail off a shard that no writer holds; what it cut is in the answer.

    ShardError, and nothing is cut, if complete steps stand behind the place that can't be read.
    """
    fd = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        found = check_shard(path)
        if found.torn_bytes:
            os.ftruncate(fd, found.good_bytes)
            os.fsync(fd)
        return found
    except BlockingIOError:
        raise ShardError(f"{path}: another process is writing it; wait until it ends") from None
    finally:
        os.close(fd)


def is_being_written(path: Path) -> bool:
    """Whether a writer holds the shard's lock."""
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def _batches(path: Path) -> Iterator[tuple[pa.RecordBatch | None, int]]:
    """The schema as (None, end), then each whole batch with the offset where it ends."""
    import pyarrow as pa

    if not path.exists() or path.stat().st_size == 0:
        raise ShardError(f"{path}: there is no shard here; the session ended before its first write")
    with pa.memory_map(str(path)) as source:
        try:
            reader = pa.ipc.open_stream(source)
            _check_schema(reader.schema)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ShardError(f"{path}: the schema can't be read ({error}); nothing can be saved from it") from error
        rows, end = 0, source.tell()
        yield None, end
        while True:
            try:
                batch = reader.read_next_batch()
                batch.validate(full=True)
            except (pa.ArrowException, OSError, StopIteration):
                if _goes_on_after(source, end, reader.schema):
                    raise ShardError(
                        f"{path}: damaged at byte {end}, after step {rows}, and whole steps follow; nothing was cut: "
                        "restore the file from a copy, or remove the session"
                    ) from None
                return
            rows, end = rows + batch.num_rows, source.tell()
            yield batch, end


def _check_schema(schema: pa.Schema) -> None:
    """ValueError if the columns are not those that the schema's own description of the features has."""
    described = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    if list(described) != schema.names:
        raise ValueError(f"its columns {schema.names} are not the described ones {list(described)}")


def _goes_on_after(source: pa.MemoryMappedFile, end: int, schema: pa.Schema) -> bool:
    """Whether a whole batch stands anywhere behind `end`: then what can't be read there is no torn tail."""
    import pyarrow as pa

    source.seek(end)
    rest = source.read_buffer()
    data = rest.to_pybytes()
    found = data.find(_MESSAGE_START, 1)
    while found >= 0:
        try:
            message = pa.ipc.read_message(rest.slice(found))
            pa.ipc.read_record_batch(message, schema).validate(full=True)
            return True
        except (pa.ArrowException, OSError, EOFError, ValueError, TypeError):
            found = data.find(_MESSAGE_START, found + 1)
    return False


_MESSAGE_START: Final = b"\xff\xff\xff\xff"
"""What every message of the stream begins with."""


def _fsync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

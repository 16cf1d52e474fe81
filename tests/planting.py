"""Faults planted in recorded sessions: a shard written anew with changed rows, a shard torn, a writer that died."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from collector.features import row_digest, schema_of
from collector.pictures import decode_picture, encode_png
from collector.records import Picture, Step
from collector.run_directory import SessionDirectory
from collector.shards import read_rows

Row = dict[str, Any]


def rewrite(
    directory: SessionDirectory, change: Callable[[list[Row]], list[Row] | None], *, sealed: bool = True
) -> None:
    """Write the shard anew with the rows that `change` gives back, or has changed in place, and seal them again."""
    rows = list(read_rows(directory.shard))
    rows = change(rows) or rows
    schema = schema_of(Step)
    content = schema.serialize().to_pybytes()
    for row in rows:
        if sealed and row["row_hash"]:
            row["row_hash"] = row_digest(row)
        array = pa.array([row], type=pa.struct(list(schema)))
        content += pa.RecordBatch.from_struct_array(array).serialize().to_pybytes()
    directory.shard.unlink()
    directory.shard.write_bytes(content)


def tear(directory: SessionDirectory, lost: int) -> None:
    """Cut the last bytes off the shard, as a write that never ended."""
    with directory.shard.open("rb+") as shard:
        shard.truncate(directory.shard.stat().st_size - lost)


def with_one_byte_changed(png: bytes) -> bytes:
    """The same screen but for one byte of one pixel."""
    picture = decode_picture(png)
    pixels = bytearray(picture.rgb)
    pixels[4321] ^= 0x08
    return encode_png(Picture(width=picture.width, height=picture.height, rgb=bytes(pixels)))


def digest(png: bytes) -> str:
    """The hash of a picture's pixels."""
    return decode_picture(png).digest()

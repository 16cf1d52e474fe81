"""The check before anything leaves this machine: sizes the Hub takes, private texts, and bytes that are no picture.

Every distinct text and picture of the built files is looked at once; what is found is named by config, split, row and
column. Nothing is mended here: a text that must not go out is to be mended where it was written.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.errors import InputError
from dataset_script.lint.cells import leaves
from dataset_script.output_folder import CARD_FILE, SHEET_FILE
from dataset_script.picture_bytes import picture_fault
from dataset_script.private_patterns import RAW_BYTES
from dataset_script.private_text import NEVER_ALLOWED, PrivateText, PrivateTextSearch
from dataset_script.splits import SPLITS_FILE

if TYPE_CHECKING:
    import pyarrow as pa

MOST_FILES: Final = 100
"""Files in one commit, by the Hub's advice; a repository takes 100,000 and a folder 10,000."""
LARGEST_FILE: Final = 20_000_000_000
"""Bytes of one file, by the Hub's advice; it refuses 50 GB."""
SHOWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that must not be published, and where it stands."""

    place: str
    """E.g. "steps/train, row 3, column error"; rows count from 0, as in load_dataset."""
    what: PrivateText
    """What it is."""


def files_to_push(folder: Path) -> dict[str, Path]:
    """The files of a dataset folder that belong on the Hub, by their path there; nothing else is ever sent."""
    single = [folder / name for name in (CARD_FILE, SHEET_FILE, SPLITS_FILE)]
    files = [path for path in single if path.exists()] + sorted(folder.glob("*/*.parquet"))
    return {path.relative_to(folder).as_posix(): path for path in files}


def check_files(files: Mapping[str, Path], search: PrivateTextSearch) -> None:
    """InputError that names the first findings, if there are any."""
    _check_limits(files)
    found = list(_findings(files, search))
    if not found:
        return
    lines = [f"  {finding.place}: {finding.what.kind}: {finding.what.excerpt}" for finding in found[:SHOWN]]
    more = f"\n  and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    advice = "mend the runs they come from and build again"
    if any(finding.what.kind not in NEVER_ALLOWED for finding in found):
        advice += "; what may be published after all: push.allow=['exact text',...]"
    raise InputError(
        f"nothing was sent: {len(found)} places hold what must not be published\n"
        + "\n".join(lines)
        + f"{more}\n{advice}"
    )


def _check_limits(files: Mapping[str, Path]) -> None:
    if len(files) > MOST_FILES:
        [(folder, count)] = Counter(path.rpartition("/")[0] for path in files).most_common(1)
        raise InputError(
            f"{len(files)} files, {count} of them in {folder}: a commit should hold at most {MOST_FILES}; raise "
            "max_shard_size_mb"
        )
    for path, file in files.items():
        if (size := file.stat().st_size) > LARGEST_FILE:
            raise InputError(
                f"{path}: {size:,} bytes, a file should hold at most {LARGEST_FILE:,}; lower max_shard_size_mb"
            )


def _findings(files: Mapping[str, Path], search: PrivateTextSearch) -> Iterator[Finding]:
    clean: set[int] = set()
    for path, file in files.items():
        if path.endswith(".parquet"):
            yield from _in_parquet(path, file, search, clean)
        elif path.endswith(".png"):
            yield from (Finding(place=path, what=what) for what in _in_bytes(file.read_bytes()))
        else:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                yield from (Finding(place=f"{path}, line {number}", what=what) for what in search.find(line))


def _in_parquet(path: str, file: Path, search: PrivateTextSearch, clean: set[int]) -> Iterator[Finding]:
    import pyarrow.parquet as pq

    place = path.rpartition("-of-")[0].rpartition("-")[0] or path
    data = pq.ParquetFile(file)
    for text in _texts_of_schema(data.schema_arrow):
        yield from (Finding(place=f"{path}, its schema", what=what) for what in search.find(text))
    first = 0
    for batch in data.iter_batches(batch_size=256):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if faults := _faults(column, search, clean):
                yield from _placed(faults, column.to_pylist(), first, f"{place}, row %d, column {name}")
        first += batch.num_rows


def _placed(
    faults: Mapping[str | bytes, list[PrivateText]], cells: list[Any], first: int, place: str
) -> Iterator[Finding]:
    """A finding for each row that holds a value with faults."""
    for number, cell in enumerate(cells, first):
        for value in set(leaves(cell)) & faults.keys():
            yield from (Finding(place=place % number, what=what) for what in faults[value])


def _in_bytes(content: bytes) -> Iterator[PrivateText]:
    fault = picture_fault(content)
    if fault is not None:
        yield PrivateText(kind=RAW_BYTES, excerpt=fault)


def _faults(column: pa.Array, search: PrivateTextSearch, clean: set[int]) -> dict[str | bytes, list[PrivateText]]:
    """The distinct texts and bytes of a column, however deep, that must not be published; clean ones are noted."""
    faults = {}
    for leaf in _leaf_arrays(column):
        for value in leaf.unique().to_pylist():
            if value is None or (mark := _mark(value)) in clean:
                continue
            if found := list(search.find(value) if isinstance(value, str) else _in_bytes(value)):
                faults[value] = found
            else:
                clean.add(mark)
    return faults


def _mark(value: str | bytes) -> int:
    content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    kind = b"t" if isinstance(value, str) else b"b"
    return int.from_bytes(hashlib.blake2b(content, digest_size=12, person=kind).digest(), "little")


def _leaf_arrays(array: pa.Array) -> Iterator[pa.Array]:
    import pyarrow as pa

    kind = array.type
    if pa.types.is_struct(kind):
        for part in array.flatten():
            yield from _leaf_arrays(part)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from _leaf_arrays(array.flatten())
    elif pa.types.is_dictionary(kind):
        yield from _leaf_arrays(array.dictionary)
    elif any(test(kind) for test in (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary)):
        yield array


def _texts_of_schema(schema: pa.Schema) -> Iterable[str]:
    metadata = schema.metadata or {}
    return [*schema.names, *(part.decode("utf-8", "replace") for pair in metadata.items() for part in pair)]

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features, Image, List, Value

from collector.errors import WorkError
from dataset_script.parquet import ROWS_PER_GROUP, write_split
from tests.rated_runs import a_screen

FEATURES = Features({"images": List(Image()), "name": Value("string")})


def a_row(number: int, picture: bytes) -> dict[str, Any]:
    return {"images": [{"bytes": picture, "path": None}], "name": f"row {number}"}


def incompressible(number: int, size: int = 20_000) -> bytes:
    return b"".join(hash((number, place)).to_bytes(8, "big", signed=True) for place in range(size // 8))


def test_features_and_rows_come_back(tmp_path: Path) -> None:
    rows = [a_row(number, incompressible(number, 80)) for number in range(5)]
    files = write_split(iter(rows), FEATURES, tmp_path / "c", "train", max_bytes=10**9)
    assert files is not None
    table = pq.read_table(files.paths[0])
    assert table.to_pylist() == rows
    assert Features.from_arrow_schema(table.schema) == FEATURES
    assert (files.num_examples, files.num_bytes) == (5, table.nbytes)


def test_a_picture_is_stored_once_in_a_row_group(tmp_path: Path) -> None:
    picture = incompressible(1)
    once = write_split([a_row(0, picture)], FEATURES, tmp_path / "once", "train", max_bytes=10**9)
    often = write_split([a_row(n, picture) for n in range(200)], FEATURES, tmp_path / "often", "train", max_bytes=10**9)
    assert once is not None and often is not None
    assert often.file_bytes < once.file_bytes + 5_000


def test_large_dictionaries_are_kept(tmp_path: Path) -> None:
    """Twenty pictures of 200 kB, each ten times: beyond the writer's default limit of 1 MB."""
    rows = [a_row(number, incompressible(number % 20, 200_000)) for number in range(200)]
    files = write_split(rows, FEATURES, tmp_path / "c", "train", max_bytes=10**9)
    assert files is not None
    assert files.file_bytes < 21 * 200_000


def test_row_groups_are_bounded(tmp_path: Path) -> None:
    rows = (a_row(number, b"p") for number in range(3 * ROWS_PER_GROUP + 1))
    files = write_split(rows, FEATURES, tmp_path / "c", "train", max_bytes=10**9)
    assert files is not None
    metadata = pq.ParquetFile(files.paths[0]).metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [*[ROWS_PER_GROUP] * 3, 1]


def test_files_are_closed_by_size_and_numbered(tmp_path: Path) -> None:
    rows = [a_row(number, incompressible(number, 6_000)) for number in range(3 * ROWS_PER_GROUP)]
    files = write_split(rows, FEATURES, tmp_path / "c", "train", max_bytes=5_000_000)
    assert files is not None
    assert [path.name for path in files.paths] == [f"train-0000{n}-of-00003.parquet" for n in range(3)]
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == [path.name for path in files.paths]
    assert [row for path in files.paths for row in pq.read_table(path).to_pylist()] == rows


def test_no_row_means_no_file(tmp_path: Path) -> None:
    assert write_split([], FEATURES, tmp_path / "c", "train", max_bytes=10**9) is None
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("row", [{"images": []}, {"images": [], "name": "x", "more": 1}])
def test_a_row_with_other_columns_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(WorkError, match="c/train, row 0: columns missing"):
        write_split([row], FEATURES, tmp_path / "c", "train", max_bytes=10**9)


def test_test_screens_differ() -> None:
    """The screens that builder tests are made from share no pixels by accident."""
    digests = {a_screen(world, step).digest() for world in range(1, 30) for step in range(1, 9)}
    assert len(digests) == 29 * 8

"""steps.arrow: what was written is read, whatever is torn off its end, whoever else holds it, however full the disk."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import ShardError
from collector.features import features_of, row_digest, row_of
from collector.pictures import encode_png
from collector.records import Step
from collector.shards import ShardWriter, check_shard, is_being_written, read_batches, read_rows, salvage
from tests.records import a_picture, a_step

ROOT = Path(__file__).parents[3]
SMALL = encode_png(a_picture(3, width=8, height=8))


def small_step(number: int = 1, **changes: Any) -> Step:
    """A step with 8 x 8 pictures, so that a shard can be torn at every byte of it."""
    return a_step(**{"step": number, "screenshot": SMALL, "screenshot_after": SMALL} | changes)


def write_shard(path: Path, steps: list[Step]) -> list[int]:
    """Write the steps; the shard's length after the schema and after each."""
    with ShardWriter(path, Step) as shard:
        lengths = [path.stat().st_size]
        for step in steps:
            shard.write(step)
            lengths.append(path.stat().st_size)
    return lengths


def numbers(path: Path) -> list[int]:
    return [row["step"] for row in read_rows(path, ["step"])]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[int]]:
    """A shard of three steps and where each ends."""
    path = tmp_path_factory.mktemp("three") / "steps.arrow"
    lengths = write_shard(path, [small_step(number) for number in (1, 2, 3)])
    return path.read_bytes(), lengths


# -- what was written is read


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    by_type = {
        "str": st.text(max_size=30),
        "int": st.integers(-(2**63), 2**63 - 1),
        "bool": st.booleans(),
        "float": st.floats(allow_nan=False),
        "Png": st.just(SMALL),
        "tuple[str, ...]": st.lists(st.text(max_size=8), max_size=5).map(tuple),
    }
    name = str(kind)
    return st.none() | by_type[name.removesuffix(" | None")] if name.endswith("| None") else by_type[name]


STEPS = st.fixed_dictionaries({field.name: values(field.type) for field in dataclasses.fields(Step)})


@settings(max_examples=40)
@given(st.lists(STEPS, min_size=1, max_size=3))
def test_any_steps_come_back_as_they_were(all_fields: list[dict[str, Any]]) -> None:
    steps = [Step(**fields) for fields in all_fields]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "steps.arrow")
        write_shard(path, steps)
        rows = [row_of(step) for step in steps]
        assert list(read_rows(path)) == [{**row, "row_hash": row_digest(row)} for row in rows]
        check = check_shard(path)
        assert (check.rows, check.torn_bytes) == (len(steps), 0)


def test_each_step_is_one_batch_of_the_records_columns(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0])
    batches = list(read_batches(path))
    assert [batch.num_rows for batch in batches] == [1, 1, 1]
    assert batches[0].schema.names == features_of(Step).arrow_schema.names


def test_datasets_opens_it_as_it_is(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0])
    loaded = Dataset.from_file(str(path))
    assert loaded.features == features_of(Step)
    assert loaded[2]["screenshot"].size == (8, 8)


def test_a_step_is_there_for_other_readers_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    with ShardWriter(path, Step, fsync=True) as shard:
        for number in (1, 2, 3):
            shard.write(small_step(number))
            assert numbers(path) == list(range(1, number + 1))
            assert shard.rows == number


# -- torn tails


def test_a_tail_torn_at_any_byte_is_seen_and_the_steps_before_stay(
    three: tuple[bytes, list[int]], tmp_path: Path
) -> None:
    content, lengths = three
    path = tmp_path / "steps.arrow"
    path.write_bytes(content)
    for length in reversed(range(lengths[2], lengths[3])):
        os.truncate(path, length)
        found = check_shard(path)
        assert (found.rows, found.good_bytes, found.torn_bytes) == (2, lengths[2], length - lengths[2])
    assert numbers(path) == [1, 2]


def test_a_torn_tail_is_cut_off(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    content, lengths = three
    path = tmp_path / "steps.arrow"
    for length in range(lengths[2] + 1, lengths[3], 97):
        path.write_bytes(content[:length])
        assert salvage(path).torn_bytes == length - lengths[2]
        assert path.read_bytes() == content[: lengths[2]]


def test_reading_a_torn_shard_changes_nothing_on_disk(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    content, lengths = three
    path = tmp_path / "steps.arrow"
    torn = content[: (lengths[1] + lengths[2]) // 2]
    path.write_bytes(torn)
    assert numbers(path) == [1]
    assert path.read_bytes() == torn


@pytest.mark.parametrize("zeros", [1, 3, 4, 8, 64, 4096, 100_000])
def test_a_tail_of_zeros_is_cut_off(three: tuple[bytes, list[int]], tmp_path: Path, zeros: int) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0] + bytes(zeros))
    assert salvage(path).torn_bytes == zeros
    assert path.read_bytes() == three[0]
    assert len(Dataset.from_file(str(path))) == 3


@pytest.mark.parametrize(
    "garbage", [b"\xff" * 40, b"ARROW1", bytes(range(256)) * 20, b"\xff\xff\xff\xff\x10\x00\x00\x00junk"]
)
def test_a_tail_of_garbage_is_cut_off(three: tuple[bytes, list[int]], tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0] + garbage)
    assert salvage(path).rows == 3
    assert path.read_bytes() == three[0]


def test_salvage_of_a_whole_shard_leaves_it_alone(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0])
    assert salvage(path).torn_bytes == 0
    assert path.read_bytes() == three[0]


@pytest.mark.parametrize("length", [0, 1, 7, 100])
def test_a_shard_without_a_schema_says_so(three: tuple[bytes, list[int]], tmp_path: Path, length: int) -> None:
    path = tmp_path / "steps.arrow"
    path.write_bytes(three[0][:length])
    with pytest.raises(ShardError, match=r"steps\.arrow: (there is no shard here|the schema can't be read)"):
        check_shard(path)


def test_a_shard_of_a_schema_alone_has_no_rows(three: tuple[bytes, list[int]], tmp_path: Path) -> None:
    content, lengths = three
    path = tmp_path / "steps.arrow"
    path.write_bytes(content[: lengths[0]])
    assert list(read_rows(path)) == []
    assert check_shard(path).good_bytes == lengths[0]


def test_a_missing_shard_says_so(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="no shard here"):
        list(read_rows(tmp_path / "steps.arrow"))


# -- locks


def test_a_shard_being_written_is_seen_and_not_salvaged(tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    with ShardWriter(path, Step) as shard:
        shard.write(small_step())
        assert is_being_written(path)
        with pytest.raises(ShardError, match="another process is writing it"):
            salvage(path)
        assert is_being_written(path), "asking took the lock away"
    assert not is_being_written(path)
    assert salvage(path).rows == 1


def test_a_second_writer_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "steps.arrow"
    with ShardWriter(path, Step) as shard:
        shard.write(small_step(1))
        with pytest.raises(ShardError, match=r"can't create the shard \(File exists\)"):
            ShardWriter(path, Step)
        shard.write(small_step(2))
    with pytest.raises(ShardError, match="File exists"):
        ShardWriter(path, Step)
    assert numbers(path) == [1, 2]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShardError, match=r"absent/steps\.arrow: can't create"):
        ShardWriter(tmp_path / "absent" / "steps.arrow", Step)


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    shard = ShardWriter(tmp_path / "steps.arrow", Step)
    shard.close()
    shard.close()


# -- a full disk


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """How far a process came before the disk was full."""

    acknowledged: int
    error: str


@pytest.fixture(scope="module")
def full_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, _Spoken]]:
    """A shard whose process may write files of up to 20,000 bytes, which is not a whole number of steps."""
    path = tmp_path_factory.mktemp("full") / "steps.arrow"
    script = f"""
import resource
from collector.errors import ShardError
from tests.unit.collector.test_shards import ShardWriter, Step, small_step
from pathlib import Path
shard = ShardWriter(Path({str(path)!r}), Step)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    for number in range(1, 100):
        shard.write(small_step(number))
except ShardError as error:
    print(shard.rows, error, sep="\\t")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    rows, error = done.stdout.strip().split("\t")
    yield path, _Spoken(acknowledged=int(rows), error=error)


def test_a_full_disk_leaves_the_steps_before_it(full_disk: tuple[Path, _Spoken]) -> None:
    path, spoken = full_disk
    assert spoken.acknowledged > 0
    assert numbers(path) == list(range(1, spoken.acknowledged + 1))
    assert check_shard(path).torn_bytes == 0
    assert len(Dataset.from_file(str(path))) == spoken.acknowledged


def test_a_full_disk_is_told_with_what_stands(full_disk: tuple[Path, _Spoken]) -> None:
    path, spoken = full_disk
    assert str(path) in spoken.error
    assert f"the {spoken.acknowledged} steps before are intact" in spoken.error

import re
import subprocess
import sys
from pathlib import Path

import pytest

from collector.errors import InputError
from dataset_script.config import SplitUnit
from dataset_script.output_folder import IsOwn, is_of_dataset, is_of_lines, refuse_foreign, replacing
from dataset_script.splits import splits_text
from tests.rated_runs import built, write_runs


def write_build(folder: Path, name: str = "one") -> None:
    (folder / "sft").mkdir(parents=True)
    (folder / "sft" / f"{name}-00000-of-00001.parquet").write_text(name)
    (folder / "splits.json").write_text(splits_text({}, SplitUnit.START))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("existing", [False, True])
def test_the_new_folder_takes_the_place_of_the_old(tmp_path: Path, existing: bool) -> None:
    if existing:
        write_build(tmp_path / "out")
    with replacing(tmp_path / "out") as fresh:
        write_build(fresh, "two")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out" / "sft") == ["two-00000-of-00001.parquet"]


def test_a_failed_build_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    write_build(tmp_path / "out")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "out") as fresh:
        write_build(fresh, "two")
        raise ZeroDivisionError
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out" / "sft") == ["one-00000-of-00001.parquet"]


def test_a_build_killed_between_its_renames_is_mended(tmp_path: Path) -> None:
    write_build(tmp_path / ".out.replaced")
    with pytest.raises(ZeroDivisionError), replacing(tmp_path / "out"):
        raise ZeroDivisionError
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out" / "sft") == ["one-00000-of-00001.parquet"]


def test_a_symbolic_link_is_kept_and_the_folder_behind_it_replaced(tmp_path: Path) -> None:
    write_build(tmp_path / "disk" / "real")
    (tmp_path / "out").symlink_to(tmp_path / "disk" / "real")
    with replacing(tmp_path / "out") as fresh:
        write_build(fresh, "two")
    assert (tmp_path / "out").is_symlink()
    assert names(tmp_path / "disk") == ["real"]
    assert names(tmp_path / "out" / "sft") == ["two-00000-of-00001.parquet"]
    assert names(tmp_path) == ["disk", "out"]


BUILD = """
import sys, time
from pathlib import Path
from dataset_script.output_folder import replacing

with replacing(Path(sys.argv[1])) as fresh:
    (fresh / "half.parquet").write_text("half")
    print("building", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_build_left_is_removed_and_what_another_builds_is_not(tmp_path: Path) -> None:
    processes = []
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path / "out")], stdout=subprocess.PIPE)
        assert process.stdout is not None and process.stdout.readline() == b"building\n"
        processes.append(process)
    killed, living = processes
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 2
    killed.kill()
    killed.communicate()
    try:
        with replacing(tmp_path / "out") as fresh:
            write_build(fresh)
        now = {path.name for path in tmp_path.iterdir()}
        assert "out" in now and len(now & left) == 1
        [other] = now & left
        assert (tmp_path / other / "half.parquet").exists()
    finally:
        living.kill()
        living.communicate()
    with replacing(tmp_path / "out") as fresh:
        write_build(fresh, "two")
    assert names(tmp_path) == ["out"]


def test_folders_of_others_are_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="holds files that no build wrote"), replacing(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("notes.txt", is_of_dataset),
        ("mine/results.parquet", is_of_dataset),
        ("sft/train.parquet", is_of_dataset),
        ("mine/deep/train-00000-of-00001.parquet", is_of_dataset),
        ("mine/results.jsonl", is_of_lines),
        ("llamafactory/images/holiday.png", is_of_lines),
    ],
)
def test_a_file_added_to_our_folder_is_not_deleted(tmp_path: Path, name: str, is_own: IsOwn) -> None:
    (tmp_path / "out" / name).parent.mkdir(parents=True)
    (tmp_path / "out" / "splits.json").write_text(splits_text({}, SplitUnit.START))
    refuse_foreign(tmp_path / "out", is_own)
    (tmp_path / "out" / name).write_text("mine")
    with pytest.raises(InputError, match=f"would delete {re.escape(name)}, which no build wrote"):
        refuse_foreign(tmp_path / "out", is_own)
    assert (tmp_path / "out" / name).read_text() == "mine"


def test_what_builds_write_may_be_replaced(tmp_path: Path) -> None:
    runs, output = tmp_path / "runs", tmp_path / "out"
    write_runs(runs)
    for _ in range(2):
        built(runs, output, "export=[sft,heldout,steps,sessions,scores,llamafactory,openai]", "max_shard_size_mb=1")
    written = {path.suffix for folder in (output, tmp_path / "out-jsonl") for path in folder.rglob("*.*")}
    assert written == {".md", ".json", ".png", ".parquet", ".jsonl"}


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="a file has that name"):
        refuse_foreign(tmp_path / "out")


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with replacing(tmp_path / "out") as fresh:
        write_build(fresh)
    assert names(tmp_path / "out" / "sft") == ["one-00000-of-00001.parquet"]

"""What `dataset_script.inspect` says without the extra [train], and how it finds rows."""

import importlib.util
from pathlib import Path

import pytest

from collector.errors import InputError
from dataset_script.inspect import main
from dataset_script.inspection import inspect_row, read_row
from tests.rated_runs import built, write_runs


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("inspect")
    write_runs(base / "runs")
    built(base / "runs", base / "dataset")
    return base / "dataset"


def test_rows_are_found_by_number(dataset: Path) -> None:
    split, first = read_row(dataset, "sft", None, 0)
    _, last = read_row(dataset, "sft", "train", 19)
    assert split == "train" and first["step"] == 1
    assert (first["session_id"], first["step"]) < (last["session_id"], last["step"])


@pytest.mark.parametrize(
    ("config", "split", "number", "message"),
    [
        ("sft", "train", 10_000, r"--row 10000: sft/train has rows 0 to \d+"),
        ("sft", "train", -1, r"--row -1: sft/train has rows 0 to \d+"),
        ("sft", "test", 0, "no sft/test there; there are heldout/test, .*sft/train"),
        ("sftt", None, 0, "no sftt/ there; there are heldout/test"),
        ("steps", "train", 0, "--config steps: its rows are no examples of supervised training"),
    ],
)
def test_a_row_that_is_not_there_names_those_that_are(
    dataset: Path, config: str, split: str | None, number: int, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_row(dataset, config, split, number)


@pytest.mark.skipif(importlib.util.find_spec("trl") is not None, reason="the extra [train] is installed")
def test_without_the_extra_the_way_to_it_is_told(dataset: Path) -> None:
    _, row = read_row(dataset, "sft", None, 0)
    with pytest.raises(InputError, match=r"inspect needs \w+; install the extra: pip install -e '\.\[train\]'"):
        inspect_row(row, "anything")


def test_a_folder_without_configs_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--model", "m"]) == 2
    assert "there are no configs" in capsys.readouterr().err

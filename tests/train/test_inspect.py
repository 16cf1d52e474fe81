"""What `dataset_script.inspect` shows of a row is what training sees of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from collector.prompts import parse_reply
from dataset_script.inspect import main
from dataset_script.inspection import inspect_row, read_row

pytestmark = pytest.mark.train


def test_the_target_is_the_completion_and_nothing_else(dataset: Path, untrained: Path) -> None:
    for number in (0, 5):
        _, row = read_row(dataset, "sft", None, number)
        seen = inspect_row(row, str(untrained))
        completion = row["completion"][0]["content"][0]["text"]
        assert completion in seen.target and parse_reply(seen.target).actions == parse_reply(completion).actions
        assert row["prompt"][-1]["content"][-1]["text"] not in seen.target
        assert row["prompt"][-1]["content"][-1]["text"] in seen.sequence and seen.sequence.endswith(seen.target)
        assert f"[{seen.image_tokens} image tokens]" in seen.sequence
        assert 0 < seen.target_tokens < seen.length - seen.image_tokens


def test_the_picture_is_the_rows_as_the_processor_resizes_it(dataset: Path, untrained: Path) -> None:
    _, row = read_row(dataset, "sft", "validation", 0)
    seen = inspect_row(row, str(untrained))
    [held], [got] = seen.pictures, seen.processed
    assert seen.pixel_shape[-2:] == got.size[::-1]
    resized = held.resize(got.size, Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(resized, dtype=int) - np.asarray(got, dtype=int)).mean() < 16


def test_a_conversation_is_inspected_too(dataset: Path, untrained: Path) -> None:
    _, row = read_row(dataset, "chat", None, 0)
    seen = inspect_row(row, str(untrained))
    assert len(seen.processed) == row["replies"] == seen.sequence.count("image tokens]")


def test_text_and_picture_are_written_and_a_row_that_does_not_fit_fails(
    dataset: Path, untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [str(dataset), "--model", str(untrained), "--output", str(tmp_path / "out" / "row")]
    assert main(command) == 0
    text = (tmp_path / "out" / "row.txt").read_text(encoding="utf-8")
    assert "max_length 1024: it fits" in text and capsys.readouterr().out.startswith(text)
    with Image.open(tmp_path / "out" / "row.png") as sheet:
        assert sheet.width > 2 * 160 and len(sheet.getcolors(1 << 20) or ()) > 4
    assert main([*command, "--max-length", "20"]) == 1
    assert "IT DOES NOT FIT" in capsys.readouterr().out

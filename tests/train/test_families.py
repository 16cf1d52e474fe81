"""Every family's settings train our rows in its architecture, with its processor; the weights alone are made up."""

from __future__ import annotations

import importlib.util
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.rated_runs import built
from tests.train.families import write_untrained
from tests.train.test_sft import settings, weights

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the README says of a family, by architecture."""

    family: str
    """Its YAML."""
    scale: int
    """The image_scale to build with."""
    tokens: int
    """Tokens of a screen."""
    tenfold: int
    """Tokens of a screen ten times as wide and high: what the processor is told must limit them."""
    pixels: tuple[int, ...]
    """Shape of a screen's pixel values."""
    needs_torchvision: bool = False
    """Whether its processor is to be had without torchvision."""


ARCHITECTURES = {
    "smolvlm": Seen(family="smolvlm", scale=1, tokens=64, tenfold=64, pixels=(1, 1, 3, 512, 512)),
    "gemma3": Seen(family="gemma", scale=1, tokens=256, tenfold=256, pixels=(1, 3, 896, 896)),
    "qwen2_5_vl": Seen(
        family="qwen_vl", scale=2, tokens=110, tenfold=240, pixels=(4 * 110, 1176), needs_torchvision=True
    ),
    "qwen3_vl": Seen(family="qwen_vl", scale=2, tokens=90, tenfold=182, pixels=(4 * 90, 1536), needs_torchvision=True),
    "mistral3": Seen(
        family="mistral", scale=2, tokens=143, tenfold=2800, pixels=(1, 3, 308, 336), needs_torchvision=True
    ),
    "pixtral": Seen(
        family="mistral", scale=2, tokens=378, tenfold=3770, pixels=(1, 3, 288, 320), needs_torchvision=True
    ),
}
FEW = (
    *("max_steps=2", "choose_among=1", "choose_rows=3", "max_new_tokens=4"),
    *("+training.use_cpu=true", "+training.per_device_train_batch_size=2", "+training.gradient_accumulation_steps=1"),
    *("+training.learning_rate=0.01", "+training.warmup_steps=0"),
)
"""What a small machine and two steps ask for; all else is as the YAML has it, bf16 among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A family's run."""

    seen: Seen
    """What is said of it."""
    dataset: Path
    """What it was trained on: one screen in a session's first row, two in the others."""
    untrained: Path
    """The checkpoint it started from."""
    checkpoint: Path
    """The one it wrote."""
    report: dict[str, Any]
    """What sft.py says of it."""


@pytest.fixture(scope="module")
def datasets(runs: Path) -> dict[int, Path]:
    """The runs' rows by image_scale."""
    folders = {scale: runs.parent / f"scaled_{scale}" for scale in (1, 2)}
    for scale, folder in folders.items():
        told = ("export=[sft]", "prompt=compact", "exclude_policies=[]", "history=2", f"image_scale={scale}")
        built(runs, folder, *told)
    return folders


@pytest.fixture(scope="module", params=ARCHITECTURES)
def trained(
    request: pytest.FixtureRequest, datasets: dict[int, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trained]:
    seen = ARCHITECTURES[request.param]
    if seen.needs_torchvision and importlib.util.find_spec("torchvision") is None:
        pytest.skip(f"{request.param}: its processor needs torchvision, which is not installed here")
    import sft
    from datasets import load_dataset
    from tiny import texts_of

    folder, dataset = tmp_path_factory.mktemp(request.param), datasets[seen.scale]
    rows = load_dataset(str(dataset), "sft", split="train").remove_columns("images")
    write_untrained(request.param, folder / "untrained", texts_of(rows))
    told = (f"family={seen.family}", f"family.model={folder / 'untrained'}", f"dataset={dataset}")
    yield Trained(
        seen=seen,
        dataset=dataset,
        untrained=folder / "untrained",
        checkpoint=folder / "out",
        report=sft.train(settings(*told, f"output={folder / 'out'}", *FEW)),
    )


def test_adapters_train_the_language_part_alone_and_are_merged(trained: Trained) -> None:
    import torch
    from safetensors.torch import load_file

    assert math.isfinite(trained.report["final_loss"]) and trained.report["chosen_step"] == 2
    adapters = load_file(trained.checkpoint / "adapters" / "adapter_model.safetensors")
    before, after = weights(trained.untrained), weights(trained.checkpoint)
    moved = {name for name in before if not before[name].equal(after[name])}
    assert before.keys() == after.keys() and len(moved) == 7 * 2 and len(adapters) == 2 * len(moved)  # both layers
    for name in moved:
        assert re.fullmatch(r".*(text_model|language_model).*\.(q|k|v|o|gate|up|down)_proj\.weight", name)
        down, up = (adapters[f"base_model.model.{name.removesuffix('weight')}lora_{part}.weight"] for part in "AB")
        assert after[name].dtype == torch.bfloat16
        assert torch.allclose(after[name].float(), before[name].float() + 32 / 16 * up @ down, atol=1e-3)


def test_a_screen_becomes_the_tokens_and_pixels_that_the_readme_says(trained: Trained) -> None:
    from dataset_script.inspection import inspect_row, read_row

    for number in (0, 1):  # a session's first row has one screen, its second two
        _, row = read_row(trained.dataset, "sft", None, number)
        seen = inspect_row(row, str(trained.checkpoint))
        assert len(row["images"]) == number + 1
        assert seen.image_tokens == (number + 1) * trained.seen.tokens
        assert sum(map(int, re.findall(r"\[(\d+) image tokens\]", seen.sequence))) == seen.image_tokens
        assert number or seen.pixel_shape == trained.seen.pixels
        completion, after = row["completion"][0]["content"][0]["text"], seen.target.strip()
        assert after.startswith(completion) and len(after) - len(completion) < 20  # the end of the turn


def test_a_large_picture_is_scaled_to_what_the_processor_was_told(trained: Trained) -> None:
    from dataset_script.inspection import inspect_row, read_row

    _, row = read_row(trained.dataset, "sft", None, 0)
    large = io.BytesIO()
    Image.new("RGB", (1600, 1440)).save(large, "PNG")
    seen = inspect_row({**row, "images": [{"bytes": large.getvalue()}]}, str(trained.checkpoint))
    assert seen.image_tokens == trained.seen.tenfold


def test_validation_asks_with_the_tokens_that_training_shows(trained: Trained) -> None:
    from answering import prompt_inputs
    from datasets import load_dataset
    from transformers import AutoProcessor
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    processor = AutoProcessor.from_pretrained(trained.checkpoint)
    [row] = load_dataset(str(trained.dataset), "sft", split="validation").select([0])
    example = {name: row[name] for name in ("prompt", "completion", "images")}
    shown = DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True)([example])
    told = [token for token, label in zip(shown["input_ids"][0], shown["labels"][0], strict=True) if label == -100]
    assert prompt_inputs(processor, [row])["input_ids"][0].tolist() == told

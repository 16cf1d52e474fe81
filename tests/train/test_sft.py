"""examples/finetune trains what it says it trains, and writes what a server loads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tests.playing import ROOT

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]

FAMILIES = sorted(path.stem for path in (ROOT / "examples/finetune/config/family").glob("*.yaml"))


def settings(*overrides: str) -> Any:
    import sft  # noqa: F401  # registers the schema

    with initialize_config_dir(str(ROOT / "examples/finetune/config"), version_base="1.3"):
        return OmegaConf.to_object(compose("sft", overrides=list(overrides)))


def trained(dataset: Path, output: Path, *overrides: str) -> dict[str, Any]:
    import sft

    told = ["max_steps=4", "choose_among=2", "choose_rows=4", "max_new_tokens=8", f"output={output}"]
    return sft.train(settings(f"dataset={dataset}", *told, *overrides))


def weights(checkpoint: Path) -> dict[str, Any]:
    from transformers import AutoModelForImageTextToText

    return dict(AutoModelForImageTextToText.from_pretrained(checkpoint).named_parameters())


def changed(before: Path, after: Path) -> set[str]:
    old, new = weights(before), weights(after)
    assert old.keys() == new.keys()
    return {name for name in old if not old[name].equal(new[name])}


def test_the_tiny_model_is_trained_chosen_and_written(dataset: Path, tmp_path: Path) -> None:
    report = trained(dataset, tmp_path / "out", "family.tiny.width=64")
    assert report["validation"].keys() == {2, 4}
    assert report["chosen_step"] == 4  # untrained answers are all wrong, and of equals the later is taken
    assert json.loads((tmp_path / "out" / "training.json").read_text())["rows"] == report["rows"] > 50
    assert {"model.safetensors", "tokenizer.json", "processor_config.json"} <= {
        path.name for path in (tmp_path / "out").iterdir()
    }


def test_equal_seeds_train_equal_models(dataset: Path, tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("two", 3), ("three", 4)):
        trained(dataset, tmp_path / name, "family.tiny.width=64", f"seed={seed}")
    assert not changed(tmp_path / "one", tmp_path / "two")
    assert changed(tmp_path / "one", tmp_path / "three")


def test_adapters_move_the_language_part_alone_and_are_merged(dataset: Path, untrained: Path, tmp_path: Path) -> None:
    on_cpu = ["training.use_cpu=true", "training.bf16=false", "training.gradient_checkpointing=false"]
    family = ["family=smolvlm", f"family.model={untrained}", "~family.processor.size", "+training.learning_rate=0.01"]
    trained(dataset, tmp_path / "out", *family, *(f"+{one}" for one in on_cpu))
    names = changed(untrained, tmp_path / "out")
    assert names and all(re.fullmatch(r".*text_model.*\.(q|k|v|o|gate|up|down)_proj\.weight", name) for name in names)


def test_without_pictures_a_row_has_neither_them_nor_places_for_them(dataset: Path, tmp_path: Path) -> None:
    from sft import rows_of

    whole, bare = (rows_of(settings(f"dataset={dataset}", f"pictures={told}"), "train") for told in ("true", "false"))
    assert len(whole) == len(bare)
    for row, text in zip(whole, bare, strict=True):
        assert text["images"] == [] and len(row["images"]) == 1
        kept = [[part for part in message["content"] if part["type"] == "text"] for message in row["prompt"]]
        assert [message["content"] for message in text["prompt"]] == kept
        assert text["completion"] == row["completion"]
    before = trained(dataset, tmp_path / "out", "family.tiny.width=64", "pictures=false")
    assert before["chosen_step"] == 4


def test_a_score_that_no_row_has_is_refused(dataset: Path) -> None:
    from sft import rows_of

    from collector.errors import InputError

    with pytest.raises(InputError, match=r"split train: no row is left with min_score=11"):
        rows_of(settings(f"dataset={dataset}", "min_score=11"), "train")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_s_settings_are_known_and_say_whether_a_run_proves_them(family: str) -> None:
    from trl import SFTConfig

    told = settings(f"family={family}").family
    assert told.name == family
    assert told.verified == (family == "tiny")
    assert told.training.keys() <= SFTConfig.__dataclass_fields__.keys()
    assert (told.model is None) == (family == "tiny")


@pytest.mark.parametrize("architecture", ["qwen2_5_vl", "qwen3_vl", "gemma3", "mistral3", "llava"])
def test_the_adapters_expression_matches_the_language_layers_and_no_other(architecture: str) -> None:
    """On the real architectures, without weights."""
    import torch
    from settings import LoraSettings
    from transformers import CONFIG_MAPPING, AutoModelForImageTextToText

    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(CONFIG_MAPPING[architecture]())
    linear = [name for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)]
    matched = [name for name in linear if re.fullmatch(LoraSettings().targets, name)]
    language = [name for name in linear if "language_model.layers" in name]
    assert matched == language != []

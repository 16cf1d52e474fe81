"""TRL's trainers take the configs as `load_dataset` gives them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

from collector.run_directory import find_sessions
from collector.shards import read_rows

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]

STEPS = 3
ON_CPU: dict[str, Any] = {
    "max_steps": STEPS,
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "per_device_train_batch_size": 2,
    "learning_rate": 1e-3,
    "report_to": "none",
    "save_strategy": "no",
    "logging_steps": 1,
    "disable_tqdm": True,
}


def loaded(untrained: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    return AutoModelForImageTextToText.from_pretrained(untrained), AutoProcessor.from_pretrained(untrained)


def sft(model: Any, rows: Any, processor: Any, output: Path) -> Any:
    from trl import SFTConfig, SFTTrainer

    arguments = SFTConfig(output_dir=str(output), max_length=None, **ON_CPU)
    return SFTTrainer(model=model, args=arguments, train_dataset=rows, processing_class=processor)


def dpo(model: Any, rows: Any, processor: Any, output: Path) -> Any:
    from trl import DPOConfig, DPOTrainer

    arguments = DPOConfig(output_dir=str(output), max_length=None, **ON_CPU)
    return DPOTrainer(model=model, args=arguments, train_dataset=rows, processing_class=processor)


def kto(model: Any, rows: Any, processor: Any, output: Path) -> Any:
    from trl import KTOConfig, KTOTrainer

    arguments = KTOConfig(output_dir=str(output), max_length=None, **ON_CPU)
    return KTOTrainer(model=model, args=arguments, train_dataset=rows, processing_class=processor)


def grpo(model: Any, rows: Any, processor: Any, output: Path) -> Any:
    from trl import GRPOConfig, GRPOTrainer

    def names_an_expert_action(completions: Any, expert_actions: Any, cost_to_go: Any, **others: Any) -> list[float]:
        texts = [completion[0]["content"] for completion in completions]
        assert all(actions and cost > 0 for actions, cost in zip(expert_actions, cost_to_go, strict=True))
        return [
            len(text) % 7 + float(any(action in text for action in actions))  # untrained answers differ in length alone
            for text, actions in zip(texts, expert_actions, strict=True)
        ]

    arguments = GRPOConfig(output_dir=str(output), num_generations=2, max_completion_length=12, **ON_CPU)
    rows = rows.filter(lambda row: row["cost_to_go"] is not None and bool(row["expert_actions"]))
    return GRPOTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=processor,
        reward_funcs=names_an_expert_action,
    )


@pytest.mark.parametrize(
    ("config", "trainer_of"), [("sft", sft), ("chat", sft), ("dpo", dpo), ("kto", kto), ("grpo", grpo)]
)
def test_a_trainer_takes_a_config_as_it_is(
    dataset: Path, untrained: Path, tmp_path: Path, config: str, trainer_of: Any
) -> None:
    rows = load_dataset(str(dataset), config, split="train")
    model, processor = loaded(untrained)
    before = {name: weights.detach().clone() for name, weights in model.named_parameters()}
    trainer = trainer_of(model, rows, processor, tmp_path)
    trainer.train()
    assert trainer.state.global_step == STEPS
    losses = [told["loss"] for told in trainer.state.log_history if "loss" in told]
    assert len(losses) == STEPS and all(float(loss) == float(loss) for loss in losses)
    changed = {name for name, weights in model.named_parameters() if not weights.equal(before[name])}
    assert any("vision_model" in name for name in changed), "the pictures did not reach the loss"
    assert any("text_model" in name for name in changed)


def test_the_command_line_trains_on_the_folder_as_it_is(dataset: Path, untrained: Path, tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("trl")), "sft", "--dataset_name", str(dataset)]
    model = ["--model_name_or_path", str(untrained), "--dtype", "float32", "--output_dir", str(tmp_path / "out")]
    budget = ["--max_steps", "2", "--per_device_train_batch_size", "2", "--report_to", "none"]
    on_cpu = ["--use_cpu", "true", "--bf16", "false", "--gradient_checkpointing", "false"]
    ended = subprocess.run([*command, *model, *budget, *on_cpu], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert (tmp_path / "out" / "model.safetensors").exists()


def test_loaded_pictures_are_the_recorded_ones_pixel_for_pixel(dataset: Path, runs: Path) -> None:
    recorded = {
        (directory.session_id, row["step"]): row["frame_hash"]
        for directory in find_sessions(runs)
        for row in read_rows(directory.shard, ["step", "frame_hash"])
    }
    compared = 0
    for config in ("sft", "dpo", "kto", "grpo"):
        for row in load_dataset(str(dataset), config, split="train"):
            (image,) = row["images"]
            assert hash_of(image) == recorded[row["session_id"], row["step"]]
            compared += 1
    assert compared > 100


def hash_of(image: Any) -> str:
    from collector.records import Picture

    rgb = image.convert("RGB")
    return Picture(width=rgb.width, height=rgb.height, rgb=rgb.tobytes()).digest()

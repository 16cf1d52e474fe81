"""Fine-tune a vision-language model on a dataset folder with TRL: the rows are taken as load_dataset gives them.

    python examples/finetune/sft.py dataset=DIR output=DIR [family=tiny|smolvlm|qwen_vl|gemma|mistral] [key=value ...]

Validation rows choose among checkpoints on the way; what is written is the chosen one, whole, as vLLM serves it.
"""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import hydra
from answering import answers, right_actions
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf
from settings import SftSettings
from tiny import TinySize, texts_of, tiny_model, tiny_processor

from collector.errors import InputError

ConfigStore.instance().store(name="sft_schema", node=SftSettings)

REPORT = "training.json"
"""Beside the checkpoint: the settings, the rows, and what validation said."""


@hydra.main(version_base="1.3", config_path="config", config_name="sft")
def main(composed: Any) -> None:
    """Train as the configuration says and say where the checkpoint is."""
    settings = OmegaConf.to_object(composed)
    assert isinstance(settings, SftSettings)
    report = train(settings)
    print(f"{settings.output}: step {report['chosen_step']} of {settings.max_steps}, chosen by validation")


def train(settings: SftSettings) -> dict[str, Any]:
    """Train, write the checkpoint and its report; the report."""
    import torch
    from trl import SFTConfig, SFTTrainer

    torch.set_num_threads(settings.threads)
    rows = rows_of(settings, "train")
    model, processor = model_and_processor(settings, rows)
    output = Path(settings.output)
    arguments = SFTConfig(
        **{
            "output_dir": str(output / "trainer"),
            "max_steps": settings.max_steps,
            "max_length": None,  # cutting a row could cut its picture's tokens
            "seed": settings.seed,
            "save_strategy": "no",
            "report_to": "none",
            "logging_steps": 50,
            **settings.family.training,
            **settings.training,
        }
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=processor,
        peft_config=lora_config(settings),
    )
    choice = choose_by_validation(settings, trainer, processor)
    began = time.monotonic()
    trainer.train()
    seconds = time.monotonic() - began
    if settings.family.lora is not None:
        merge(settings, choice.folder)
    processor.save_pretrained(output)
    report = {
        "settings": dataclasses.asdict(settings),
        "rows": len(rows),
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "seconds": round(seconds, 1),
        "final_loss": trainer.state.log_history[-1].get("train_loss"),
        "validation": choice.shares,
        "chosen_step": choice.step,
    }
    (output / REPORT).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def rows_of(settings: SftSettings, split: str) -> Any:
    """The rows of a split, without what the settings leave out."""
    from datasets import load_dataset

    rows = load_dataset(settings.dataset, settings.config, split=split)
    if settings.min_score is not None:
        scores = rows["score"]
        rows = rows.select([number for number, score in enumerate(scores) if score >= settings.min_score])
    if not len(rows):
        raise InputError(f"{settings.dataset}, split {split}: no row is left with min_score={settings.min_score}")
    return rows if settings.pictures else without_pictures(rows)


def without_pictures(rows: Any) -> Any:
    """The rows with neither pictures nor places for them in the prompt."""
    from datasets import Image, List

    features = rows.features.copy()
    undecoded = rows.cast_column("images", List(Image(decode=False)))
    return undecoded.map(_text_alone, features=features)


def _text_alone(row: dict[str, Any]) -> dict[str, Any]:
    prompt = [
        {**message, "content": [part for part in message["content"] if part["type"] == "text"]}
        for message in row["prompt"]
    ]
    return {"prompt": prompt, "images": []}


def model_and_processor(settings: SftSettings, rows: Any) -> tuple[Any, Any]:
    """The model to start from."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    family = settings.family
    if family.model is None:
        size = TinySize(**family.tiny)
        processor = tiny_processor(texts_of(rows.remove_columns("images")), size)
        return tiny_model(processor, size, settings.seed), processor
    processor = AutoProcessor.from_pretrained(family.model, **family.processor)
    return AutoModelForImageTextToText.from_pretrained(family.model), processor


def lora_config(settings: SftSettings) -> Any:
    """The adapters as peft takes them; None without."""
    if settings.family.lora is None:
        return None
    from peft import LoraConfig

    lora = settings.family.lora
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        task_type="CAUSAL_LM",
    )


def merge(settings: SftSettings, adapters: Path) -> None:
    """Write the model with its adapters folded in: vLLM then needs to know nothing of them."""
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    base = AutoModelForImageTextToText.from_pretrained(settings.family.model)
    PeftModel.from_pretrained(base, str(adapters)).merge_and_unload().save_pretrained(settings.output)


def choose_by_validation(settings: SftSettings, trainer: Any, processor: Any) -> Any:
    """A callback that keeps the checkpoint whose answers to validation rows are right most often; of equals the later.

    Its `shares` are the shares of right buttons by step, `step` is the chosen one, `folder` has its weights.
    """
    from transformers import TrainerCallback

    rows = rows_of(settings, "validation").shuffle(seed=0)
    rows = rows.select(range(min(settings.choose_rows, len(rows))))
    steps = {settings.max_steps * (number + 1) // settings.choose_among for number in range(settings.choose_among)}
    output = Path(settings.output)

    class Choice(TrainerCallback):  # type: ignore[misc]  # transformers has no types here
        def __init__(self) -> None:
            self.shares: dict[int, float] = {}
            self.step = 0
            self.folder = output if settings.family.lora is None else output / "adapters"

        def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
            if state.global_step not in steps:
                return
            right = right_actions(answers(trainer.model, processor, rows, settings.max_new_tokens), rows)
            share = sum(right) / len(right)
            if share >= max(self.shares.values(), default=0.0):
                self.step = state.global_step
                trainer.save_model(str(self.folder))
            self.shares[state.global_step] = share

    choice = Choice()
    trainer.add_callback(choice)
    return choice


if __name__ == "__main__":
    main()

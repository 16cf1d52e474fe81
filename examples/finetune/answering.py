"""What a checkpoint answers to rows of a dataset, through transformers, greedily."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collector.prompts import parse_reply

Row = Mapping[str, Any]
"""A row of the sft config as load_dataset gives it."""


def answers(model: Any, processor: Any, rows: Sequence[Row], max_new_tokens: int, batch_size: int = 25) -> list[str]:
    """The texts that the model writes after the rows' prompts."""
    import torch

    tokenizer, was_training = processor.tokenizer, model.training
    side, tokenizer.padding_side = tokenizer.padding_side, "left"
    model.eval()
    written: list[str] = []
    try:
        with torch.no_grad():
            for begin in range(0, len(rows), batch_size):
                batch = [rows[number] for number in range(begin, min(begin + batch_size, len(rows)))]
                inputs = prompt_inputs(processor, batch).to(model.device)
                tokens = model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
                fresh = tokens[:, inputs["input_ids"].shape[1] :]
                written += tokenizer.batch_decode(fresh, skip_special_tokens=True)
    finally:
        tokenizer.padding_side = side
        model.train(was_training)
    return written


def prompt_inputs(processor: Any, rows: Sequence[Row]) -> Any:
    """The rows' prompts and pictures as the model takes them; the template has said already what a text begins with."""
    texts = [processor.apply_chat_template(row["prompt"], add_generation_prompt=True) for row in rows]
    pictures = [row["images"] for row in rows]
    shown = pictures if any(pictures) else None
    return processor(text=texts, images=shown, return_tensors="pt", padding=True, add_special_tokens=False)


def right_actions(written: Iterable[str], rows: Iterable[Row]) -> list[bool]:
    """Whether each text names the buttons that its row does."""
    return [", ".join(parse_reply(text).actions) == row["action"] for text, row in zip(written, rows, strict=True)]

"""Whether a server answers as the checkpoint does in transformers: the same rows to both, before anything is played.

    python examples/finetune/agreement.py CHECKPOINT DATASET [BASE_URL] [NAME] [--rows=50] [--split=validation]

A row's prompt goes to the server through the collector's own client. Exit code 1 if fewer than 49 of 50 actions agree.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from answering import Row, answers, prompt_inputs, right_actions

from collector.agents.model_client import ModelRequest
from collector.agents.openai_chat import OpenAIChatClient
from collector.agents.settings import AgentSettings
from collector.prompts import parse_reply, reply_schema

LEAST: Final = 0.98
"""The share of actions that must agree."""

AT_ONCE: Final = 10
"""Rows that the server is asked about at a time."""


def agreement(checkpoint: str, rows: Sequence[Row], settings: AgentSettings) -> dict[str, Any]:
    """How far both answers to the rows agree."""
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(checkpoint)
    model = AutoModelForImageTextToText.from_pretrained(checkpoint)
    here = answers(model, processor, rows, settings.max_output_tokens)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        there = list(pool.map(lambda row: asked(row, settings), rows))
    lengths = [int(prompt_inputs(processor, [row])["input_ids"].shape[1]) for row in rows]
    texts = [completion.text for completion in there]
    actions = [parse_reply(one).actions == parse_reply(other).actions for one, other in zip(here, texts, strict=True)]
    return {
        "rows": len(rows),
        "same_action": sum(actions),
        "same_text": sum(one.strip() == other.strip() for one, other in zip(here, texts, strict=True)),
        "same_prompt_tokens": sum(c.input_tokens == n for c, n in zip(there, lengths, strict=True)),
        "right_here": sum(right_actions(here, rows)),
        "right_there": sum(right_actions(texts, rows)),
    }


def asked(row: Row, settings: AgentSettings) -> Any:
    """The server's answer to a row's prompt."""
    client = OpenAIChatClient(settings, None)
    try:
        return client.complete(
            ModelRequest(
                model=settings.model or "",
                messages=tuple(row["prompt"]),
                images=tuple(image["bytes"] for image in row["undecoded"]),
                schema=reply_schema(1, remember=False),
                temperature=0.0,
                max_output_tokens=settings.max_output_tokens,
                seed=None,
                timeout_s=settings.timeout_s,
            )
        )
    finally:
        client.close()


def chosen_rows(dataset: str, split: str, count: int) -> list[Row]:
    """Rows by a fixed shuffle, each with its pictures both as they are stored and decoded."""
    from datasets import Image, List, load_dataset

    rows = load_dataset(dataset, "sft", split=split).shuffle(seed=0)
    rows = rows.select(range(min(count, len(rows))))
    stored = rows.cast_column("images", List(Image(decode=False)))
    return [{**row, "undecoded": raw["images"]} for row, raw in zip(rows, stored, strict=True)]


def main(arguments: Sequence[str]) -> int:
    """Compare and say how far they agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("dataset")
    parser.add_argument("base_url", nargs="?", default="http://127.0.0.1:8000/v1")
    parser.add_argument("name", nargs="?", default="tiny")
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--structured", default="json_schema")
    parser.add_argument("--max-new-tokens", type=int, default=200)
    told = parser.parse_args(arguments)
    settings = AgentSettings(
        kind="openai",
        model=told.name,
        base_url=told.base_url,
        structured=told.structured,
        max_output_tokens=told.max_new_tokens,
    )
    found = agreement(told.checkpoint, chosen_rows(told.dataset, told.split, told.rows), settings)
    print(json.dumps(found))
    return int(found["same_action"] < LEAST * found["rows"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

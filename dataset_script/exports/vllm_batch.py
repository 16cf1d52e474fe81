"""Requests for `vllm run-batch`: the prompts of rows held back, to be answered by a model in one go.

A line's custom_id names session and step, by which the answers find the rows of `sft` and `heldout` again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.exports.openai import OpenAIExport
from dataset_script.exports.protocol import ExportRow, LinesExport, PromptExport
from dataset_script.lines import with_addresses

if TYPE_CHECKING:
    from datasets import Features

MODEL: Final = "player"
"""The name to serve the model under: `--served-model-name player`."""

MAX_TOKENS: Final = 512
"""Longer than any reply of the scripted players by far."""

COLUMNS: Final[Mapping[str, str]] = {
    "custom_id": "SESSION/STEP.",
    "method": "POST.",
    "url": "/v1/chat/completions.",
    "body": f"model (`{MODEL}`), messages as in `openai` without the answer, temperature (0), max_tokens.",
}


class VllmBatchExport(LinesExport):
    """One prompt, one line."""

    source: PromptExport = sft.EXPORT

    def features(self) -> Features:
        from datasets import Features, Value

        text = Value("string")
        body = {
            "model": text,
            "messages": OpenAIExport().features()["messages"],
            "temperature": Value("float64"),
            "max_tokens": Value("int64"),
        }
        return Features({"custom_id": text, "method": text, "url": text, "body": body})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        for row in rows:
            messages = with_addresses(row["prompt"], row["images"], lambda uri: {"url": uri})
            yield {
                "custom_id": f"{row['session_id']}/{row['step']}",
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": {"model": MODEL, "messages": messages, "temperature": 0.0, "max_tokens": MAX_TOKENS},
            }


EXPORT: Final = VllmBatchExport()

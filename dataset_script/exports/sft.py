"""Supervised fine-tuning: prompt, completion and images as TRL's trainers take them, then flat columns for filters.

The image parts carry no `image` key, there are as many as images, and `images` is never None: with any of these wrong
TRL stops, or trains on nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from collector.prompt_options import PromptOptions
from dataset_script.corpus import PlacedSession
from dataset_script.exports.protocol import ExportRow, PromptExport
from dataset_script.prompting import answer_to, image_cells, prompt_of
from dataset_script.replies import RecordedReply

if TYPE_CHECKING:
    from datasets import Features

COLUMNS: Final[Mapping[str, str]] = {
    "images": "The screens of the prompt, the newest last.",
    "prompt": "System and user message; an image part stands for each picture.",
    "completion": "The assistant's message: the reply as one line of JSON, perception before action.",
    "instruction": "What the player was asked.",
    "action": "The buttons of the reply in order, separated by commas.",
    "reasoning": "Why they were chosen.",
    "score": "Of the session under score_source: the latest of each rater, then the median.",
    "score_source": "human, auto or judge.",
    "task_id": "The task's YAML name.",
    "task_type": "What the task is about.",
    "game": "The game reader's name.",
    "policy": "Who chose the action: expert, noisy, random, human, or the model family.",
    "model_used": "The name of the model or agent that played.",
    "session_id": "The session; with step the key of `steps`.",
    "step": "The reply's first step, from 1.",
    "label_terms": "Whose terms bind the labels: none, or the provider's name.",
}

FROM_STEP: Final = (
    "instruction",
    "task_id",
    "task_type",
    "game",
    "model_used",
    "session_id",
    "step",
    "label_terms",
)
"""Columns copied from the reply's first step."""


class SftExport(PromptExport):
    """One reply, one row."""

    prompt_columns: tuple[str, ...] = ("prompt", "images")

    def features(self) -> Features:
        from datasets import Features, Image, List, Value

        part = {"type": Value("string"), "text": Value("string")}
        messages = List({"role": Value("string"), "content": List(part)})
        columns = {name: Value("string") for name in COLUMNS}
        columns |= {"images": List(Image()), "prompt": messages, "completion": messages}
        return Features(columns | {"score": Value("float64"), "step": Value("int64")})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        answer = reply.answer
        return {
            **{name: reply.first[name] for name in FROM_STEP},
            "images": image_cells(reply, options),
            "prompt": prompt_of(reply, options),
            "completion": [answer_to(reply, options)],
            "action": ", ".join(answer.actions),
            "reasoning": answer.reasoning,
            "policy": reply.policy,
            "score": placed.score,
            "score_source": str(placed.score_source),
        }


EXPORT: Final = SftExport()

"""Prompts to be answered anew, with what a reward function can compare the answers with.

Trainers hand the columns beside `prompt` and `images` to the reward functions by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from collector.prompt_options import PromptOptions
from dataset_script.corpus import PlacedSession
from dataset_script.exports import sft
from dataset_script.exports.protocol import ExportRow, JudgedExport
from dataset_script.prompting import image_cells, prompt_of
from dataset_script.replies import RecordedReply

if TYPE_CHECKING:
    from datasets import Features

_FROM_STEP: Final = ("instruction", "task_id", "task_type", "game", "session_id", "step", "label_terms")

COLUMNS: Final[Mapping[str, str]] = {
    "images": sft.COLUMNS["images"],
    "prompt": sft.COLUMNS["prompt"],
    "expert_actions": "Every button after which the goal is one step nearer, the expert's own first; empty if unknown.",
    "expert_done": "The expert would say that the task is over; null if unknown.",
    "expert_report": "The report that it would give then.",
    "cost_to_go": "Fewest steps from here to the goal; null if unknown.",
    "action": "The button that was pressed first.",
    "score": sft.COLUMNS["score"],
    "score_source": sft.COLUMNS["score_source"],
    **{name: sft.COLUMNS[name] for name in _FROM_STEP},
}


class GrpoExport(JudgedExport):
    """One step, one row."""

    prompt_columns: tuple[str, ...] = ("prompt", "images")

    def features(self) -> Features:
        from datasets import Features, List, Value

        columns = sft.EXPORT.features() | {
            "expert_actions": List(Value("string")),
            "expert_done": Value("bool"),
            "expert_report": Value("string"),
            "cost_to_go": Value("int64"),
        }
        return Features({name: columns[name] for name in COLUMNS})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def takes(self, placed: PlacedSession, reply: RecordedReply) -> bool:
        return True

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        label, expert = reply.label, reply.expert_answer
        return {
            **{name: reply.first[name] for name in _FROM_STEP},
            "images": image_cells(reply, options),
            "prompt": prompt_of(reply, options),
            "expert_actions": [] if label is None else list(label.expert_actions),
            "expert_done": None if expert is None else expert.done,
            "expert_report": None if expert is None else expert.report,
            "cost_to_go": None if label is None else label.cost_to_go,
            "action": reply.first["action"],
            "score": placed.score,
            "score_source": str(placed.score_source),
        }


EXPORT: Final = GrpoExport()

"""Single choices, right or wrong: prompt, completion and label as TRL's KTO trainer takes them, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from collector.prompt_options import PromptOptions
from collector.prompts import reply_message
from dataset_script.corpus import PlacedSession
from dataset_script.exports import sft
from dataset_script.exports.protocol import ExportRow, JudgedExport
from dataset_script.prompting import image_cells, prompt_of
from dataset_script.replies import RecordedReply
from dataset_script.step_evidence import Standing, taken_choice, verdict_of

if TYPE_CHECKING:
    from datasets import Features

FROM_STEP: Final = (
    *("instruction", "task_id", "task_type", "game", "policy", "model_used", "session_id", "step", "label_terms"),
)
"""Columns copied from the step."""

EVIDENCE: Final[Mapping[str, str]] = {
    "evidence": "What says so of this very step: cost_to_go, wrong_steps, pairwise, roll_outs.",
    "steps_lost": "Steps by which the choice led away from the shortest way; null if unknown or the goal out of reach.",
}

COLUMNS: Final[Mapping[str, str]] = {
    "images": sft.COLUMNS["images"],
    "prompt": sft.COLUMNS["prompt"],
    "completion": "The assistant's message: the choice that was made, with no reasons.",
    "label": "Whether the choice was right.",
    **EVIDENCE,
    "action": "The button that was pressed.",
    **{name: sft.COLUMNS[name] for name in FROM_STEP},
}


class KtoExport(JudgedExport):
    """One step of which something is known, one row."""

    prompt_columns: tuple[str, ...] = ("prompt", "images")

    def features(self) -> Features:
        from datasets import Features, Value

        columns = sft.EXPORT.features() | {
            "label": Value("bool"),
            "evidence": Value("string"),
            "steps_lost": Value("int64"),
        }
        return Features({name: columns[name] for name in COLUMNS})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def takes(self, placed: PlacedSession, reply: RecordedReply) -> bool:
        return verdict_of(reply, placed.session.annotations).standing in (Standing.RIGHT, Standing.WRONG)

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        verdict = verdict_of(reply, placed.session.annotations)
        return {
            **{name: reply.first[name] for name in FROM_STEP},
            "images": image_cells(reply, options),
            "prompt": prompt_of(reply, options),
            "completion": [reply_message(taken_choice(reply))],
            "label": verdict.standing is Standing.RIGHT,
            "evidence": verdict.evidence_text,
            "steps_lost": verdict.steps_lost,
            "action": reply.first["action"],
        }


EXPORT: Final = KtoExport()

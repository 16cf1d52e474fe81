"""Pairs of choices at one step, a better and a worse one: prompt, chosen and rejected as TRL's DPO trainer takes them.

Chosen is what the expert would have done, or what people or roll-outs show to be better; rejected is what was done,
where evidence about that step says that it was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from collector.prompt_options import PromptOptions
from collector.prompts import reply_message
from dataset_script.corpus import PlacedSession
from dataset_script.exports import kto, sft
from dataset_script.exports.protocol import ExportRow, JudgedExport
from dataset_script.prompting import image_cells, prompt_of
from dataset_script.replies import RecordedReply
from dataset_script.step_evidence import Standing, better_choice, taken_choice, verdict_of

if TYPE_CHECKING:
    from datasets import Features

COLUMNS: Final[Mapping[str, str]] = {
    "images": sft.COLUMNS["images"],
    "prompt": sft.COLUMNS["prompt"],
    "chosen": "The assistant's message with the better choice: the expert's, else that of people or roll-outs.",
    "rejected": "The same message with the choice that was made.",
    **kto.EVIDENCE,
    "chosen_action": "The button of `chosen`.",
    "rejected_action": "The button of `rejected`: the one that was pressed.",
    **{name: sft.COLUMNS[name] for name in kto.FROM_STEP},
}


class DpoExport(JudgedExport):
    """One step that is known to be wrong, and to which a better answer is known, one row."""

    prompt_columns: tuple[str, ...] = ("prompt", "images")

    def features(self) -> Features:
        from datasets import Features

        columns = kto.EXPORT.features()
        columns |= {side: columns["completion"] for side in ("chosen", "rejected")}
        columns |= {action: columns["action"] for action in ("chosen_action", "rejected_action")}
        return Features({name: columns[name] for name in COLUMNS})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def takes(self, placed: PlacedSession, reply: RecordedReply) -> bool:
        if verdict_of(reply, placed.session.annotations).standing is not Standing.WRONG:
            return False
        return better_choice(reply) not in (None, taken_choice(reply))

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        verdict, better = verdict_of(reply, placed.session.annotations), better_choice(reply)
        assert better is not None, "takes() refuses replies to which there is no better one"
        return {
            **{name: reply.first[name] for name in kto.FROM_STEP},
            "images": image_cells(reply, options),
            "prompt": prompt_of(reply, options),
            "chosen": [reply_message(better)],
            "rejected": [reply_message(taken_choice(reply))],
            "evidence": verdict.evidence_text,
            "steps_lost": verdict.steps_lost,
            "chosen_action": better.actions[0],
            "rejected_action": reply.first["action"],
        }


EXPORT: Final = DpoExport()

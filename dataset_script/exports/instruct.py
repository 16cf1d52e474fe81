"""Instruction, input and output structures: the same replies as sft, for readers who render prompts of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from collector.prompt_options import PromptOptions
from dataset_script.corpus import PlacedSession
from dataset_script.exports.protocol import ExportRow, PromptExport
from dataset_script.prompting import image_cells
from dataset_script.replies import RecordedReply
from scoring.records import Source

if TYPE_CHECKING:
    from datasets import Features

COLUMNS: Final[Mapping[str, str]] = {
    "instruction": "What the player was asked.",
    "input": (
        "game_state {memory_context (from the game's memory: more than the screen shows), previous_actions} and "
        "task_context {step_number, total_steps (the budget), goal}."
    ),
    "images": "The screens before the reply, the newest last.",
    "output": (
        "action (several separated by commas), reasoning, expected_outcome, report (the answer where the task asks for "
        "one, else null)."
    ),
    "metadata": (
        "session_id, step, timestamp, model_used, success (the press had an effect; null for wait), "
        "human_score (null if no person rated the session), task_id."
    ),
}


class InstructExport(PromptExport):
    """One reply, one row."""

    prompt_columns: tuple[str, ...] = ("instruction", "input", "images")

    def features(self) -> Features:
        from datasets import Features, Image, List, Value

        text, number = Value("string"), Value("int64")
        return Features(
            {
                "instruction": text,
                "input": {
                    "game_state": {"memory_context": text, "previous_actions": List(text)},
                    "task_context": {"step_number": number, "total_steps": number, "goal": text},
                },
                "images": List(Image()),
                "output": {"action": text, "reasoning": text, "expected_outcome": text, "report": text},
                "metadata": {
                    **{"session_id": text, "step": number, "timestamp": text, "model_used": text},
                    **{"success": Value("bool"), "human_score": Value("float64"), "task_id": text},
                },
            }
        )

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        answer = reply.answer
        return {
            "instruction": reply.first["instruction"],
            "input": _input(reply),
            "images": image_cells(reply, options),
            "output": {
                "action": reply.action_text,
                "reasoning": answer.reasoning,
                "expected_outcome": answer.expected_outcome,
                "report": answer.report,
            },
            "metadata": {
                **{name: reply.first[name] for name in ("session_id", "step", "timestamp", "model_used", "task_id")},
                "success": reply.action_effect,
                "human_score": placed.session.score(Source.HUMAN),
            },
        }


def _input(reply: RecordedReply) -> dict[str, Any]:
    facts = reply.facts
    return {
        "game_state": {"memory_context": facts.memory_context, "previous_actions": list(facts.previous_actions)},
        "task_context": {"step_number": facts.step, "total_steps": facts.step_budget, "goal": facts.goal},
    }


EXPORT: Final = InstructExport()

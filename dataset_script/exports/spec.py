"""The lines of the original specification's training_data.jsonl: instruction, input with the screen in base64, output.

A reply is a line here, while the file of that name in a session's directory has a line a step.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dataset_script.corpus import Corpus
from dataset_script.exports import instruct
from dataset_script.exports.protocol import ExportRow, LinesExport, PromptExport

if TYPE_CHECKING:
    from datasets import Features

OUTPUT: Final = ("action", "reasoning", "expected_outcome")
METADATA: Final = ("session_id", "timestamp", "model_used", "success", "human_score")

COLUMNS: Final[Mapping[str, str]] = {
    "instruction": instruct.COLUMNS["instruction"],
    "input": (
        "game_state {screenshot_base64 (the newest screen as the prompt shows it), memory_context, previous_actions} "
        "and task_context {step_number, total_steps (the budget), goal}."
    ),
    "output": f"{', '.join(OUTPUT)}.",
    "metadata": f"{', '.join(METADATA)}, as in `instruct`.",
}


class SpecExport(LinesExport):
    """One reply, one line."""

    source: PromptExport = instruct.EXPORT

    def features(self) -> Features:
        from datasets import Features, Value

        of_instruct = self.source.features()
        game_state = {"screenshot_base64": Value("string"), **of_instruct["input"]["game_state"]}
        return Features(
            {
                "instruction": of_instruct["instruction"],
                "input": {"game_state": game_state, "task_context": of_instruct["input"]["task_context"]},
                "output": {name: of_instruct["output"][name] for name in OUTPUT},
                "metadata": {name: of_instruct["metadata"][name] for name in METADATA},
            }
        )

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        for row in rows:
            screen = base64.b64encode(row["images"][-1]["bytes"]).decode()
            game_state = {"screenshot_base64": screen, **row["input"]["game_state"]}
            yield {
                "instruction": row["instruction"],
                "input": {"game_state": game_state, "task_context": row["input"]["task_context"]},
                "output": {name: row["output"][name] for name in OUTPUT},
                "metadata": {name: row["metadata"][name] for name in METADATA},
            }


EXPORT: Final = SpecExport()

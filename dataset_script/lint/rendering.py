"""No prompt changes with what came of it: made a second time from scrambled outputs it is equal, byte for byte.

Scrambled are the action, all the agent said, the screen after, all later steps of the session, labels, evidence, the
verdict and the score.
"""

from __future__ import annotations

from collections.abc import Iterator

from dataset_script.exports.protocol import ExportRow
from dataset_script.lint.rule import Example, Fault
from dataset_script.lint.scrambled import scrambled_reply, scrambled_session


class RenderingRule:
    """Prompts are a function of what was known."""

    name = "rendering"
    advice = "the prompt template or the export uses what was known only after the reply; mend it"

    def faults(self, row: ExportRow, example: Example) -> Iterator[Fault]:
        placed, reply = scrambled_session(example.placed, example.reply.first), scrambled_reply(example.reply)
        again = example.export.row(placed, reply, example.options)
        for column, cell in example.prompt_cells(row).items():
            if cell != again[column]:
                yield Fault(column, "it changes with what was known only after the reply")

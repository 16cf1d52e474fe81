"""A session as one conversation: system once, then question and answer in turn, each question with its pictures.

Every turn is the row that `sft` has of the same reply, so the two say the same. Where `sft` has no row for a step the
conversation ends and another begins: no answer is followed by a screen that it did not lead to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.exports.protocol import DerivedExport, ExportRow, PromptExport

if TYPE_CHECKING:
    from datasets import Features

_OF_SESSION: Final = (
    *("instruction", "score", "score_source", "task_id", "task_type", "game", "policy", "model_used", "session_id"),
    "label_terms",
)
"""Columns that every reply of a session has alike."""

COLUMNS: Final[Mapping[str, str]] = {
    "images": "The screens of all questions, in order.",
    "messages": "System, then user and assistant in turn; an image part stands for each picture.",
    **{name: sft.COLUMNS[name] for name in _OF_SESSION},
    "step": "The first reply's first step, from 1.",
    "replies": "Answers in the conversation.",
}


class ChatExport(DerivedExport):
    """One conversation, one row; with `windows` it is cut after every `chat_window` replies."""

    source: PromptExport = sft.EXPORT

    def __init__(self, *, windows: bool = False) -> None:
        self._windows = windows

    def features(self) -> Features:
        from datasets import Features, Value

        of_sft = self.source.features()
        columns = of_sft | {"messages": of_sft["prompt"], "replies": Value("int64")}
        return Features({name: columns[name] for name in COLUMNS})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        longest = corpus.chat_window if self._windows else None
        turns: list[ExportRow] = []
        for row in rows:
            if turns and (len(turns) == longest or not _follows(row, turns[-1])):
                yield _conversation(turns)
                turns = []
            turns.append(row)
        if turns:
            yield _conversation(turns)


def _follows(row: ExportRow, before: ExportRow) -> bool:
    """Whether a reply was asked for right where the one before it ended."""
    end: int = before["step"] + len(before["action"].split(", "))
    return bool(row["session_id"] == before["session_id"] and row["step"] == end)


def _conversation(turns: list[ExportRow]) -> ExportRow:
    first = turns[0]
    messages: list[Any] = list(first["prompt"][:-1])
    for turn in turns:
        messages += [turn["prompt"][-1], *turn["completion"]]
    return {
        "images": [image for turn in turns for image in turn["images"]],
        "messages": messages,
        **{name: first[name] for name in _OF_SESSION},
        "step": first["step"],
        "replies": len(turns),
    }


EXPORT: Final = ChatExport()

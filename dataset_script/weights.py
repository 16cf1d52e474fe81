"""A column `weight`: how much a row counts, so that every task, or every button, counts alike in train."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from collector.prompt_options import PromptOptions
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.curation_config import WeightBy
from dataset_script.exports.protocol import Export, ExportRow, JudgedExport, PromptExport
from dataset_script.replies import RecordedReply

if TYPE_CHECKING:
    from datasets import Features

Name = TypeVar("Name")
"""What exports are known by."""


class WeightedExport(PromptExport):
    """An export of examples with the column added."""

    def __init__(self, export: PromptExport, by: WeightBy, weights: Mapping[str, float]) -> None:
        """WEIGHTS are by task or button; what train has none of counts 1."""
        self.prompt_columns = export.prompt_columns
        self._export, self._by, self._weights = export, by, weights

    def features(self) -> Features:
        from datasets import Features, Value

        return Features({**self._export.features(), "weight": Value("float64")})

    def column_docs(self) -> Mapping[str, str]:
        about = f"How much the row counts, so that every {self._by} comes to the same sum in train; the mean is 1."
        return {**self._export.column_docs(), "weight": about}

    def replies(self, corpus: Corpus, split: str) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        return self._export.replies(corpus, split)

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        group = placed.session.record.task_id if self._by is WeightBy.TASK else reply.actions[0]
        return {**self._export.row(placed, reply, options), "weight": self._weights.get(group, 1.0)}


def weighted(exports: Mapping[Name, Export], by: WeightBy, weights: Mapping[str, float]) -> dict[Name, Export]:
    """The exports, those of examples with their weights; the others choose and judge rows by rules of their own."""
    return {
        name: WeightedExport(export, by, weights)
        if weights and isinstance(export, PromptExport) and not isinstance(export, JudgedExport)
        else export
        for name, export in exports.items()
    }

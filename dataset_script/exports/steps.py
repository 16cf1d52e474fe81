"""Everything that was recorded, one row a step: the shards' own columns, failures too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from collector.features import features_of, field_docs
from collector.records import Step
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import ExportRow

if TYPE_CHECKING:
    from datasets import Features


class StepsExport:
    """One step, one row."""

    def features(self) -> Features:
        return features_of(Step)

    def column_docs(self) -> Mapping[str, str]:
        return field_docs(Step)

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        for placed in corpus.of_split(split):
            for step in placed.session.steps():
                yield dict(step)


EXPORT: Final = StepsExport()

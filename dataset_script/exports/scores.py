"""Every rating of every session, replaced ones too: one split a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from collector.features import features_of, field_docs, row_of
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import ExportRow
from scoring.records import Annotation

if TYPE_CHECKING:
    from datasets import Features


class ScoresExport:
    """One annotation, one row; the split is the source."""

    def features(self) -> Features:
        return features_of(Annotation)

    def column_docs(self) -> Mapping[str, str]:
        return field_docs(Annotation)

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        for placed in corpus.sessions:
            for annotation in placed.session.annotations:
                if annotation.source == split:
                    yield row_of(annotation)


EXPORT: Final = ScoresExport()

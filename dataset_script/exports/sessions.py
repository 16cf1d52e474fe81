"""One row a session: its metadata as it stands, failures too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from collector.features import features_of, field_docs, row_of
from collector.records import Session
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import ExportRow

if TYPE_CHECKING:
    from datasets import Features


class SessionsExport:
    """One session, one row."""

    def features(self) -> Features:
        return features_of(Session)

    def column_docs(self) -> Mapping[str, str]:
        return field_docs(Session)

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        for placed in corpus.of_split(split):
            yield row_of(placed.session.record)


EXPORT: Final = SessionsExport()

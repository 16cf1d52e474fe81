"""Steps without pictures, states and contexts: actions, words, and digests of all that is missing.

`row_hash` is over the whole step, so whoever plays it again can tell that nothing is missing. Words stay as they are,
the agent's and those of its memory: if that may know the game's, its notes tell of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import make_dataclass
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from collector.features import features_of, field_docs
from collector.records import Step
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import ExportRow

if TYPE_CHECKING:
    from datasets import Features

LEFT_OUT: Final = ("memory_context", "screenshot", "screenshot_after", "state")
"""Columns that playing a session again gives back."""

ThinStep: Final[type[Any]] = make_dataclass(
    "ThinStep", [(name, kind) for name, kind in get_type_hints(Step).items() if name not in LEFT_OUT]
)
"""The record of a row: a Step without those columns."""


class ThinExport:
    """One step, one row."""

    def features(self) -> Features:
        return features_of(ThinStep)

    def column_docs(self) -> Mapping[str, str]:
        return {name: line for name, line in field_docs(Step).items() if name not in LEFT_OUT}

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        for placed in corpus.of_split(split):
            for step in placed.session.steps():
                yield {name: value for name, value in step.items() if name not in LEFT_OUT}


EXPORT: Final = ThinExport()

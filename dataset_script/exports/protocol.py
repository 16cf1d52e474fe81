"""What an export is: columns, and the rows of a split. A new one is a file here and a YAML in configs/export."""

from __future__ import annotations

import importlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from collector.errors import ConfigError
from collector.prompt_options import PromptOptions
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.replies import RecordedReply

if TYPE_CHECKING:
    from datasets import Features

ExportRow: TypeAlias = dict[str, Any]
"""A row as the export's features take it; it has every column and no other."""


class Export(Protocol):
    """Makes the rows of a config. A module of this package holds one as `EXPORT`."""

    def features(self) -> Features:
        """The columns, the same in every split."""
        ...

    def column_docs(self) -> Mapping[str, str]:
        """A line about each column, in the order of the features."""
        ...

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        """The rows of a split, in order of session and step."""
        ...


@runtime_checkable
class PromptExport(Export, Protocol):
    """An export whose row is one reply with its prompt: its rows can be checked for leaks."""

    prompt_columns: tuple[str, ...]
    """The columns a model sees before it answers."""

    def replies(self, corpus: Corpus, split: str) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        """The replies of a split that become rows."""
        return corpus.examples(split)

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        """The row of one reply."""
        ...

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        """The rows of a split, in order of session and step."""
        for placed, reply in self.replies(corpus, split):
            yield self.row(placed, reply, corpus.prompt)


class JudgedExport(PromptExport):
    """An export of single steps, whatever their session's score: see dataset_script/step_evidence.py."""

    def replies(self, corpus: Corpus, split: str) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        return ((placed, reply) for placed, reply in corpus.judged(split) if self.takes(placed, reply))

    @abstractmethod
    def takes(self, placed: PlacedSession, reply: RecordedReply) -> bool:
        """Whether a reply becomes a row."""


@runtime_checkable
class DerivedExport(Export, Protocol):
    """An export whose rows are made of another's and hold nothing else: what is checked there is checked here."""

    source: PromptExport
    """Whose rows they are made of."""

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        """The rows that a split's rows of the source make."""
        ...

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        """The rows of a split, in order of session and step."""
        return self.derive(self.source.rows(corpus, split), corpus)


class LinesExport(DerivedExport):
    """An export that is written as JSON lines beside the dataset folder, and never pushed.

    Its features are the keys of a line; parts of a cell that are absent stay away. Pictures may be texts already.
    """

    def companions(self, files: Mapping[str, str]) -> Mapping[str, str]:
        """Texts of files that stand beside the lines, by name; `files` has the name of each split's lines."""
        return {}


def load_export(kind: str) -> Export:
    """The export that a module of this package holds."""
    kinds = sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__init__", "protocol")
    )
    if kind not in kinds:
        raise ConfigError(f"export kind {kind!r}: there is none; there are {', '.join(kinds)}")
    export: Export = importlib.import_module(f"dataset_script.exports.{kind}").EXPORT
    return export

"""What a rule of the gate is: it looks at one row and names each cell that breaks it. A new one is a file here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from collector.prompt_options import PromptOptions
from dataset_script.corpus import PlacedSession
from dataset_script.exports.protocol import ExportRow, PromptExport
from dataset_script.lint.cells import RowCells
from dataset_script.replies import RecordedReply


class Fault(NamedTuple):
    """One cell that breaks a rule."""

    column: str
    """The row's column."""
    what: str
    """What is wrong with it, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What a prompt's row was made from."""

    export: PromptExport
    """Makes the row."""
    placed: PlacedSession
    """The session."""
    reply: RecordedReply
    """The reply."""
    options: PromptOptions
    """How prompts are rendered."""

    def prompt_cells(self, row: ExportRow) -> dict[str, Any]:
        """The columns that a model sees before it answers."""
        return {column: row[column] for column in self.export.prompt_columns}


class Rule(Protocol):
    """One thing that no row may hold."""

    name: str
    """What reports call it."""
    advice: str
    """What to do about a violation."""


class RowRule(Rule, Protocol):
    """A rule about a row by itself, of any config."""

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        """Each cell that breaks the rule; none for a sound row."""
        ...


class PromptRule(Rule, Protocol):
    """A rule about a prompt and the reply it asked for."""

    def faults(self, row: ExportRow, example: Example) -> Iterator[Fault]:
        """Each cell that breaks the rule; none for a sound row."""
        ...


def place_of(row: ExportRow) -> Mapping[str, Any]:
    """The part of a row that holds its session_id and, if it is about one, its step."""
    metadata: Mapping[str, Any] = row.get("metadata", row)
    return metadata

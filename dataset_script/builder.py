"""One build: sessions and ratings in, a dataset folder out. The file to read first.

Read which sessions have ended, place them in splits, find what train shares with the others, write every config, then
the card and the picture sheet, and put the folder in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from collector.errors import InputError
from dataset_script.card import BuiltConfig, card_text
from dataset_script.config import BuildSettings, ExportSettings
from dataset_script.corpus import Corpus, PlacedSession, read_sessions
from dataset_script.exports.protocol import (
    DerivedExport,
    Export,
    ExportRow,
    JudgedExport,
    PromptExport,
    load_export,
)
from dataset_script.figures import figures_of
from dataset_script.lint.gate import Gate, gate_for
from dataset_script.output_folder import CARD_FILE, SHEET_FILE, refuse_foreign, replacing
from dataset_script.overlaps import Overlaps, find_overlaps
from dataset_script.parquet import write_split
from dataset_script.publishing import prepared, write_salt
from dataset_script.selection import Tell, place_sessions, require_trainable
from dataset_script.sheet import draw_sheet
from dataset_script.splits import SPLITS_FILE, read_splits, splits_text

Watch: TypeAlias = Callable[[Iterator[ExportRow], str], Iterator[ExportRow]]
"""Hands rows on and shows how many came by; the text says of which config and split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build made."""

    rows: Mapping[str, Mapping[str, int]]
    """Rows by config and split."""
    overlaps: Overlaps
    """What was taken out of train."""
    sheet: Path | None
    """The picture sheet; None if no config has rows to show."""


def build(settings: BuildSettings, tell: Tell, watch: Watch = lambda rows, what: rows) -> BuildReport:
    """Build the dataset folder; the one that stood there stays as it is unless the build ends well."""
    refuse_foreign(settings.output)
    known = read_splits(settings.output, settings.split_by)
    exports = {export.name: load_export(export.kind) for export in settings.exports}
    recorded, notes = read_sessions(settings.runs, skip_damaged=settings.skip_damaged)
    for note in notes:
        tell(note)
    sessions, salt = prepared(recorded, settings.push, settings.output, tell)
    are_judged = any(isinstance(export, JudgedExport) for export in exports.values())
    if any(_needs_scores(export) for export in exports.values()):
        require_trainable(sessions, settings)
    if not settings.lint:
        tell("WARNING: lint=off: rows may hold their own answers, keys or damaged pictures; the card says so")
    with replacing(settings.output) as folder:
        placed, placement = place_sessions(sessions, settings, known, tell)
        overlaps = _overlaps(placed, settings, tell)
        corpus = Corpus(
            sessions=placed,
            prompt=settings.prompt,
            dropped=overlaps.dropped,
            judged_dropped=_judged_overlaps(placed, settings, tell) if are_judged else frozenset(),
            chat_window=settings.chat_window,
        )
        gate = gate_for(settings, placed) if settings.lint else None
        writer = _Writer(settings, corpus, gate, folder, tell, watch)
        configs = [writer.write(export, exports[export.name]) for export in settings.exports]
        if gate is not None:
            gate.close()
        built = [config for config in configs if config.splits]
        if not built:
            raise InputError(f"export={list(exports)}: not one row to write; build other configs or collect more")
        sheet = draw_sheet(built, folder / SHEET_FILE)
        figures = figures_of(corpus, overlaps, placement.unit_of, are_judged=are_judged)
        if salt is not None:
            write_salt(folder, salt)
        (folder / SPLITS_FILE).write_text(splits_text(placement.units, settings.split_by), encoding="utf-8")
        (folder / CARD_FILE).write_text(card_text(built, figures, settings, has_sheet=sheet), encoding="utf-8")
    return BuildReport(
        rows={config.name: {split: files.num_examples for split, files in config.splits.items()} for config in built},
        overlaps=overlaps,
        sheet=settings.output / SHEET_FILE if sheet else None,
    )


def _needs_scores(export: Export) -> bool:
    """Whether its rows are chosen by the scores of their sessions."""
    return isinstance(export, PromptExport | DerivedExport) and not isinstance(export, JudgedExport)


def _judged_overlaps(
    placed: tuple[PlacedSession, ...], settings: BuildSettings, tell: Tell
) -> frozenset[tuple[str, int]]:
    """Steps that are judged one by one and stand in other splits, or twice."""
    dropped = find_overlaps(placed, settings.prompt, PlacedSession.judged).dropped
    if dropped:
        tell(f"{len(dropped)} steps to be judged stand in another split or earlier in their own: taken out")
    return dropped


def _overlaps(placed: tuple[PlacedSession, ...], settings: BuildSettings, tell: Tell) -> Overlaps:
    overlaps = find_overlaps(placed, settings.prompt)
    if overlaps.shared:
        tell(
            f"{overlaps.shared} of {overlaps.examined} examples of train also stand in validation or test: "
            "taken out of train, counted on the card"
        )
    if overlaps.repeated:
        where = ", ".join(f"{count} of {split}" for split, count in overlaps.repeated.items())
        tell(f"{sum(overlaps.repeated.values())} examples stand earlier in their split ({where}): taken out")
    return overlaps


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the configs of one build."""

    settings: BuildSettings
    corpus: Corpus
    gate: Gate | None
    folder: Path
    tell: Tell
    watch: Watch

    def write(self, config: ExportSettings, export: Export) -> BuiltConfig:
        """Write every split of a config that has rows."""
        splits = {}
        for split in config.splits:
            files = write_split(
                self.watch(self._rows(config.name, export, split), f"{config.name}/{split}"),
                export.features(),
                self.folder / config.name,
                split,
                max_bytes=self.settings.max_shard_bytes,
            )
            if files is None:
                self.tell(f"{config.name}/{split}: no row, so the split is left out")
            else:
                splits[split] = files
        return BuiltConfig(
            name=config.name,
            about=config.about,
            features=export.features(),
            column_docs=export.column_docs(),
            splits=splits,
        )

    def _rows(self, name: str, export: Export, split: str) -> Iterator[ExportRow]:
        """The rows of a split, through the gate: prompts as they are made, then all that is written."""
        if self.gate is None:
            return export.rows(self.corpus, split)
        if isinstance(export, DerivedExport):
            rows = export.derive(self.gate.examples(export.source, name, self.corpus, split), self.corpus)
        elif isinstance(export, PromptExport):
            rows = self.gate.examples(export, name, self.corpus, split)
        else:
            rows = export.rows(self.corpus, split)
        return self.gate.rows(rows, name)

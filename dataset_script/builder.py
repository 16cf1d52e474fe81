"""One build: sessions and ratings in, a dataset folder out. The file to read first.

Read which sessions have ended, place them in splits, find what train shares with the others, write every config, then
the card and the picture sheet, and put the folder in its place.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from collector.errors import ConfigError, InputError
from dataset_script.card import BuiltConfig, card_text
from dataset_script.config import BuildSettings, ExportSettings
from dataset_script.corpus import Corpus, PlacedSession, read_sessions
from dataset_script.curation import curate
from dataset_script.curation_card import balance_report
from dataset_script.exports.protocol import (
    DerivedExport,
    Export,
    JudgedExport,
    LinesExport,
    PromptExport,
    load_export,
)
from dataset_script.figures import figures_of
from dataset_script.lint.gate import gate_for
from dataset_script.output_folder import (
    CARD_FILE,
    SHEET_FILE,
    is_of_lines,
    lines_folder,
    refuse_foreign,
    replacing,
)
from dataset_script.overlaps import Overlaps, find_overlaps
from dataset_script.preferences import with_preferences
from dataset_script.publishing import prepared, write_salt
from dataset_script.selection import Tell, place_sessions, require_trainable
from dataset_script.sheet import draw_sheet
from dataset_script.splits import SPLITS_FILE, read_splits, splits_text
from dataset_script.weights import weighted
from dataset_script.writing import Watch, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build made."""

    rows: Mapping[str, Mapping[str, int]]
    """Rows of the dataset folder by config and split."""
    lines: Mapping[str, Mapping[str, int]]
    """JSON lines beside it by export and split."""
    overlaps: Overlaps
    """What was taken out of train."""
    sheet: Path | None
    """The picture sheet; None if no config has rows to show."""


def build(settings: BuildSettings, tell: Tell, watch: Watch = lambda rows, what: rows) -> BuildReport:
    """Build the dataset folder; the one that stood there stays as it is unless the build ends well.

    Exports that are JSON lines go into a folder beside it. Where no other is asked for, the dataset folder stays.
    """
    beside = lines_folder(settings.output)
    refuse_foreign(settings.output)
    refuse_foreign(beside, is_of_lines)
    known = read_splits(beside, settings.split_by) | read_splits(settings.output, settings.split_by)
    exports = {export.name: load_export(export.kind) for export in settings.exports}
    tables, lines = _kinds(settings, exports)
    recorded, notes = read_sessions(settings.runs, skip_damaged=settings.skip_damaged)
    for note in notes:
        tell(note)
    sessions, salt = prepared(recorded, settings.push, settings.output, tell)
    if any(_needs_scores(export) for export in exports.values()):
        require_trainable(sessions, settings)
    if not settings.lint:
        tell("WARNING: lint=off: rows may hold their own answers, keys or damaged pictures; the card says so")
    placed, placement = place_sessions(sessions, settings, known, tell)
    overlaps = _overlaps(placed, settings, tell)
    are_judged = any(isinstance(export, JudgedExport) for export in exports.values())
    corpus = _corpus(placed, overlaps, settings, tell, are_judged=are_judged)
    curation = None
    if not settings.curation.is_off:
        curation = curate(corpus, settings.curation)
        tell(balance_report(curation, settings))
        corpus = replace(corpus, dropped=corpus.dropped | curation.taken_out, forgetting=settings.curation.forgetting)
        tables = weighted(tables, settings.curation.weights, curation.weights)
    gate = gate_for(settings, corpus.sessions) if settings.lint else None
    writer = Writer(settings, corpus, gate, tell, watch)
    splits = splits_text(placement.units, settings.split_by)
    with ExitStack() as folders:
        built, written, has_sheet = list[BuiltConfig](), dict[str, Mapping[str, int]](), False
        if lines:
            folder = folders.enter_context(replacing(beside, is_of_lines))
            (folder / SPLITS_FILE).write_text(splits, encoding="utf-8")
            written = writer.lines(lines, folder)
        if tables:
            folder = folders.enter_context(replacing(settings.output))
            (folder / SPLITS_FILE).write_text(splits, encoding="utf-8")
            built = writer.tables(tables, folder)
        if gate is not None:
            gate.close()
        if (tables and not built) or not (built or written):
            relabel = f"python -m collector.relabel {shlex.quote(str(settings.runs))}"
            evidence = f", or have steps of the cartridge judged: {relabel}" if are_judged else ""
            raise InputError(
                f"export={list(exports)}: not one row to write; build other configs, or collect more{evidence}"
            )
        if built:
            has_sheet = draw_sheet(built, folder / SHEET_FILE)
            figures = figures_of(corpus, overlaps, curation, placement.unit_of, are_judged=are_judged)
            (folder / CARD_FILE).write_text(card_text(built, figures, settings, has_sheet=has_sheet), encoding="utf-8")
            if salt is not None:
                write_salt(folder, salt)
    return BuildReport(
        rows={config.name: {split: files.num_examples for split, files in config.splits.items()} for config in built},
        lines=written,
        overlaps=overlaps,
        sheet=settings.output / SHEET_FILE if has_sheet else None,
    )


def _kinds(
    settings: BuildSettings, exports: Mapping[str, Export]
) -> tuple[dict[ExportSettings, Export], dict[ExportSettings, LinesExport]]:
    """What goes into the dataset folder, and what beside it."""
    tables, lines = dict[ExportSettings, Export](), dict[ExportSettings, LinesExport]()
    for config in settings.exports:
        export = exports[config.name]
        if isinstance(export, LinesExport):
            lines[config] = export
        else:
            tables[config] = export
    if settings.push is not None and not tables:
        raise ConfigError(f"export={list(exports)}: JSON lines are not pushed; add a config to push, e.g. sft")
    return tables, lines


def _corpus(
    placed: tuple[PlacedSession, ...], overlaps: Overlaps, settings: BuildSettings, tell: Tell, *, are_judged: bool
) -> Corpus:
    """What exports read; what is known of single steps only where one of them asks."""
    if are_judged:
        placed = with_preferences(placed, settings.runs, settings.branches)
    return Corpus(
        sessions=placed,
        prompt=settings.prompt,
        dropped=overlaps.dropped,
        judged_dropped=_judged_overlaps(placed, settings, tell) if are_judged else frozenset(),
        chat_window=settings.chat_window,
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

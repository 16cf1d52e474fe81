"""One build: sessions and ratings in, a dataset folder out. The file to read first.

Read which sessions have ended, place them in splits, find what train shares with the others, write every config, then
the card and the picture sheet, and put the folder in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from collector.errors import InputError
from dataset_script.card import BuiltConfig, card_text
from dataset_script.config import BuildSettings, ExportSettings
from dataset_script.corpus import TRAINABLE, Corpus, PlacedSession, RatedSession, read_sessions
from dataset_script.exports.protocol import Export, ExportRow, PromptExport, load_export
from dataset_script.figures import figures_of
from dataset_script.leaks import checked_rows
from dataset_script.output_folder import CARD_FILE, SHEET_FILE, refuse_foreign, replacing
from dataset_script.overlaps import Overlaps, find_overlaps
from dataset_script.parquet import SplitFiles, write_split
from dataset_script.sheet import draw_sheet
from dataset_script.splits import SPLITS_FILE, Placement, place, read_splits, splits_text

Tell = Callable[[str], None]
"""Says a line to whoever started the build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build made."""

    rows: Mapping[str, Mapping[str, int]]
    """Rows by config and split."""
    overlaps: Overlaps
    """What was taken out of train."""
    sheet: Path | None
    """The picture sheet; None if no config has rows to show."""


def build(settings: BuildSettings, tell: Tell) -> BuildReport:
    """Build the dataset folder; the one that stood there stays as it is unless the build ends well."""
    refuse_foreign(settings.output)
    exports = {export.name: load_export(export.kind) for export in settings.exports}
    sessions, notes = read_sessions(settings.runs)
    for note in notes:
        tell(note)
    if any(isinstance(export, PromptExport) for export in exports.values()):
        _require_scores(sessions, settings)
    with replacing(settings.output) as folder:
        placement = place([s.record for s in sessions], settings.split_by, read_splits(settings.output))
        corpus, overlaps = _corpus(sessions, placement, settings, tell)
        configs = [_write_config(export, exports[export.name], corpus, settings, folder, tell) for export in settings.exports]
        built = [config for config in configs if config.splits]
        sheet = draw_sheet(built, folder / SHEET_FILE)
        figures = figures_of(corpus, overlaps, placement.unit_of)
        (folder / SPLITS_FILE).write_text(splits_text(placement.units), encoding="utf-8")
        (folder / CARD_FILE).write_text(card_text(built, figures, settings, has_sheet=sheet), encoding="utf-8")
    return BuildReport(
        rows={config.name: {split: files.num_examples for split, files in config.splits.items()} for config in built},
        overlaps=overlaps,
        sheet=settings.output / SHEET_FILE if sheet else None,
    )


def _require_scores(sessions: list[RatedSession], settings: BuildSettings) -> None:
    """InputError if nothing can be trained on, with the command or the setting that changes it."""
    source = settings.score_source
    if not any(session.annotations for session in sessions):
        raise InputError(f"{settings.runs}: no session is rated; run this first: python -m scoring auto {settings.runs}")
    rated = [score for session in sessions if (score := session.score(source)) is not None]
    if not rated:
        others = sorted({rating.source for session in sessions for rating in session.annotations})
        raise InputError(f"score_source={source}: no session has a score from it; there are ratings by {', '.join(others)}")
    if not any(_is_trained_on(session, settings) for session in sessions):
        raise InputError(
            f"min_score={settings.min_score:g}: no ended session reaches it ({source} scores go from {min(rated):g} "
            f"to {max(rated):g}); lower it or collect better sessions"
        )


def _is_trained_on(session: RatedSession, settings: BuildSettings) -> bool:
    score = session.score(settings.score_source)
    return session.record.status in TRAINABLE and score is not None and score >= settings.min_score


def _corpus(
    sessions: list[RatedSession], placement: Placement, settings: BuildSettings, tell: Tell
) -> tuple[Corpus, Overlaps]:
    """The placed sessions without the overlaps of train."""
    useless = [s.record.session_id for s in sessions if placement.shares_start(s.record.session_id)]
    if useless:
        tell(
            f"{len(useless)} sessions of held-out tasks began where train or validation sessions begin (the first is "
            f"{useless[0]}): they are in steps and sessions, but prove nothing and are no rows of heldout"
        )
    placed = tuple(
        PlacedSession(
            session=session,
            split=placement.split_of(session.record.session_id),
            score=session.score(settings.score_source),
            score_source=settings.score_source,
            trained_on=_is_trained_on(session, settings) and not placement.shares_start(session.record.session_id),
        )
        for session in sessions
    )
    overlaps = find_overlaps(placed)
    if overlaps.dropped:
        tell(f"{len(overlaps.dropped)} of {overlaps.examined} examples of train also stand in validation or test: dropped")
    return Corpus(sessions=placed, prompt=settings.prompt, dropped=overlaps.dropped), overlaps


def _write_config(
    settings: ExportSettings, export: Export, corpus: Corpus, build_settings: BuildSettings, folder: Path, tell: Tell
) -> BuiltConfig:
    splits: dict[str, SplitFiles] = {}
    for split in settings.splits:
        rows = _rows(settings.name, export, corpus, split, check=build_settings.leak_check)
        files = write_split(
            rows, export.features(), folder / settings.name, split, max_bytes=build_settings.max_shard_bytes
        )
        if files is None:
            tell(f"{settings.name}/{split}: no row, so the split is left out")
        else:
            splits[split] = files
    return BuiltConfig(
        name=settings.name,
        about=settings.about,
        features=export.features(),
        column_docs=export.column_docs(),
        splits=splits,
    )


def _rows(name: str, export: Export, corpus: Corpus, split: str, *, check: bool) -> Iterator[ExportRow]:
    if check and isinstance(export, PromptExport):
        return checked_rows(export, name, corpus, split)
    return export.rows(corpus, split)

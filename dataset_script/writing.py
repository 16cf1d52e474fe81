"""Writes the configs of one build, each row through the gate: Parquet into the dataset folder, JSON lines beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from dataset_script.card import BuiltConfig
from dataset_script.config import BuildSettings, ExportSettings
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import DerivedExport, Export, ExportRow, LinesExport, PromptExport
from dataset_script.lines import write_lines
from dataset_script.lint.gate import Gate
from dataset_script.parquet import write_split
from dataset_script.picture_format import encoded_as
from dataset_script.selection import Tell

Watch: TypeAlias = Callable[[Iterator[ExportRow], str], Iterator[ExportRow]]
"""Hands rows on and shows how many came by; the text says of which config and split."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes what one build reads."""

    settings: BuildSettings
    corpus: Corpus
    gate: Gate | None
    tell: Tell
    watch: Watch

    def tables(self, exports: Mapping[ExportSettings, Export], folder: Path) -> list[BuiltConfig]:
        """Write the configs of the dataset folder; those without a row are left out."""
        built = [self._parquet(config, export, folder) for config, export in exports.items()]
        return [config for config in built if config.splits]

    def lines(self, exports: Mapping[ExportSettings, LinesExport], folder: Path) -> dict[str, Mapping[str, int]]:
        """Write JSON lines; rows by export and split."""
        written = {config.name: self._lines(config, export, folder) for config, export in exports.items()}
        return {name: rows for name, rows in written.items() if rows}

    def _parquet(self, config: ExportSettings, export: Export, folder: Path) -> BuiltConfig:
        """Write every split of a config that has rows."""
        splits = {}
        for split in config.splits:
            files = write_split(
                self._watched(config, export, split),
                export.features(),
                folder / config.name,
                split,
                max_bytes=self.settings.max_shard_bytes,
            )
            if files is None:
                self._tell_empty(config, split)
            else:
                splits[split] = files
        return BuiltConfig(
            name=config.name,
            about=config.about,
            features=export.features(),
            column_docs=export.column_docs(),
            splits=splits,
        )

    def _lines(self, config: ExportSettings, export: LinesExport, folder: Path) -> Mapping[str, int]:
        """Write every split of an export that has rows, and what stands beside them."""
        files = {}
        for split in config.splits:
            file = write_lines(self._watched(config, export, split), folder / config.name, split)
            if file is None:
                self._tell_empty(config, split)
            else:
                files[split] = file
        if files:
            for name, text in export.companions({split: file.path.name for split, file in files.items()}).items():
                (folder / config.name / name).write_text(text, encoding="utf-8")
        return {split: file.num_examples for split, file in files.items()}

    def _tell_empty(self, config: ExportSettings, split: str) -> None:
        self.tell(f"{config.name}/{split}: no row, so the split is left out")

    def _watched(self, config: ExportSettings, export: Export, split: str) -> Iterator[ExportRow]:
        return self.watch(self._rows(config.name, export, split), f"{config.name}/{split}")

    def _rows(self, name: str, export: Export, split: str) -> Iterator[ExportRow]:
        """The rows of a split as they are written.

        Lines are made of rows that have come through the gate: pictures that have become texts can't be looked at.
        """
        if isinstance(export, LinesExport):
            return export.derive(self._rows(name, export.source, split), self.corpus)
        return encoded_as(self.settings.picture_format, self._checked(name, export, split))

    def _checked(self, name: str, export: Export, split: str) -> Iterator[ExportRow]:
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

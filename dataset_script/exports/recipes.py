"""How each session began, so that it can be played again: one row a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import ExportRow

if TYPE_CHECKING:
    from datasets import Features

OF_SESSION: Final = ("session_id", "emulator", "emulator_version", "game", "rom_sha256")

COLUMNS: Final[Mapping[str, str]] = {
    "session_id": "The session.",
    "emulator": "The emulator's name.",
    "emulator_version": "The emulator's version.",
    "game": "The game reader's name.",
    "rom_sha256": "Of the ROM file; null if it is not local.",
    "from_power_on": "The recipe begins at power-on; a captured state is not part of the dataset.",
    "recipe": "JSON: the start, the timing, and the branch if it left another session's path; null if it is lost.",
}


class RecipesExport:
    """One session, one row."""

    def features(self) -> Features:
        from datasets import Features, Value

        columns = {name: Value("string") for name in COLUMNS}
        return Features(columns | {"from_power_on": Value("bool")})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        for placed in corpus.of_split(split):
            directory, record = placed.session.directory, placed.session.record
            is_kept = directory.start.exists()
            yield {
                **{name: getattr(record, name) for name in OF_SESSION},
                "from_power_on": is_kept and directory.read_start()[0].state is None,
                "recipe": directory.start.read_text(encoding="utf-8") if is_kept else None,
            }


EXPORT: Final = RecipesExport()

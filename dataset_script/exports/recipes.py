"""How each session began, so that it can be played again: one row a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from collector.features import features_of, field_docs, row_of
from collector.kept_memory import KeptMemory, kept_memory
from dataset_script.corpus import Corpus, RatedSession
from dataset_script.exports.protocol import ExportRow

if TYPE_CHECKING:
    from datasets import Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How one session began."""

    session_id: str
    """The session."""
    emulator: str
    """The emulator's name."""
    emulator_version: str
    """The emulator's version."""
    game: str
    """The game reader's name."""
    rom_sha256: str | None
    """Of the ROM file; null if it is not local."""
    from_power_on: bool
    """The recipe begins at power-on; a captured state is not part of the dataset."""
    recipe: str | None
    """JSON: the start, the timing, and the branch if it left another session's path; null if it is lost."""
    memory: KeptMemory | None
    """What its agent's memory knew before, as far as its notes can tell of it; null if it had none."""


class RecipesExport:
    """One session, one row."""

    def features(self) -> Features:
        return features_of(Recipe)

    def column_docs(self) -> Mapping[str, str]:
        return field_docs(Recipe)

    def rows(self, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        return (row_of(_recipe(placed.session)) for placed in corpus.of_split(split))


def _recipe(session: RatedSession) -> Recipe:
    directory, record = session.directory, session.record
    is_kept = directory.start.exists()
    return Recipe(
        session_id=record.session_id,
        emulator=record.emulator,
        emulator_version=record.emulator_version,
        game=record.game,
        rom_sha256=record.rom_sha256,
        from_power_on=is_kept and directory.read_start()[0].state is None,
        recipe=directory.start.read_text(encoding="utf-8") if is_kept else None,
        memory=_memory(session),
    )


def _memory(session: RatedSession) -> KeptMemory | None:
    snapshot = session.directory.memory_snapshot("before")
    if not snapshot.exists():
        return None
    screens = {step["frame_hash"] for step in session.steps(["frame_hash"])}
    return kept_memory(snapshot, start_id=session.record.start_id, screens=screens)


EXPORT: Final = RecipesExport()

"""A thin dataset as it stands on disk, session by session: rows without pictures, ratings, and how it began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from collector.errors import InputError
from collector.features import record_of
from collector.records import Session
from scoring.records import Annotation


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinSession:
    """One session of it."""

    record: Session
    """Its metadata."""
    recipe: str | None
    """How it began, as JSON; None if that is lost."""
    from_power_on: bool
    """It began where every console can begin."""
    rows: tuple[Mapping[str, Any], ...]
    """Its steps in order, without what was left out."""
    annotations: tuple[Annotation, ...]
    """Its ratings, oldest first."""


def read_thin_sessions(folder: Path) -> Iterator[ThinSession]:
    """The sessions one by one, those without a step last; InputError if the folder is no thin dataset."""
    missing = [name for name in ("thin", "recipes", "sessions") if not any((folder / name).glob("*.parquet"))]
    if missing:
        raise InputError(
            f"{folder}: no config {', '.join(missing)}; a thin dataset is built by python -m dataset_script images=thin"
        )
    recipes = {row["session_id"]: row for row in _rows(folder, "recipes")}
    records = {row["session_id"]: _record(Session, row, folder) for row in _rows(folder, "sessions")}
    ratings: dict[str, list[Annotation]] = {}
    for row in _rows(folder, "scores"):
        ratings.setdefault(row["session_id"], []).append(_record(Annotation, row, folder))
    played = ((str(name), tuple(rows)) for name, rows in groupby(_rows(folder, "thin"), itemgetter("session_id")))
    for session_id, rows in chain(played, ((name, ()) for name in tuple(records))):
        if session_id in records:
            yield ThinSession(
                record=records.pop(session_id),
                recipe=recipes[session_id]["recipe"],
                from_power_on=recipes[session_id]["from_power_on"],
                rows=rows,
                annotations=tuple(ratings.get(session_id, ())),
            )


def _rows(folder: Path, config: str) -> Iterator[dict[str, Any]]:
    """The rows of all splits of a config as they stand: session by session, in order of steps."""
    import pyarrow.parquet as pq

    for path in sorted((folder / config).glob("*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(batch_size=256):
            yield from batch.to_pylist()


def _record(kind: type[Any], row: Mapping[str, Any], folder: Path) -> Any:
    try:
        return record_of(kind, row)
    except ValueError as error:
        raise InputError(
            f"{folder}: a row is no {kind.__name__} of this version ({error}); use the version it was built with"
        ) from error

"""A thin dataset as it stands on disk, session by session: rows without pictures, ratings, and how it began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Any, Final

from collector.errors import InputError
from collector.features import record_of
from collector.records import Session
from dataset_script.exports.recipes import Recipe
from dataset_script.exports.thin import ThinStep
from scoring.records import Annotation

NEEDED: Final = ("thin", "recipes", "sessions")
"""The configs without which it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinSession:
    """One session of it."""

    record: Session
    """Its metadata."""
    recipe: Recipe
    """How it began."""
    rows: tuple[Mapping[str, Any], ...]
    """Its steps as they stand, each with the columns and types of a ThinStep."""
    annotations: tuple[Annotation, ...]
    """Its ratings, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenSession:
    """One that the configs do not hold together."""

    session_id: str
    """Its name."""
    reason: str
    """What is wrong, in words."""


def read_thin_sessions(folder: Path) -> Iterator[ThinSession | BrokenSession]:
    """The sessions one by one, those without a step last; InputError if the folder is no thin dataset."""
    missing = [name for name in NEEDED if not any((folder / name).glob("*.parquet"))]
    if missing:
        raise InputError(
            f"{folder}: no config {', '.join(missing)}; a thin dataset is built by python -m dataset_script images=thin"
        )
    recipes, records, ratings = (_Table(folder, name) for name in ("recipes", "sessions", "scores"))
    places = Counter(name for name, _ in _by_session(folder, ["session_id"]))
    others = sorted((recipes.names | records.names | ratings.names) - places.keys())
    for session_id, rows in chain(_by_session(folder), ((name, []) for name in others)):
        try:
            if places[session_id] > 1:
                raise ValueError(f"its rows in thin stand in {places[session_id]} places, expected one")
            yield ThinSession(
                record=_record(Session, records.only(session_id), "sessions"),
                recipe=_record(Recipe, recipes.only(session_id), "recipes"),
                rows=tuple(row for row in rows if _record(ThinStep, row, "thin")),
                annotations=tuple(_record(Annotation, row, "scores") for row in ratings.of(session_id)),
            )
        except ValueError as error:
            yield BrokenSession(session_id=session_id, reason=str(error))


class _Table:
    """All splits of a config, by session; a row stays in Arrow's memory until it is asked for."""

    def __init__(self, folder: Path, config: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._config = config
        self._places: dict[str, list[int]] = {}
        with _explained(folder / config):
            tables = [pq.read_table(path) for path in sorted((folder / config).glob("*.parquet"))]
            self._table: pa.Table = pa.concat_tables(tables) if tables else pa.table({"session_id": []})
            for place, name in enumerate(self._table["session_id"].to_pylist()):
                self._places.setdefault(str(name), []).append(place)

    @property
    def names(self) -> set[str]:
        """The sessions it has rows of."""
        return set(self._places)

    def of(self, session_id: str) -> list[dict[str, Any]]:
        """The rows of a session in order."""
        rows = (self._table.slice(place, 1).to_pylist() for place in self._places.get(session_id, ()))
        return list(chain.from_iterable(rows))

    def only(self, session_id: str) -> dict[str, Any]:
        """The row of a session; ValueError unless there is exactly one."""
        rows = self.of(session_id)
        if len(rows) != 1:
            raise ValueError(f"{self._config} has {len(rows)} rows of it, expected one; download the dataset again")
        return rows[0]


def _by_session(folder: Path, columns: list[str] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of `thin` as they stand, in all splits: session by session, in order of steps."""
    for name, rows in groupby(_steps(folder, columns), lambda row: str(row.get("session_id"))):
        yield name, list(rows)


def _steps(folder: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for path in sorted((folder / "thin").glob("*.parquet")):
        with _explained(path):
            for batch in pq.ParquetFile(path).iter_batches(batch_size=256, columns=columns):
                yield from batch.to_pylist()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """InputError for a file that is damaged, or of another layout than those beside it."""
    import pyarrow as pa

    try:
        yield
    except (OSError, KeyError, pa.ArrowException) as error:
        raise InputError(f"{path}: can't be read as Parquet ({error}); download the dataset again") from error


def _record(kind: type[Any], row: Mapping[str, Any], config: str) -> Any:
    try:
        return record_of(kind, row)
    except ValueError as error:
        raise ValueError(
            f"its row in {config} is no {kind.__name__} of this version ({error}); use the version it was built with"
        ) from error

"""The sessions of a run tree with their ratings, read once; what can't be read is said, not hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from collector.errors import EeveeError, InputError
from collector.records import Session
from collector.run_directory import SESSION_PREFIX, SessionDirectory, find_sessions
from scoring.annotations import read_annotations, score_in_force, source_in_force
from scoring.records import Annotation, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedSession:
    """A session and what was said about it."""

    directory: SessionDirectory
    """Where it stands."""
    session: Session
    """What happened."""
    annotations: tuple[Annotation, ...]
    """All its ratings, oldest first."""
    problems: tuple[str, ...] = ()
    """Lines of its annotations.jsonl that could not be read."""

    @property
    def score(self) -> float | None:
        """The score in force, from the ratings themselves."""
        return score_in_force(self.annotations)

    @property
    def score_source(self) -> Source | None:
        """Whose score it is."""
        return source_in_force(self.annotations)

    @property
    def unit(self) -> str:
        """What sessions that are not independent of each other share: the game's world, or the start where none is."""
        where = self.session.start_id if self.session.world_seed is None else f"world {self.session.world_seed}"
        return f"{self.session.game} {where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsRead:
    """What a run tree holds."""

    sessions: tuple[RatedSession, ...]
    """Every session that can be read, in order of their names."""
    empty: tuple[str, ...]
    """Ids of directories without metadata: nothing was recorded there, or nothing yet."""
    problems: tuple[str, ...]
    """Sessions and ratings that can't be read, one sentence each."""


def read_sessions(directories: Iterable[SessionDirectory]) -> RunsRead:
    """Read every session of a run tree, as `find_sessions` lists them."""
    sessions: list[RatedSession] = []
    empty: list[str] = []
    problems: list[str] = []
    for directory in directories:
        if not directory.metadata.exists():
            empty.append(directory.session_id)
            continue
        try:
            rated = read_rated(directory)
        except EeveeError as error:
            problems.append(str(error))
            continue
        sessions.append(rated)
        problems.extend(rated.problems)
    return RunsRead(sessions=tuple(sessions), empty=tuple(empty), problems=tuple(problems))


def read_rated(directory: SessionDirectory) -> RatedSession:
    """One session with its ratings."""
    session, log = directory.read_session(), read_annotations(directory)
    return RatedSession(directory=directory, session=session, annotations=log.annotations, problems=log.problems)


def find_session(name: str, runs: Path) -> SessionDirectory:
    """The session at a path, or below RUNS by its id, its directory's name or the user's name for it."""
    path = Path(name)
    if path.is_dir():
        if not path.resolve().name.startswith(SESSION_PREFIX):
            raise InputError(f"{name}: not a session; give a directory named {SESSION_PREFIX}..., see: list {name}")
        return SessionDirectory(path.resolve())
    directories = find_sessions(runs)
    wanted = name.removeprefix(SESSION_PREFIX)
    exact = [directory for directory in directories if directory.session_id == wanted]
    alike = exact or [directory for directory in directories if directory.session_id.endswith(f"_{wanted}")]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise InputError(f"{name}: {len(alike)} sessions are called so; give one id: {', '.join(_first_ids(alike))}")
    raise InputError(f"{name}: no such session in {runs}; ids stand in: list {runs}")


def _first_ids(directories: list[SessionDirectory]) -> list[str]:
    ids = [directory.session_id for directory in directories]
    return ids if len(ids) <= 5 else [*ids[:5], "..."]

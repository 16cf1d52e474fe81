"""The run tree on disk: names and layout live here alone.

A session's directory is made by an exclusive mkdir, its metadata replaced atomically, its events appended. The shard
in it is the truth; views of it are made by collector/views.py.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from collector.clock import utc_now
from collector.errors import InputError, RunDirectoryError
from collector.features import record_of
from collector.records import STATUS_TABLE, Branch, Session, Start, Status, Timing
from collector.safe_files import cannot_write, make_directory, replace_text
from collector.shards import is_being_written, read_rows

SESSION_PREFIX: Final = "session_"
BATCH_PREFIX: Final = "batch_training_"
CALLS_FILE: Final = ".calls.sqlite"
"""In the runs directory: what all its sessions asked of models, and their limits; see docs/calling.md."""
RATER_SALT_FILE: Final = ".rater_salt"
"""In the runs directory: the key that turns raters' names into ids; it stays there."""
CLAIMS_FILE: Final = ".claims.sqlite"
"""In the runs directory: which rater is looking at which session."""
COMPARISONS_FILE: Final = "comparisons.jsonl"
"""In the runs directory: which of two sessions people found better, append-only."""
NAME_PATTERN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class SessionDirectory:
    """Where one session's files stand."""

    path: Path
    """runs/session_<UTC>_<name>."""

    @property
    def session_id(self) -> str:
        """The directory's name without its prefix."""
        return self.path.name.removeprefix(SESSION_PREFIX)

    @property
    def shard(self) -> Path:
        """One record batch a step: the truth."""
        return self.path / "steps.arrow"

    @property
    def labels(self) -> Path:
        """What the expert would have done at each step: see collector/labels.py."""
        return self.path / "labels.arrow"

    @property
    def metadata(self) -> Path:
        """The Session record as JSON."""
        return self.path / "session_metadata.json"

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.yaml"

    @property
    def events(self) -> Path:
        """Warnings, retries and other happenings, one JSON a line."""
        return self.path / "events.jsonl"

    @property
    def start(self) -> Path:
        """How to begin the session again: the Start record and the Timing it was played at, as JSON.

        Beside it stands the captured state that the session began from, if it did: see collector/starts.py.
        """
        return self.path / "states" / "start.json"

    @property
    def trace(self) -> Path:
        """The readable trace."""
        return self.path / "execution_trace.json"

    @property
    def training_data(self) -> Path:
        """The instruction JSONL."""
        return self.path / "training_data.jsonl"

    @property
    def screenshots(self) -> Path:
        """Folder of PNG files."""
        return self.path / "screenshots"

    def memory_snapshot(self, when: str) -> Path:
        """The agent's memory as SQLite database; `when` is before or after the session."""
        return self.path / "memory_snapshots" / f"{when}_session.db"

    @property
    def prompt(self) -> Path:
        """The wording that a model was asked with."""
        return self.path / "prompt.yaml"

    @property
    def prompt_variations(self) -> Path:
        """Which variant of the prompt was chosen, and its outcome."""
        return self.path / "analysis" / "prompt_variations.json"

    @property
    def error_analysis(self) -> Path:
        """What went wrong, step by step; absent if nothing did."""
        return self.path / "analysis" / "error_analysis.json"

    @property
    def annotations(self) -> Path:
        """Append-only ratings, one JSON a line."""
        return self.path / "annotations.jsonl"

    def screenshot(self, step: int, when: str) -> Path:
        """The PNG of a step; `when` is before or after."""
        return self.screenshots / f"step_{step:04d}_{when}_action.png"

    def add_event(self, event: str, **facts: Any) -> None:
        """Append one line to events.jsonl."""
        line = json.dumps({"timestamp": utc_now(), "event": event, **facts}, ensure_ascii=False) + "\n"
        try:
            with self.events.open("a", encoding="utf-8") as out:
                out.write(line)
        except OSError as error:
            raise cannot_write(self.events, error) from error

    def write_session(self, session: Session) -> bool:
        """Replace session_metadata.json atomically; False if it says so already."""
        return replace_text(self.metadata, json.dumps(dataclasses.asdict(session), indent=2, ensure_ascii=False) + "\n")

    def write_start(self, start: Start, timing: Timing, branch: Branch | None = None) -> None:
        """Keep how the session began."""
        make_directory(self.start.parent)
        recipe = {"start": dataclasses.asdict(start), "timing": dataclasses.asdict(timing)}
        if branch is not None:
            recipe["branch"] = dataclasses.asdict(branch)
        replace_text(self.start, json.dumps(recipe, indent=2) + "\n")

    def read_start(self) -> tuple[Start, Timing]:
        """How the session began."""
        raw = _read_json(self.start)
        try:
            return record_of(Start, raw.get("start")), record_of(Timing, raw.get("timing"))
        except ValueError as error:
            raise InputError(f"{self.start}: {error}") from error

    def read_branch(self) -> Branch | None:
        """Where the session left another one's path; None if it did not."""
        raw = _read_json(self.start).get("branch") if self.start.exists() else None
        try:
            return None if raw is None else record_of(Branch, raw)
        except ValueError as error:
            raise InputError(f"{self.start}: {error}") from error

    def read_metadata(self) -> Session:
        """What session_metadata.json says, whether or not its writer lives."""
        try:
            session: Session = record_of(Session, _read_json(self.metadata))
            Status(session.status)
        except ValueError as error:
            raise InputError(f"{self.metadata} does not hold a session: {error}; {_way_on(self.metadata)}") from error
        return session

    def read_session(self) -> Session:
        """The session as it stands: one that says running while no writer holds its shard was interrupted."""
        session = self.read_metadata()
        if session.status == Status.RUNNING and not (self.shard.exists() and is_being_written(self.shard)):
            return self.as_its_shard_shows(session)
        return session

    def as_its_shard_shows(self, session: Session) -> Session:
        """The session by its steps alone: its writer could not say how it ended.

        A last step that reached the goal or spent the budget ended it so; else it was interrupted.
        """
        steps = list(read_rows(self.shard, ["terminated", "truncated", "report"])) if self.shard.exists() else []
        last = steps[-1] if steps else {"terminated": False, "truncated": False, "report": None}
        status = Status.TRUNCATED if last["truncated"] else Status.INTERRUPTED
        status = Status.COMPLETED if last["terminated"] else status
        rule = STATUS_TABLE[status]
        result = dataclasses.replace(
            session.final_result,
            task_outcome=str(last["report"] or outcome_in_words(session.task_description, status, has_goal=False)),
            completion_status=rule.completion_status,
        )
        return dataclasses.replace(
            session,
            status=str(status),
            task_completed=True if status is Status.COMPLETED else None,
            total_steps=len(steps),
            final_result=result,
        )


def outcome_in_words(description: str, status: Status, *, has_goal: bool) -> str:
    """How a session ended, where its agent reported nothing; without a predicate there is no goal to speak of."""
    meaning = STATUS_TABLE[status].meaning
    return f"{description}: {meaning if has_goal or status is not Status.TRUNCATED else 'the budget was spent'}"


def create_session_directory(runs: Path, name: str, now: datetime | None = None) -> SessionDirectory:
    """Make a new, empty session directory; a second of the same second and name gets -2, -3 ..."""
    if not NAME_PATTERN.fullmatch(name):
        raise InputError(f"session.name={name!r}: use 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    stem = f"{SESSION_PREFIX}{(now or datetime.now(UTC)):%Y%m%d_%H%M%S}_{name}"
    return SessionDirectory(_make_directory(runs, stem))


def create_batch_directory(runs: Path, now: datetime | None = None) -> Path:
    """Make a new, empty directory for the reports of a batch."""
    return _make_directory(runs, f"{BATCH_PREFIX}{(now or datetime.now(UTC)):%Y%m%d_%H%M%S}")


def find_sessions(runs: Path) -> list[SessionDirectory]:
    """All session directories below RUNS (or RUNS itself, if it is one) in order of their names."""
    if not runs.is_dir():
        raise InputError(f"{runs}: no such directory of runs; collect some first: python -m collector")
    if runs.name.startswith(SESSION_PREFIX):
        return [SessionDirectory(runs)]
    return [SessionDirectory(path) for path in sorted(runs.glob(f"{SESSION_PREFIX}*")) if path.is_dir()]


def recorded_sessions(runs: Path) -> Iterator[tuple[SessionDirectory, Session]]:
    """Every session of RUNS with its metadata, in order; one that died before it had any has no step."""
    for directory in find_sessions(runs):
        if directory.metadata.exists():
            yield directory, directory.read_session()


def _make_directory(runs: Path, stem: str) -> Path:
    try:
        runs.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            path = runs / (stem if number == 1 else f"{stem}-{number}")
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise RunDirectoryError(
            f"{runs}: can't make {stem} there ({error.strerror}); choose a folder you may write to with runs=DIR"
        ) from error
    raise RunDirectoryError(f"{runs}: {stem} is taken 9,999 times over; choose another name")


def _way_on(path: Path) -> str:
    """What to do about a damaged file of a session, so that it does not stand in the way of the others."""
    session = next((parent for parent in path.parents if parent.name.startswith(SESSION_PREFIX)), path)
    return f"restore it, or move the session away: mv {session} ELSEWHERE"


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: missing; the session died before its first step and holds nothing") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON ({error}); was it edited by hand? {_way_on(path)}") from error
    if not isinstance(raw, dict):
        raise InputError(f"{path}: expected a JSON object, got {type(raw).__name__}; {_way_on(path)}")
    return raw

"""Labels for one session: whether it can have any, whether it has them, and their making."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from collector.agents.planner import PLANNER_VERSION
from collector.config_text import config_part
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.emulators.protocol import Emulator
from collector.errors import EeveeError, InputError
from collector.exclusive import SessionBusy, exclusive
from collector.games.catalogue import game_for
from collector.labels import StepLabel, labels_of, sealed, write_labels
from collector.records import Session, Status, Task
from collector.relabel.labeller import Labeller
from collector.relabel.retracing import COLUMNS, retrace
from collector.run_directory import SessionDirectory
from collector.shards import read_rows
from collector.tasks import task_from_config, task_from_mapping


class Outcome(StrEnum):
    """What came of a session."""

    LABELLED = "labelled"
    CURRENT = "had its labels"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelled:
    """A session after its turn."""

    session_id: str
    """Which."""
    outcome: Outcome
    """What came of it."""
    note: str = ""
    """Why it was skipped or failed, or why its old labels went."""
    steps: Mapping[str, int] = field(default_factory=dict)
    """Its steps by what their labels say, as `counts_of` has them; empty without labels."""


def counts_of(labels: Iterable[StepLabel]) -> Mapping[str, int]:
    """Labelled steps by what they cost, and steps without a label."""
    labels = tuple(labels)
    return {
        "labelled": sum(label.reason is None for label in labels),
        "best": sum(label.regret == 0 for label in labels),
        "lost_ground": sum((label.regret or 0) > 0 for label in labels),
        "lost_the_goal": sum(label.reason is None and label.solvable_after is False for label in labels),
        "without_label": sum(label.reason is not None for label in labels),
    }


def relabel_session(path: Path, *, check: bool) -> Relabelled:
    """Label one session in whatever process this is."""
    return _relabeller(check).relabel(SessionDirectory(path))


@cache
def _relabeller(check: bool) -> Relabeller:
    """One console a process: powering it on takes as long as many a session."""
    return Relabeller(make_emulator(EmulatorSettings(kind="pyboy")), check=check)


class Relabeller:
    """Labels sessions of the bundled cartridge on one emulator."""

    def __init__(self, emulator: Emulator, *, check: bool = False) -> None:
        """`emulator` runs the bundled cartridge; with `check` nothing is written, labels are only compared."""
        self._emulator = emulator
        self._check = check

    def relabel(self, directory: SessionDirectory) -> Relabelled:
        """Give the session labels unless it has them; what stands in the way is in the answer."""
        session_id = directory.session_id
        try:
            session = directory.read_session() if directory.metadata.exists() else None
            if session is None or (why_not := self._obstacle(directory, session)) is not None:
                why_not = "nothing was recorded" if session is None else why_not
                return Relabelled(session_id=session_id, outcome=Outcome.SKIPPED, note=str(why_not))
            return self._check_labels(directory, session) if self._check else self._renew(directory, session)
        except SessionBusy as busy:
            return Relabelled(session_id=session_id, outcome=Outcome.SKIPPED, note=str(busy))
        except EeveeError as error:
            return Relabelled(session_id=session_id, outcome=Outcome.FAILED, note=str(error))

    def _obstacle(self, directory: SessionDirectory, session: Session) -> str | None:
        """Why the session can't be labelled, in words that fit others too; None if it can."""
        if session.status == Status.RUNNING:
            return "it is still being written"
        if session.rom_sha256 != self._emulator.rom.sha256:
            return f"it was played on another ROM than the bundled cartridge: {session.game}"
        if not session.total_steps:
            return "no step was recorded"
        if not directory.start.exists():
            return "states/start.json is missing, so nothing says how it began"
        if not config_part(directory.config, "task").get("success"):
            return "its task has no success predicate"
        return None

    def _renew(self, directory: SessionDirectory, session: Session) -> Relabelled:
        stale = ""
        try:
            labels = tuple(labels_of(directory).values())
            if labels and all(self._is_current(label) for label in labels):
                return Relabelled(session_id=session.session_id, outcome=Outcome.CURRENT, steps=counts_of(labels))
        except InputError as error:
            stale = f"its old labels went: {error}"
        labels = self._make(directory, session)
        with exclusive(directory):
            write_labels(directory, labels)
        return Relabelled(session_id=session.session_id, outcome=Outcome.LABELLED, note=stale, steps=counts_of(labels))

    def _check_labels(self, directory: SessionDirectory, session: Session) -> Relabelled:
        labels = tuple(labels_of(directory).values())
        if not labels:
            return Relabelled(session_id=session.session_id, outcome=Outcome.SKIPPED, note="it has no labels")
        for label, true in zip(labels, map(sealed, self._make(directory, session)), strict=True):
            for column in StepLabel.__slots__:
                said, found = getattr(label, column), getattr(true, column)
                if said != found:
                    note = f"step {label.step}: {column} is {said!r}, and the planner finds {found!r}"
                    return Relabelled(session_id=session.session_id, outcome=Outcome.FAILED, note=note)
        return Relabelled(session_id=session.session_id, outcome=Outcome.CURRENT, steps=counts_of(labels))

    def _is_current(self, label: StepLabel) -> bool:
        return (label.planner_version, label.rom_sha256) == (PLANNER_VERSION, self._emulator.rom.sha256)

    def _make(self, directory: SessionDirectory, session: Session) -> tuple[StepLabel, ...]:
        task = _task_of(json.dumps(config_part(directory.config, "task"), default=str))
        if task.task_id != session.task_id or task.success is None:
            raise InputError(
                f"{directory.config}: its task is {task.task_id}, and the session played {session.task_id}; was it "
                "edited by hand?"
            )
        rows = list(read_rows(directory.shard, COLUMNS))
        model = game_for(self._emulator.rom).model
        assert model is not None  # the cartridge has its rules in Python
        labeller = Labeller(model, task, task.success, str(self._emulator.rom.sha256))
        steps = retrace(directory, rows, task.success, self._emulator)
        return tuple(labeller.label(session.session_id, step) for step in steps)


@lru_cache(maxsize=64)
def _task_of(raw: str) -> Task:
    """The task that a config.yaml has, given as JSON; many sessions have the same."""
    return task_from_config(task_from_mapping(json.loads(raw), "its config.yaml"))

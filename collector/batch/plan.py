"""What a batch is to play: one entry a session, each with a key that stays the same from run to run.

The key is a hash of everything that decides what an entry is: the task as it is written, the start, the seed, the
player, the console, the bytes of the ROM and of the captured state, the limit, and which repeat of an equal entry it
is. A session records the key of its entry, so a later batch can tell what is done.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from collector.emulators.catalogue import EmulatorSettings
from collector.emulators.rom_file import GameConsole, read_rom
from collector.errors import EeveeError
from collector.recording import Job
from collector.roms.thistledown import ROM_PATH
from collector.starts import StartLibrary


def with_plan_keys(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with their keys; equal ones are told apart by their repeat."""
    repeats: Counter[str] = Counter()
    keyed = []
    contents = _Contents()
    for job in jobs:
        identity = _digest(_identity(job, contents))
        keyed.append(dataclasses.replace(job, plan_key=_digest([identity, repeats[identity]])))
        repeats[identity] += 1
    return keyed


def plan_as_json(jobs: Iterable[Job], start_time: str) -> dict[str, Any]:
    """plan.json: every entry with its key and what it stands for."""
    return {
        "start_time": start_time,
        "entries": [
            {
                "key": job.plan_key,
                "task_id": job.assignment.task.task_id,
                "start_id": job.assignment.start.start_id,
                "seed": job.assignment.seed,
                "max_steps": job.assignment.budget.max_steps,
                "agent": dataclasses.asdict(job.agent),
                "emulator": job.emulator.kind,
            }
            for job in jobs
        ],
    }


class _Contents:
    """Digests of the ROMs and states of a plan, each looked at once; a file's name says nothing of what is in it."""

    def __init__(self) -> None:
        self._digests: dict[tuple[object, ...], str] = {}

    def rom(self, settings: EmulatorSettings) -> str:
        """The ROM that is played; what can't be read can't be played either, so its name does."""
        if settings.use_loaded_rom:
            return "the one that the emulator has loaded"
        path = settings.rom or ROM_PATH
        return self._known(("rom", path), lambda: read_rom(path, *GameConsole).identity.sha256 or str(path))

    def state(self, library: Path, name: str | None) -> str | None:
        """The captured state that is gone on from, if one is."""
        if name is None:
            return None
        return self._known(("state", library, name), lambda: StartLibrary(library).facts(name).state_sha256)

    def _known(self, key: tuple[object, ...], read: Callable[[], str]) -> str:
        if key not in self._digests:
            try:
                self._digests[key] = read()
            except EeveeError:
                self._digests[key] = f"unreadable: {key}"
        return self._digests[key]


def _identity(job: Job, contents: _Contents) -> dict[str, Any]:
    """`branch` comes in where there is one, so that the keys of other entries stay what they have always been."""
    identity = {
        "assignment": repr(job.assignment),
        "agent": dataclasses.asdict(job.agent),
        "emulator": repr(dataclasses.replace(job.emulator, rom=None)),
        "rom": contents.rom(job.emulator),
        "state": contents.state(job.starts, job.assignment.start.state),
        "session_name": job.session_name,
    }
    return identity if job.assignment.branch is None else identity | {"branch": repr(job.assignment.branch)}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]

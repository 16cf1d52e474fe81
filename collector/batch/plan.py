"""What a batch is to play: one entry a session, each with a key that stays the same from run to run.

The key is a hash of everything that decides what an entry is: the task as it is written, the start, the seed, the
player, the console, the limit, and which repeat of an equal entry it is. A session records the key of its entry, so a
later batch can tell what is done.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from collector.recording import Job


def with_plan_keys(jobs: Iterable[Job]) -> list[Job]:
    """The jobs with their keys; equal ones are told apart by their repeat."""
    repeats: Counter[str] = Counter()
    keyed = []
    for job in jobs:
        identity = _digest(_identity(job))
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


def _identity(job: Job) -> dict[str, Any]:
    return {
        "assignment": repr(job.assignment),
        "agent": dataclasses.asdict(job.agent),
        "emulator": repr(job.emulator),
        "session_name": job.session_name,
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]

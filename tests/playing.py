"""Real sessions for tests: jobs on the bundled cartridge, and the command as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from collector.agents.settings import AgentSettings
from collector.budget import BudgetRules
from collector.config import CollectConfig
from collector.emulators.catalogue import EmulatorSettings
from collector.recording import Job
from collector.rollout import Assignment
from collector.tasks import choose_start, load_task, task_from_config
from tests.warm_python import run_module

ROOT: Final = Path(__file__).parent.parent


def a_job(runs: Path, task_id: str = "open_close_menu", **changes: Any) -> Job:
    """A session of the expert from the task's first start; `changes` are max_steps, or fields of job or assignment."""
    task = task_from_config(load_task(task_id))
    assignment: dict[str, Any] = {
        "task": task,
        "start": choose_start(task, None),
        "budget": BudgetRules(max_steps=changes.pop("max_steps", task.max_steps)),
        "seed": 0,
    }
    job: dict[str, Any] = {
        "runs": runs,
        "session_name": "test",
        "emulator": EmulatorSettings(kind="pyboy"),
        "agent": AgentSettings(kind="scripted"),
        "fsync": False,
        "screenshots": False,
        "training_data": False,
        "config": CollectConfig(task=load_task(task_id)),
        "starts": Path("starts"),
    }
    for part in (assignment, job):
        part.update({name: value for name, value in changes.items() if name in part})
    assert changes.keys() <= assignment.keys() | job.keys()
    return Job(assignment=Assignment(**assignment), **job)


def environment() -> dict[str, str]:
    """The test's environment, in which `python -m collector` is found from any folder; no keys, plain errors."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "HYDRA_FULL_ERROR": "0", "NO_COLOR": "1"}


def collector_command(*arguments: str) -> list[str]:
    """The command line of `python -m collector`."""
    return [sys.executable, "-m", "collector", *arguments]


def run_collector(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m collector` in a folder of its own, to its end."""
    return run_module("collector", *arguments, folder=folder, env=environment())

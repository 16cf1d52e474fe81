"""A process for test_sigkill.py: records one session after the other, each in a child that may be killed at any time.

Lines on stdout: `child PID` once a child is there, `kept SESSION_ID STEP` after each step's write, `gone` when it died.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from collector.agents.settings import AgentSettings
from collector.emulators.pyboy import PyBoyEmulator
from collector.recording import record_session
from collector.records import Step
from collector.roms.thistledown import ROM_PATH
from tests.playing import a_job


def say(line: str) -> None:
    """One write, so that no line is torn."""
    os.write(1, f"{line}\n".encode())


def acknowledge(step: Step) -> None:
    """Called once the step was written."""
    say(f"kept {step.session_id} {step.step}")


def main(runs: Path, children: int) -> None:
    """Fork the children one after the other; forking spares each the imports.

    They press at random in a task that asks for a report, so that none of them ends by itself.
    """
    importlib.import_module("collector.batch.warm_up")
    PyBoyEmulator(ROM_PATH).close()
    for seed in range(children):
        job = a_job(runs, "check_healing_items", agent=AgentSettings(kind="random"), max_steps=100_000, seed=seed)
        pid = os.fork()
        if pid == 0:
            say(f"child {os.getpid()}")
            record_session(job, acknowledge)
            os._exit(0)
        os.waitpid(pid, 0)
        say("gone")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

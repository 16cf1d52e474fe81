"""Players of the test worlds: each plays the same task file into a folder of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from loop.commands import run
from loop.serving import Served


def play(task_file: Path, sessions: int, runs: Path, log: Path, workers: int, overrides: Sequence[str]) -> None:
    """Play each start of the file once; sessions that stand in `runs` from an earlier try are not played again.

    A session that fails is a result: the command's exit code 1 is no reason to stop.
    """
    arguments = [
        *("-m", "collector", f"task_file={task_file}", f"max_sessions={sessions}", f"runs={runs}"),
        *(f"workers={workers}", "resume=true", *overrides),
    ]
    run(arguments, log, ends_well=(0, 1))


def served_player(served: Served, base_url: str | None = None) -> list[str]:
    """The overrides of a served model: greedy, no kept answers, no memory, the compact prompt, screens alone."""
    return [
        *("agent=vllm", f"agent.model={served.model}", f"agent.base_url={base_url or served.base_url}"),
        *(f"agent.structured={served.structured}", "agent.prompts=[compact]", "agent.obs=image"),
        *("agent.temperature=0", "agent.cache=off", "agent.memory=false"),
        *("agent.max_output_tokens=200", "agent.max_invalid=1"),
    ]


def players_without_model(majority: str) -> dict[str, list[str]]:
    """Overrides of those that need no server, by name."""
    return {
        "expert": ["agent=scripted"],
        "majority button": ["agent=random", f"agent.choice={majority}"],
        "uniform": ["agent=random"],
        "uniform legal": ["agent=random", "agent.choice=legal"],
        "repeat last": ["agent=random", "agent.choice=repeat"],
    }


def majority_button(rows: Any) -> str:
    """The button that most rows of the dataset teach."""
    button: str = Counter(rows["action"]).most_common(1)[0][0]
    return button

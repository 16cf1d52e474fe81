"""`scoring show`: one session, step by step."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import DEFAULT_RUNS, Commands, add_command


def add(commands: Commands) -> None:
    command = add_command(commands, "show", run, "show one session: task, result, ratings and steps")
    command.add_argument("session", metavar="SESSION", help="its directory, its id, or its name")
    command.add_argument("--runs", type=Path, default=DEFAULT_RUNS, metavar="DIR", help="where to look for it (runs)")


def run(given: argparse.Namespace) -> int:
    from scoring.sessions import find_session
    from scoring.show import print_session

    print_session(find_session(given.session, given.runs))
    return 0

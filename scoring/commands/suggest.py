"""`scoring suggest`: what to collect next, as a file of tasks for the collector."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import Commands, add_command, add_runs, print_json


def add(commands: Commands) -> None:
    command = add_command(commands, "suggest", run, "say what to collect next, as a file that the collector plays")
    add_runs(command)
    command.add_argument("--most", type=int, default=20, metavar="N", help="sessions to share out (20)")
    command.add_argument("--policy", metavar="NAME", help="tell it from the sessions of this policy alone")
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="write a file for: python -m collector task_file=FILE"
    )
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(given: argparse.Namespace) -> int:
    from collector.errors import InputError
    from scoring.commands.reading import read_runs
    from scoring.suggest.playable import playable_starts
    from scoring.suggest.ranking import suggest
    from scoring.suggest.writing import play_command, print_suggestions, suggestions_json, write_task_file

    if given.most < 1:
        raise InputError(f"--most {given.most}: expected a whole number from 1")
    read = read_runs(given.runs)
    sessions = [rated for rated in read.sessions if given.policy in (None, rated.session.policy)]
    found = suggest(sessions, playable_starts(), given.most)
    if given.out:
        write_task_file(found, given.out)
    if given.json:
        print_json(suggestions_json(found))
    else:
        print_suggestions(found)
        if given.out:
            print(f"play them with: {play_command(found, given.out)}")
    return int(bool(read.problems))

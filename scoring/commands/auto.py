"""`scoring auto`: rate finished sessions by the rule."""

from __future__ import annotations

import argparse

from scoring.commands.parsing import Commands, add_command, add_runs


def add(commands: Commands) -> None:
    add_runs(add_command(commands, "auto", run, "rate finished sessions from the verdict of game memory"))


def run(given: argparse.Namespace) -> int:
    from collector.progress import with_progress
    from scoring.auto import Outcome, rate_all
    from scoring.commands.reading import read_runs
    from scoring.terminal import warn

    found = read_runs(given.runs)
    done = rate_all(with_progress(found.sessions, "rating"))
    for problem in done.problems:
        warn(problem)
    for outcome in Outcome:
        if done.outcomes[outcome]:
            print(f"{done.outcomes[outcome]:>6} {outcome}")
    if not found.sessions:
        print(f"{given.runs}: no session to rate")
    return int(bool(found.problems or done.problems))

"""`scoring report`: the metrics of a run tree."""

from __future__ import annotations

import argparse

from scoring.commands.parsing import Commands, add_command, add_runs, print_json


def add(commands: Commands) -> None:
    command = add_command(commands, "report", run, "print completion, reliability, efficiency and scores")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_runs(command)


def run(given: argparse.Namespace) -> int:
    from collector.progress import with_progress
    from scoring.commands.reading import read_runs
    from scoring.metrics import ScoreFilter, measure, report_of
    from scoring.report import print_report, report_json

    found = read_runs(given.runs)
    measured = measure(with_progress(found.sessions, "measuring"))
    games = report_of(measured.sessions, ScoreFilter())
    if given.json:
        print_json(report_json(games))
    elif games:
        print_report(games)
    else:
        print(f"{given.runs}: no session to report on")
    return int(bool(found.problems))

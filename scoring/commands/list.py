"""`scoring list`: the sessions with their scores, filtered."""

from __future__ import annotations

import argparse

from collector.records import Status
from scoring.commands.parsing import Commands, add_command, add_runs, print_json


def add(commands: Commands) -> None:
    command = add_command(commands, "list", run, "list sessions with their scores")
    command.add_argument("--task", metavar="NAME", help="only this task_id; * and ? are wildcards")
    command.add_argument("--status", choices=[str(status) for status in Status], help="only sessions that stand so")
    command.add_argument("--model", metavar="NAME", help="only this model; * and ? are wildcards")
    command.add_argument("--score", metavar="SCORE", help="only this score (7), range (6-10), or unrated ones (none)")
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_runs(command)


def run(given: argparse.Namespace) -> int:
    from scoring.commands.reading import read_runs
    from scoring.listing import Filters, filtered, listing_json, parse_score_filter, print_listing

    score = None if given.score is None else parse_score_filter(given.score)
    filters = Filters(task=given.task, status=given.status, model=given.model, score=score)
    found = read_runs(given.runs)
    sessions = list(filtered(found.sessions, filters))
    if given.json:
        print_json(listing_json(sessions))
    else:
        print_listing(sessions)
    return int(bool(found.problems))

"""`python -m scoring`: the commands, their flags, and nothing heavy until one of them runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from collector.command_line import run_command
from collector.errors import InputError
from collector.records import Status

if TYPE_CHECKING:
    from scoring.sessions import RunsRead

DEFAULT_RUNS: Final = Path("runs")
"""Where the collector writes unless told otherwise."""


class _Parser(argparse.ArgumentParser):
    """Errors of one line, with the way to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(InputError.exit_code, f"error: {message}; see: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: int(given.run(given)), debug=given.debug)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m scoring", description="Rate recorded sessions and report how well they went.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    listing = _command(commands, "list", _list, "list sessions with their scores")
    listing.add_argument("--task", metavar="NAME", help="only this task_id; * and ? are wildcards")
    listing.add_argument("--status", choices=[str(status) for status in Status], help="only sessions that stand so")
    listing.add_argument("--model", metavar="NAME", help="only this model; * and ? are wildcards")
    listing.add_argument("--score", metavar="SCORE", help="only this score (7), range (6-10), or unrated ones (none)")
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    _runs_argument(listing)

    show = _command(commands, "show", _show, "show one session: task, result, ratings and steps")
    show.add_argument("session", metavar="SESSION", help="its directory, its id, or its name")
    show.add_argument("--runs", type=Path, default=DEFAULT_RUNS, metavar="DIR", help="where to look for it (runs)")

    auto = _command(commands, "auto", _auto, "rate finished sessions from the verdict of game memory")
    _runs_argument(auto)

    report = _command(commands, "report", _report, "print completion, reliability, efficiency and scores")
    report.add_argument("--json", action="store_true", help="print JSON instead of text")
    _runs_argument(report)
    return parser


def _command(commands: Any, name: str, run: Any, meaning: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=meaning, description=f"{meaning.capitalize()}.")
    command.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    command.set_defaults(run=run)
    return command


def _runs_argument(command: argparse.ArgumentParser) -> None:
    command.add_argument("runs", type=Path, nargs="?", default=DEFAULT_RUNS, metavar="RUNS", help="run tree (runs)")


def _list(given: argparse.Namespace) -> int:
    from scoring.queue import Filters, filtered, parse_score_filter, print_queue, queue_json

    score = None if given.score is None else parse_score_filter(given.score)
    filters = Filters(task=given.task, status=given.status, model=given.model, score=score)
    found = _read(given.runs)
    sessions = list(filtered(found.sessions, filters))
    if given.json:
        _print_json(queue_json(sessions))
    else:
        print_queue(sessions)
    return int(bool(found.problems))


def _show(given: argparse.Namespace) -> int:
    from scoring.sessions import find_session
    from scoring.show import print_session

    print_session(find_session(given.session, given.runs))
    return 0


def _auto(given: argparse.Namespace) -> int:
    from collector.progress import with_progress
    from scoring.auto import Outcome, rate_all
    from scoring.terminal import warn

    found = _read(given.runs)
    done = rate_all(with_progress(found.sessions, "rating"))
    for problem in done.problems:
        warn(problem)
    for outcome in Outcome:
        if done.outcomes[outcome]:
            print(f"{done.outcomes[outcome]:>6} {outcome}")
    if not found.sessions:
        print(f"{given.runs}: no session to rate")
    return int(bool(found.problems or done.problems))


def _report(given: argparse.Namespace) -> int:
    from scoring.metrics import report_of
    from scoring.report import print_report, report_json

    found = _read(given.runs)
    games = report_of(found.sessions)
    if given.json:
        _print_json(report_json(games))
    elif games:
        print_report(games)
    else:
        print(f"{given.runs}: no session to report on")
    return int(bool(found.problems))


def _read(runs: Path) -> RunsRead:
    """Read the sessions and say on standard error which ones can't be read."""
    from collector.progress import with_progress
    from collector.run_directory import find_sessions
    from scoring.sessions import read_sessions
    from scoring.terminal import warn

    found = read_sessions(with_progress(find_sessions(runs), "reading"))
    for session_id in found.empty:
        warn(f"{session_id}: nothing recorded (yet); left out")
    for problem in found.problems:
        warn(problem)
    return found


def _print_json(value: Any) -> None:
    import json

    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()

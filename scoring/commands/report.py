"""`scoring report`: the metrics of a run tree, and how far its ratings can be trusted."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import Commands, add_command, add_runs, print_json
from scoring.records import Source


def add(commands: Commands) -> None:
    command = add_command(commands, "report", run, "print how well it went, what it cost, and how far raters agree")
    sources = [str(source) for source in Source]
    command.add_argument(
        "--min-score", type=float, default=6.0, metavar="N", help="accepted from this score on, 1-10 (6)"
    )
    command.add_argument("--score-source", choices=sources, default="auto", help="whose scores accept (auto)")
    command.add_argument("--exclude-policies", default="random", metavar="A,B", help="not accepted (random)")
    command.add_argument("--gold", metavar="RATER", help="measure the others against this rater, by name or id")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    command.add_argument("--html", type=Path, metavar="FILE", help="write one page with plots and pictures as well")
    add_runs(command)


def run(given: argparse.Namespace) -> int:
    from collector.progress import with_progress
    from scoring.agreement import gold_rater
    from scoring.commands.reading import read_runs
    from scoring.metrics import ScoreFilter, measure
    from scoring.reporting.as_json import report_json
    from scoring.reporting.as_text import print_report
    from scoring.reporting.content import full_report
    from scoring.reporting.page import check_page, write_page
    from scoring.terminal import warn

    excluded = frozenset(filter(None, given.exclude_policies.split(",")))
    source = Source(given.score_source)
    accepted = ScoreFilter(min_score=given.min_score, source=source, exclude_policies=excluded)
    if given.html:
        check_page(given.html)
    found = read_runs(given.runs)
    gold = None if given.gold is None else gold_rater(given.gold, given.runs, found.sessions)
    measured = measure(with_progress(found.sessions, "measuring"))
    for problem in measured.problems:
        warn(problem)
    report = full_report(measured.sessions, accepted, gold)
    if given.json:
        print_json(report_json(report))
    elif report.games:
        print_report(report)
    else:
        print(f"{given.runs}: no session to report on")
    if given.html:
        write_page(report, given.html)
        if not given.json:
            print(f"page: {given.html}")
    return int(bool(found.problems or measured.problems))

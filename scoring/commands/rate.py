"""`scoring rate`: people rate sessions in a terminal, by single keys."""

from __future__ import annotations

import argparse
from dataclasses import replace

from scoring.commands.parsing import Commands, add_command, add_runs
from scoring.commands.rules import add_rules, rules_of


def add(commands: Commands) -> None:
    command = add_command(commands, "rate", run, "rate sessions in this terminal, 1-10, by single keys")
    command.add_argument("--rater", metavar="NAME", help="who rates; kept as a salted id (the login name)")
    command.add_argument("--task", default="*", metavar="NAME", help="only this task_id; * and ? are wildcards")
    add_rules(command)
    command.add_argument(
        "--pictures",
        choices=["auto", "kitty", "sixel", "blocks"],
        default="auto",
        help="how the terminal shows them (auto: the terminal is asked)",
    )
    add_runs(command)


def run(given: argparse.Namespace) -> int:
    from collector.command_line import deferred_interrupts
    from collector.terminal import Terminal, require_terminal
    from scoring.at_terminal.graphics import LAST_ANSWER, QUESTION, Way, way_answered
    from scoring.at_terminal.sitting import Sitting
    from scoring.commands.reading import read_runs
    from scoring.rating.desk import Desk
    from scoring.rating.raters import login_name, rater_id

    require_terminal("scoring rate")
    sessions = read_runs(given.runs).sessions
    rules = replace(rules_of(given, sessions), task=given.task)
    desk = Desk(given.runs, rater_id(given.rater or login_name(), given.runs), rules, sessions)
    with deferred_interrupts():
        screen = Terminal("scoring rate")
        try:
            auto = given.pictures == "auto"
            way = way_answered(screen.ask(QUESTION, LAST_ANSWER)) if auto else Way(given.pictures)
            tally = Sitting(desk, screen, way, screen.cell_pixels).run()
        finally:
            screen.close()
    print(f"{tally.rated} rated, {tally.skipped} skipped, {tally.left} left")
    return 0

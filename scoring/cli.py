"""`python -m scoring`: the commands in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from collector.command_line import run_command
from scoring.commands import auto, compare, judge, rate, report, serve, show, suggest
from scoring.commands import list as listing
from scoring.commands.parsing import Parser

COMMANDS: Final = (listing, show, rate, serve, auto, report, compare, judge, suggest)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: int(given.run(given)), debug=given.debug)


def _parser() -> Parser:
    parser = Parser(prog="python -m scoring", description="Rate recorded sessions and report how well they went.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser

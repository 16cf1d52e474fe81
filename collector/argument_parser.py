"""The flags that commands over a run tree share, and errors of one line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final, NoReturn

from collector.errors import InputError

DEFAULT_RUNS: Final = Path("runs")
"""Where the collector writes unless told otherwise."""


class CommandParser(argparse.ArgumentParser):
    """Errors of one line, with the way to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(InputError.exit_code, f"error: {message}; see: {self.prog} --help\n")


def runs_parser(prog: str, description: str, epilog: str | None = None) -> CommandParser:
    """A parser for a command over a run tree: RUNS and --debug."""
    parser = CommandParser(
        prog=prog, description=description, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "runs", type=Path, nargs="?", default=DEFAULT_RUNS, metavar="RUNS", help="run tree, or one session (runs)"
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    return parser

"""What the commands' flags have in common."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from collector.errors import InputError

DEFAULT_RUNS: Final = Path("runs")
"""Where the collector writes unless told otherwise."""

Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where a command adds its parser."""


class Parser(argparse.ArgumentParser):
    """Errors of one line, with the way to the help."""

    def error(self, message: str) -> NoReturn:
        self.exit(InputError.exit_code, f"error: {message}; see: {self.prog} --help\n")


def add_command(commands: Commands, name: str, run: Callable[[argparse.Namespace], int], meaning: str) -> Parser:
    """A command that `run` does, with the flags every command has."""
    command = commands.add_parser(name, help=meaning, description=f"{meaning[0].upper()}{meaning[1:]}.")
    command.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    command.set_defaults(run=run)
    return command


def add_runs(command: Parser) -> None:
    """The run tree the command works on."""
    command.add_argument("runs", type=Path, nargs="?", default=DEFAULT_RUNS, metavar="RUNS", help="run tree (runs)")


def print_json(value: Any) -> None:
    """Print a value for a program to read."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()

"""python -m collector: see `collector.flags.USAGE`."""

from __future__ import annotations

import sys

from collector.command_line import run_command
from collector.flags import USAGE, translate


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    return run_command(lambda: _collect(translate(arguments)), debug=debug)


def _collect(arguments: list[str]) -> int:
    from collector.collect import collect
    from collector.hydra_front import run_hydra

    return run_hydra("collect", collect, arguments)


if __name__ == "__main__":
    sys.exit(main())

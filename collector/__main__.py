"""python -m collector: see `collector.flags.USAGE`."""

from __future__ import annotations

import sys

from collector.command_line import run_with_usage
from collector.flags import USAGE, translate


def main(argv: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    return run_with_usage(USAGE, lambda arguments: _collect(translate(arguments)), argv)


def _collect(arguments: list[str]) -> int:
    from collector.collect import collect
    from collector.hydra_front import run_hydra

    return run_hydra("collect", collect, arguments)


if __name__ == "__main__":
    sys.exit(main())

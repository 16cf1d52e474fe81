"""`python -m dataset_script.rematerialize DIR`: play a thin dataset again, and get the run tree it was built from.

Every session that began at power-on is played press by press on the emulator it was recorded on. The pictures, states
and contexts that come of it go back into its steps; a session counts only if every digest of every step is right.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from collector.argument_parser import CommandParser
from collector.command_line import run_command

_DESCRIPTION = """\
Play the sessions of a thin dataset (built with images=thin) again, and write the run tree that it was built from, with
every picture. Only sessions that began at power-on can be played: the others, and those that come out otherwise than
they were recorded, are named and left out. Exit code 0: all are there, 1: some are not."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every session is there."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: _rematerialize(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="python -m dataset_script.rematerialize",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", type=Path, metavar="DIR", help="the thin dataset")
    parser.add_argument("--output", type=Path, default=Path("rematerialized"), metavar="RUNS", help="the run tree")
    parser.add_argument("--rom", type=Path, action="append", default=[], metavar="PATH", help="a ROM; repeatable")
    parser.add_argument("--base-url", metavar="URL", help="a running SkyEmu, for sessions recorded on one")
    parser.add_argument("--debug", action="store_true", help="show a traceback when something goes wrong")
    return parser


def _rematerialize(given: argparse.Namespace) -> int:
    from collector.counting import counted
    from collector.errors import EeveeError
    from collector.progress import with_progress
    from collector.verify.replay import replayer_for
    from dataset_script.rebuilding import rebuild
    from dataset_script.thin_set import read_thin_sessions

    replayer = replayer_for(given.rom, given.base_url)
    steps, done, left_out = 0, 0, list[str]()
    for thin in with_progress(read_thin_sessions(given.dataset), "playing again"):
        try:
            rebuild(thin, given.output, replayer)
        except EeveeError as error:
            left_out.append(f"{thin.record.session_id}: left out: {error}")
        else:
            steps, done = steps + len(thin.rows), done + 1
    for line in left_out:
        print(line)
    if done:
        print(f"{counted(done, 'session')}, {counted(steps, 'step')} in {given.output}: every digest is right")
        print(
            f"the full dataset with the same splits: mkdir FULL && cp {given.dataset}/splits.json FULL/ && "
            f"python -m dataset_script runs={given.output} output=FULL"
        )
    return int(bool(left_out))


if __name__ == "__main__":
    sys.exit(main())

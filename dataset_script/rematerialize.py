"""`python -m dataset_script.rematerialize DIR`: play a thin dataset again, and get the run tree it was built from.

Every session that began at power-on is played press by press on the emulator it was recorded on. The pictures, states
and contexts that come of it go back into its steps; a session counts only if every digest of every step is right.
"""

from __future__ import annotations

import argparse
import shlex
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
    from dataset_script.thin_set import BrokenSession, read_thin_sessions

    replayer = replayer_for(given.rom, given.base_url)
    steps, done, left_out = 0, 0, dict[str, str]()
    for thin in with_progress(read_thin_sessions(given.dataset), "playing again"):
        if isinstance(thin, BrokenSession):
            left_out[thin.session_id] = thin.reason
            continue
        try:
            rebuild(thin, given.output, replayer)
        except EeveeError as error:
            left_out[thin.record.session_id] = str(error)
        else:
            steps, done = steps + len(thin.rows), done + 1
    for session_id, reason in left_out.items():
        print(f"{session_id}: left out: {reason}")
    if done:
        print(f"{counted(done, 'session')}, {counted(steps, 'step')} in {given.output}: every digest is right")
        print(f"the full dataset with the same splits: {_next_command(given.dataset, given.output)}")
    return int(bool(left_out))


def _next_command(dataset: Path, runs: Path) -> str:
    """How to build from RUNS what DATASET leaves out, for a shell."""
    from dataset_script.printed_commands import override
    from dataset_script.splits import SPLITS_FILE

    splits = dataset / SPLITS_FILE
    overrides = [override("runs", runs), "output=FULL", *_split_by(splits)]
    return f"mkdir FULL && cp {shlex.quote(str(splits))} FULL/ && python -m dataset_script {' '.join(overrides)}"


def _split_by(splits: Path) -> list[str]:
    """The override without which a build refuses these splits, where it needs one."""
    import json

    from dataset_script.config import SplitUnit

    try:
        unit = SplitUnit(json.loads(splits.read_text(encoding="utf-8")).get("split_by", SplitUnit.START))
    except (OSError, ValueError, AttributeError):  # the build says what is wrong with the file
        return []
    return [] if unit is SplitUnit.START else [f"split_by={unit}"]


if __name__ == "__main__":
    sys.exit(main())

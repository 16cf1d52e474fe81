"""`python -m collector.verify RUNS`: check every recorded session and play it again, frame by frame."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collector.argument_parser import CommandParser, runs_parser
from collector.command_line import run_command

if TYPE_CHECKING:
    from collector.verify.session import Verified

_DESCRIPTION = """\
Check every session of a run tree: columns, ids, order, parent links, pictures and ending; then play it again from
its start on the emulator it was recorded on, and compare frames and memory step by step. What does not hold is named
with its session, step and column. Exit code 0: everything holds, 1: something does not."""

_FEW = 4
"""So few sessions are checked sooner than a second process starts."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if everything holds, 1 if something does not."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: _verify(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = runs_parser("python -m collector.verify", _DESCRIPTION)
    parser.add_argument("--workers", type=int, metavar="N", help="processes (as many as there are cores)")
    parser.add_argument(
        "--rom",
        type=Path,
        action="append",
        default=[],
        metavar="PATH",
        help="a ROM sessions were played on; repeatable",
    )
    parser.add_argument("--base-url", metavar="URL", help="a running SkyEmu, to re-play sessions recorded on one")
    parser.add_argument("--no-replay", action="store_true", help="only check what is recorded, without an emulator")
    return parser


def _verify(given: argparse.Namespace) -> int:
    from collector.errors import InputError
    from collector.progress import with_progress
    from collector.run_directory import find_sessions
    from collector.verify.parallel import verify_sessions
    from collector.verify.replay import replayer_for

    if given.workers is not None and given.workers < 1:
        raise InputError(f"--workers {given.workers}: give 1 or more")
    found = find_sessions(given.runs)
    replayer = None if given.no_replay else replayer_for(given.rom, given.base_url)
    workers = 1 if given.base_url else min(given.workers or len(os.sched_getaffinity(0)), max(1, len(found) // _FEW))
    with verify_sessions(found, replayer, workers) as results:
        checked = list(with_progress(results, "verifying", len(found)))
    for result in checked:
        for failure in result.failures:
            print(failure)
    _print_summary(checked)
    return int(any(result.failures for result in checked))


def _print_summary(checked: Sequence[Verified]) -> None:
    from collector.counting import counted

    for obstacle, count in sorted(Counter(result.obstacle for result in checked if result.obstacle).items()):
        print(f"{count} not re-played: {obstacle}")
    failing = sum(bool(result.failures) for result in checked)
    steps, replayed = sum(result.steps for result in checked), sum(result.replayed for result in checked)
    verdict = f"{failing} do not hold" if failing else "all hold"
    print(
        f"{counted(len(checked), 'session')}, {counted(steps, 'step')}, "
        f"{counted(replayed, 'session')} re-played: {verdict}"
    )


if __name__ == "__main__":
    sys.exit(main())

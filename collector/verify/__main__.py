"""`python -m collector.verify RUNS`: check every recorded session and play it again, frame by frame."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collector.argument_parser import CommandParser, runs_parser
from collector.command_line import run_command
from collector.side_by_side import add_workers

if TYPE_CHECKING:
    from collector.verify.session import Verified

_DESCRIPTION = """\
Check every session of a run tree: columns, ids, order, parent links, pictures and ending; then play it again from
its start on the emulator it was recorded on, and compare frames and memory step by step. What does not hold is named
with its session, step and column. Exit code 0: everything holds, 1: something does not."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if everything holds, 1 if something does not."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: _verify(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = runs_parser("python -m collector.verify", _DESCRIPTION)
    add_workers(parser)
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
    from functools import partial

    from collector.progress import with_progress
    from collector.run_directory import find_sessions
    from collector.side_by_side import side_by_side, workers_for
    from collector.verify.replay import replayer_for
    from collector.verify.session import verify_session

    found = find_sessions(given.runs)
    replayer = None if given.no_replay else replayer_for(given.rom, given.base_url)
    workers = workers_for(1 if given.base_url else given.workers, len(found))
    paths = [directory.path for directory in found]
    with side_by_side(partial(verify_session, replayer=replayer), paths, workers) as results:
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

"""`python -m collector.prune RUNS`: give disk space back; says what would go unless it is told --yes."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from collector.argument_parser import CommandParser, runs_parser
from collector.command_line import run_command
from collector.errors import InputError

if TYPE_CHECKING:
    from collector.prune.selection import Conditions, Removal, Stored

_DESCRIPTION = """\
Remove recorded sessions that meet every given condition. With --keep-size only as much goes as is needed: checkpoints
first (states that can be made again by playing), then whole sessions. Failed, interrupted and empty ones go first,
then the lowest score, unrated ones last; of equals the oldest. A session that is being written never goes.
Nothing is removed without --yes."""

_EPILOG = """\
examples
  python -m collector.prune runs --status failed,interrupted,empty
  python -m collector.prune runs --older-than 30d --max-score 3
  python -m collector.prune runs --keep-size 2GB --yes"""

_DAYS: Final = {"h": 1 / 24, "d": 1, "w": 7}
_BYTES: Final = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if what was asked for was done, 1 if something could not be removed."""
    given = _parser().parse_args(arguments)
    return run_command(lambda: _prune(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = runs_parser("python -m collector.prune", _DESCRIPTION, _EPILOG)
    parser.add_argument("--older-than", metavar="AGE", help="begun longer ago: 12h, 30d, 8w")
    parser.add_argument("--status", metavar="S,S", help="failed, interrupted, gave_up, truncated, completed, empty")
    parser.add_argument("--max-score", type=float, metavar="N", help="scored N or lower; unrated sessions stay")
    parser.add_argument("--keep-size", metavar="SIZE", help="until the sessions take no more: 500MB, 2GB")
    parser.add_argument("--yes", action="store_true", help="remove; without it, only say what would go")
    return parser


def parse_age(text: str) -> timedelta:
    """30d as a span of time; InputError for anything but a number with h, d or w."""
    found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,3})?)([hdw])", text)
    if found is None:
        raise InputError(f"--older-than {text}: give a number with h, d or w, such as 30d")
    return timedelta(days=float(found[1]) * _DAYS[found[2]])


def parse_size(text: str) -> int:
    """2GB in bytes, 1 GB = 10^9; InputError for anything but a number with kB, MB, GB or TB."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)([kMGT]B)", text)
    if found is None:
        raise InputError(f"--keep-size {text}: give a number with kB, MB, GB or TB, such as 2GB")
    return round(float(found[1]) * _BYTES[found[2]])


def _prune(given: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from collector.prune.selection import clear_remains, plan, read_stored, removed_sessions

    conditions, now = _conditions(given), datetime.now(UTC)
    stored = read_stored(given.runs, now)
    for session_id in stored.in_use:
        print(f"{session_id}: stays, it is being written")
    for problem in stored.problems:
        print(f"stays: {problem}")
    removals = plan(stored, conditions, now)
    done = _carry_out(removals) if given.yes else _announce(removals)
    if given.yes:
        clear_remains(given.runs)
    freed = sum(removal.size for removal in done)
    verb = "freed" if given.yes else "would free"
    print(
        f"{verb} {_megabytes(freed)} of {_megabytes(stored.size)}; "
        f"{removed_sessions(done)} of {len(stored.sessions)} sessions{'' if given.yes else '; remove with --yes'}"
    )
    _warn_if_too_large(stored, conditions, freed)
    return int(len(done) < len(removals))


def _conditions(given: argparse.Namespace) -> Conditions:
    from collector.prune.selection import EMPTY, Conditions
    from collector.records import Status

    statuses = None
    if given.status is not None:
        known = {str(status) for status in Status if status is not Status.RUNNING} | {EMPTY}
        statuses = frozenset(given.status.split(","))
        if unknown := statuses - known:
            raise InputError(f"--status {','.join(sorted(unknown))}: there are {', '.join(sorted(known))}")
    conditions = Conditions(
        older_than=None if given.older_than is None else parse_age(given.older_than),
        statuses=statuses,
        max_score=given.max_score,
        keep_bytes=None if given.keep_size is None else parse_size(given.keep_size),
    )
    if conditions == Conditions():
        raise InputError("say what may go: --older-than AGE, --status S,S, --max-score N, --keep-size SIZE")
    return conditions


def _announce(removals: list[Removal]) -> list[Removal]:
    for removal in removals:
        print(f"would remove {_line(removal)}")
    return removals


def _carry_out(removals: list[Removal]) -> list[Removal]:
    """Remove; what could be."""
    from collector.errors import RunDirectoryError
    from collector.progress import with_progress
    from collector.prune.selection import remove

    done = []
    for removal in with_progress(removals, "pruning", len(removals)):
        try:
            remove(removal)
        except RunDirectoryError as error:
            print(f"stays: {error}")
            continue
        print(f"removed {_line(removal)}")
        done.append(removal)
    return done


def _line(removal: Removal) -> str:
    one = removal.session
    score = "unrated" if one.score is None else f"score {one.score:g}"
    what = f"{len(removal.checkpoints)} checkpoints of " if removal.checkpoints else ""
    return f"{what}{one.directory.session_id} ({one.status}, {score}, {_megabytes(removal.size)})"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def _warn_if_too_large(stored: Stored, conditions: Conditions, freed: int) -> None:
    left = stored.size - freed
    if conditions.keep_bytes is not None and left > conditions.keep_bytes:
        print(f"{_megabytes(left)} remain, more than asked: no other session meets the conditions")


if __name__ == "__main__":
    sys.exit(main())

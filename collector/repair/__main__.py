"""`python -m collector.repair RUNS`: after a crash, a kill or a full disk, make every session whole again."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from collector.argument_parser import runs_parser
from collector.command_line import run_command

_DESCRIPTION = """\
Make the sessions of a run tree whole again: cut the torn tail off a shard, close sessions whose writer died, write
the readable views anew and remove half-written files. Complete steps and ratings are never removed, a session that is
still being written is left alone, and a sound session is not changed by a byte."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every session is sound now, 1 if one needs a person or is beyond repair."""
    given = runs_parser("python -m collector.repair", _DESCRIPTION).parse_args(arguments)
    return run_command(lambda: _repair(given), debug=given.debug)


def _repair(given: argparse.Namespace) -> int:
    from collector.counting import counted
    from collector.progress import with_progress
    from collector.repair.mending import Outcome, clear_batches, mend
    from collector.run_directory import find_sessions

    found = find_sessions(given.runs)
    results = [mend(directory) for directory in with_progress(found, "repairing", len(found))]
    for result in results:
        if result.outcome is not Outcome.SOUND:
            print(f"{result.session_id}: {result.outcome}: {'; '.join(result.notes)}")
    for path in clear_batches(given.runs):
        print(f"{path.parent.name}: removed {path.name}")
    counts = Counter(result.outcome for result in results)
    told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    print(f"{counted(len(results), 'session')}{': ' if told else ''}{told}")
    return int(bool(counts[Outcome.BROKEN] or counts[Outcome.UNREADABLE]))


if __name__ == "__main__":
    sys.exit(main())

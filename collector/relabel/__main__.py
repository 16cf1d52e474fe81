"""`python -m collector.relabel RUNS`: what the expert would have done at each step of the cartridge's sessions."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from collector.argument_parser import runs_parser
from collector.command_line import run_command
from collector.side_by_side import add_workers

if TYPE_CHECKING:
    from collector.relabel.session import Relabelled

_DESCRIPTION = """\
Play every finished session of the bundled cartridge again and write labels.arrow beside its steps: the actions that
were best at each step, the fewest steps to the goal before and after it, and what the expert would have said. The
steps are never changed; a session that has its labels is left as it is, so the command can be run again at any time.
Sessions of other games are skipped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every session that can have labels has them, 1 if one could not be given them."""
    parser = runs_parser("python -m collector.relabel", _DESCRIPTION)
    add_workers(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; make the labels again and compare")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    given = parser.parse_args(arguments)
    return run_command(lambda: _relabel(given), debug=given.debug)


def _relabel(given: argparse.Namespace) -> int:
    from functools import partial

    from collector.progress import with_progress
    from collector.relabel.session import Outcome, relabel_session
    from collector.run_directory import find_sessions
    from collector.side_by_side import side_by_side, workers_for

    paths = [directory.path for directory in find_sessions(given.runs)]
    workers = workers_for(given.workers, len(paths))
    with side_by_side(partial(relabel_session, check=given.check), paths, workers) as labelled:
        results = list(with_progress(labelled, "relabelling", len(paths)))
    if given.json:
        _print_json(results)
    else:
        _print_text(results)
    return int(any(result.outcome is Outcome.FAILED for result in results))


def summary(results: Sequence[Relabelled]) -> dict[str, Any]:
    """Counts of sessions by outcome and of labelled steps by what they cost, with the notes of those without labels."""
    from collector.relabel.session import Outcome, counts_of

    steps = {name: sum(result.steps.get(name, 0) for result in results) for name in counts_of(())}
    return {
        "sessions": {str(outcome): sum(result.outcome is outcome for result in results) for outcome in Outcome},
        "steps": steps,
        "skipped": dict(Counter(result.note for result in results if result.outcome is Outcome.SKIPPED)),
        "failed": {result.session_id: result.note for result in results if result.outcome is Outcome.FAILED},
    }


def _print_json(results: Sequence[Relabelled]) -> None:
    import json

    print(json.dumps(summary(results), indent=2, ensure_ascii=False))


def _print_text(results: Sequence[Relabelled]) -> None:
    from collector.counting import counted
    from collector.relabel.session import Outcome

    for result in results:
        if result.outcome is not Outcome.SKIPPED and result.note:
            print(f"{result.session_id}: {result.outcome}: {result.note}")
    figures = summary(results)
    for note, count in figures["skipped"].items():
        print(f"{counted(count, 'session')} skipped: {note}")
    told = ", ".join(f"{count} {outcome}" for outcome, count in figures["sessions"].items() if count)
    print(f"{counted(len(results), 'session')}{': ' if told else ''}{told}")
    steps = figures["steps"]
    print(
        f"{counted(steps['labelled'], 'step')} labelled: {steps['best']} best, {steps['lost_ground']} lost ground, "
        f"{steps['lost_the_goal']} lost the goal; {steps['without_label']} without a label"
    )


if __name__ == "__main__":
    sys.exit(main())

"""`python -m collector.branch RUNS --output DIR`: go back into recorded steps and play on from there, several times."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.argument_parser import CommandParser, runs_parser
from collector.command_line import run_command
from collector.errors import InputError

if TYPE_CHECKING:
    from collector.evidence import StepEvidence

_DESCRIPTION = """\
Go back to recorded steps and let an agent play on from there, several times for each first action. Every roll-out is
a session of its own in DIR, with parent_session_id; what led there is pressed again from power-on or from the captured
state, and nothing is played unless the screen and the memory are those that were recorded. Steps that led away from
the goal are chosen by their labels (python -m collector.relabel), or every N-th step."""

_EPILOG: Final = """\
The overrides are those of `python -m collector` for the player: agent=noisy agent.mistake_rate=0.2 (as if left out),
agent=vllm agent.model=NAME agent.temperature=0.7, budget.max_steps=N, seed=N. Run again, the same command plays what
is missing; another seed adds further roll-outs.

examples
  python -m collector.branch runs --output branches
  python -m collector.branch runs --output branches --every 5 --first taken,agent --rollouts 8 agent=random"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 if every roll-out was played, 1 if one could not be."""
    given = _parser().parse_intermixed_args(arguments)
    return run_command(lambda: _branch(given), debug=given.debug)


def _parser() -> CommandParser:
    parser = runs_parser("python -m collector.branch", _DESCRIPTION, _EPILOG)
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="who plays, as for python -m collector")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="run tree for the branches")
    parser.add_argument("--every", type=int, metavar="N", help="each N-th step, whatever it led to")
    parser.add_argument(
        "--first", default="taken,expert", metavar="F,F", help="first actions: taken, expert, agent (taken,expert)"
    )
    parser.add_argument("--rollouts", type=int, default=4, metavar="K", help="roll-outs for each first action (4)")
    parser.add_argument("--points", type=int, default=20, metavar="N", help="steps at most, spread evenly (20)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="roll-outs at once (1)")
    return parser


def _branch(given: argparse.Namespace) -> int:
    from collector.branch.choosing import FIRST, Choice, chosen_branches
    from collector.run_directory import find_sessions

    first = tuple(given.first.split(","))
    if unknown := set(first) - set(FIRST):
        raise InputError(f"--first {given.first}: {', '.join(sorted(unknown))} is none of {', '.join(FIRST)}")
    for flag in ("every", "rollouts", "points", "workers"):
        if (value := getattr(given, flag)) is not None and value < 1:
            raise InputError(f"--{flag} {value}: give 1 or more")
    if given.output.resolve() == given.runs.resolve():
        raise InputError(f"--output {given.output}: the sessions branched from are there; choose another folder")
    found = find_sessions(given.runs)
    branches = chosen_branches(found, Choice(every=given.every, first=first, points=given.points))
    if not branches:
        raise InputError(f"{given.runs}: no step to go back to; give --every N, or sessions with mistakes in them")
    return _play(given, branches)


def _play(given: argparse.Namespace, branches: list[Any]) -> int:
    """Compose who plays, and play all roll-outs as a batch."""
    from collector.batch.run import BatchSettings, run_batch
    from collector.branch.jobs import branch_jobs
    from collector.collect import checked_config
    from collector.evidence import evidence_in
    from collector.flags import quoted, translate
    from collector.hydra_front import run_hydra
    from collector.run_directory import CALLS_FILE

    def play(composed: Any) -> int:
        config = checked_config(composed)
        jobs = list(branch_jobs(branches, config, given.rollouts))
        settings = BatchSettings(workers=given.workers, resume=True, calls=given.output / CALLS_FILE)
        code = run_batch(given.output, jobs, settings)
        print(evidence_line(evidence_in(given.output)))
        return code

    overrides = [f"runs={quoted(str(given.output))}", *given.overrides]
    if not any(override.startswith("agent=") for override in overrides):
        overrides.append("agent=noisy")
    return run_hydra("collect", play, translate(overrides))


def evidence_line(found: Sequence[StepEvidence]) -> str:
    """How many steps the branches of a run tree say something about."""
    from collector.counting import counted
    from collector.evidence import LEAST, LEVEL

    steps = {(one.session_id, one.step) for one in found}
    told = len({(one.session_id, one.step) for one in found if any(one.better_pairs())})
    return (
        f"roll-outs with a verdict from {counted(len(steps), 'step')}; at {told} one action did better than another "
        f"(exact rank-sum test, p <= {LEVEL:g}, {LEAST} or more roll-outs each)"
    )


if __name__ == "__main__":
    sys.exit(main())

"""`scoring compare`: two run trees, or two players of one, set against each other from equal starts."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import DEFAULT_RUNS, Commands, add_command, print_json
from scoring.records import Source

_BY = ("policy", "model", "agent")


def add(commands: Commands) -> None:
    command = add_command(commands, "compare", run, "compare two run trees, or two players, from equal starts")
    command.add_argument("a", metavar="A", help="a run tree; with --by a policy, model or agent")
    command.add_argument("b", metavar="B", help="what it is compared with")
    command.add_argument("--by", choices=_BY, help="A and B are names of these within one run tree")
    command.add_argument("--runs", type=Path, default=DEFAULT_RUNS, metavar="DIR", help="that run tree (runs)")
    sources = [str(source) for source in Source]
    command.add_argument("--score-source", choices=sources, default="auto", help="whose scores count (auto)")
    command.add_argument("--level", type=float, default=0.95, metavar="SHARE", help="level of the intervals (0.95)")
    command.add_argument("--plot", type=Path, metavar="FILE", help="draw completion into FILE (.svg or .png)")
    command.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(given: argparse.Namespace) -> int:
    from scoring.commands.reading import read_runs
    from scoring.compare.figures import contrast
    from scoring.compare.pairs import pair_up, split_by
    from scoring.compare.plot import check_plot, write_plot
    from scoring.compare.text import contrast_json, print_contrast

    if given.plot:
        check_plot(given.plot)
    trees = [read_runs(tree) for tree in ([given.runs] if given.by else [Path(given.a), Path(given.b)])]
    sides = [tree.sessions for tree in trees]
    if given.by:
        sides = split_by(sides[0], given.by, given.a, given.b)
    found = contrast(pair_up(given.a, sides[0], given.b, sides[1]), Source(given.score_source), given.level)
    if given.json:
        print_json(contrast_json(found))
    else:
        print_contrast(found)
    if given.plot:
        write_plot(found, given.plot)
    return int(any(tree.problems for tree in trees) or not found.pairing.pairs)

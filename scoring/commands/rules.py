"""The flags by which sessions are given out to raters, in the terminal and on the page."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scoring.commands.parsing import Parser

if TYPE_CHECKING:
    from scoring.rating.desk import Rules
    from scoring.sessions import RatedSession


def add_rules(command: Parser) -> None:
    """Which sessions come first, who sets the standard, and how many are rated twice."""
    command.add_argument(
        "--order",
        choices=("random", "disagreement"),
        default="random",
        help="by chance, or those first whose ratings are furthest apart (random)",
    )
    command.add_argument("--gold", metavar="RATER", help="everybody rates what this rater rated, by name or id")
    command.add_argument("--doubles", type=float, default=0.1, metavar="SHARE", help="sessions rated by two (0.1)")


def rules_of(given: argparse.Namespace, sessions: Iterable[RatedSession]) -> Rules:
    """What the flags say; InputError for a share that is none or a gold rater who rated nothing."""
    from collector.errors import InputError
    from scoring.agreement import gold_rater
    from scoring.rating.desk import Order, Rules

    if not 0 <= given.doubles <= 1:
        raise InputError(f"--doubles {given.doubles:g}: expected a share from 0 to 1, such as 0.1 for one in ten")
    gold = None if given.gold is None else gold_rater(given.gold, given.runs, sessions)
    return Rules(order=Order(given.order), doubles=given.doubles, gold=gold)

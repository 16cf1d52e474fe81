"""What the numbers mean: five bands for people and judges, and the rule that turns a verdict from memory into a score.

| verdict | what decides | score |
|---|---|---|
| reached | as few steps as the optimum | 10 |
| reached | optimum / steps at least 0.8 | 9 |
| reached | optimum / steps at least 0.5, or no optimum known | 8 |
| reached | more than twice the optimum | 7 |
| not reached | at least 3/4 of the goal's parts | 4 |
| not reached | at least half of them | 3 |
| not reached | some, or how many is not known | 2 |
| not reached | none | 1 |
| none | memory can't tell | no score |

The rule never gives 5 or 6: that band is for sessions that mostly got there, and memory knows only yes or no.
`RUBRIC_VERSION` moves when a band or the rule does, so that old scores can be told from new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collector.counting import counted
from collector.records import Session

RUBRIC_VERSION: Final = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the scale."""

    lowest: int
    """Its lowest score."""
    highest: int
    """Its highest score."""
    name: str
    """In one word or two."""
    meaning: str
    """When a session belongs here."""


BANDS: Final = (
    Band(
        lowest=9,
        highest=10,
        name="perfect",
        meaning="The goal is reached by the shortest way or nearly so, hardly a press is wasted, its report is right.",
    ),
    Band(
        lowest=7,
        highest=8,
        name="good",
        meaning="The goal is reached by a sound plan, with a few presses that were not needed.",
    ),
    Band(
        lowest=5,
        highest=6,
        name="acceptable",
        meaning="Most of the task is done and its point is met, with some mistakes or wandering on the way.",
    ),
    Band(
        lowest=3,
        highest=4,
        name="poor",
        meaning="Part of the task is done, by a roundabout way or with serious mistakes.",
    ),
    Band(
        lowest=1,
        highest=2,
        name="failed",
        meaning="The task is not done, and little or nothing leads towards it.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleScore:
    """What the rule says about a session."""

    score: int
    """1-4 or 7-10."""
    justification: str
    """The facts it followed, in a sentence."""


def band_of(score: float) -> Band:
    """The band a score lies in; a median between two bands belongs to the lower one."""
    return next(band for band in BANDS if score >= band.lowest)


def efficiency(session: Session) -> float | None:
    """Optimum / steps taken, 0..1, of a session that reached its goal; None if it did not or no optimum is known."""
    if not session.task_completed or session.optimal_steps is None:
        return None
    if session.total_steps <= session.optimal_steps:
        return 1.0
    return session.optimal_steps / session.total_steps


def rule_score(session: Session) -> RuleScore | None:
    """The table above; None where memory gave no verdict."""
    if session.task_completed is None:
        return None
    return _reached(session) if session.task_completed else _not_reached(session)


def _reached(session: Session) -> RuleScore:
    used = counted(session.total_steps, "step")
    share = efficiency(session)
    if share is None:
        return RuleScore(score=8, justification=f"Goal reached in {used}; the fewest possible is not known.")
    score = 10 if share == 1.0 else 9 if share >= 0.8 else 8 if share >= 0.5 else 7
    fewest = "the fewest possible" if share == 1.0 else f"{session.optimal_steps} would do"
    return RuleScore(score=score, justification=f"Goal reached in {used}; {fewest}.")


def _not_reached(session: Session) -> RuleScore:
    used = f"Goal not reached in {counted(session.total_steps, 'step')} of {session.max_steps}"
    share = session.progress
    if share is None:
        return RuleScore(score=2, justification=f"{used}; how much of it was done is not known.")
    score = 4 if share >= 0.75 else 3 if share >= 0.5 else 2 if share > 0 else 1
    return RuleScore(score=score, justification=f"{used}, with {share:.0%} of its parts done.")

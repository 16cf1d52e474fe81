"""What a rater sees of a session: blind before the rating, the rest after it.

Until the rating is given nothing here says who played, what the verdict was or how others rated; the session's name,
which may tell, is left out too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, TypeVar

from collector.errors import ShardError
from collector.run_directory import SessionDirectory
from collector.shards import read_rows
from scoring.annotations import current, resolve
from scoring.records import Source
from scoring.sessions import read_rated

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenStep:
    """One step as a rater sees it."""

    step: int
    """1-based."""
    action: str | None
    """The button, or wait; None for a reply that could not be used."""
    had_effect: bool | None
    """Whether anything changed; None where that is not known."""
    reasoning: str
    """Why the player chose it, in its words."""
    expected_outcome: str
    """What the player expected."""
    before: bytes
    """PNG of the screen before."""
    after: bytes
    """PNG of the screen after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A step that changed something, or a stretch of presses that changed nothing, folded."""

    steps: tuple[SeenStep, ...]
    """In order; more than one only if none had an effect."""

    @property
    def is_folded(self) -> bool:
        """Whether it stands for several presses without effect."""
        return len(self.steps) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A session to be rated, blind."""

    task: str
    """What the player was asked."""
    goal: str
    """What is to be reached."""
    steps_used: int
    """Steps taken."""
    budget: int
    """Steps allowed."""
    optimal_steps: int | None
    """Fewest steps that reach the goal; None if not known."""
    report: str | None
    """The player's answer, for tasks that ask for one."""
    fact: str
    """What game memory said as the last step began: the thing to hold the report against."""
    steps: tuple[SeenStep, ...]
    """All of them."""

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The steps with stretches without effect folded."""
        return _folded(self.steps)


def press_alone(item: Item, step: int) -> Item:
    """The session as one sees it who compares a single press: that step, without words and what followed."""
    [seen] = [replace(one, reasoning="", expected_outcome="") for one in item.steps if one.step == step]
    return replace(item, steps_used=step, optimal_steps=None, report=None, fact="", steps=(seen,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reveal:
    """What is said once the rating is given."""

    session_id: str
    """Its id."""
    verdict: bool | None
    """Whether game memory found the goal reached; None if it can't tell."""
    policy: str
    """Who played, by kind."""
    model_used: str
    """The model's name, or the agent's."""
    auto_score: float | None
    """By the rule."""
    judge_score: float | None
    """By the judge."""
    other_scores: tuple[int, ...]
    """Other people's, in the order they were given."""


_COLUMNS: Final = (
    "step action action_effect reasoning expected_outcome goal report memory_context",
    "screenshot screenshot_after",
)


def read_item(directory: SessionDirectory) -> Item:
    """The session as a rater may see it; ShardError if its steps can't be read, or if there is none."""
    session = directory.read_session()
    rows = list(read_rows(directory.shard, " ".join(_COLUMNS).split()))
    if not rows:
        raise ShardError(f"{directory.shard}: no complete step to show; the session ended in its first write")
    last = rows[-1]
    return Item(
        task=session.task_description,
        goal=last["goal"],
        steps_used=session.total_steps,
        budget=session.max_steps,
        optimal_steps=session.optimal_steps,
        report=next((row["report"] for row in reversed(rows) if row["report"]), None),
        fact=last["memory_context"],
        steps=tuple(_seen(row) for row in rows),
    )


def reveal(directory: SessionDirectory, rater: str) -> Reveal:
    """What the rater may know of a session that this rater has rated."""
    rated = read_rated(directory)
    people = current(rated.annotations, Source.HUMAN)
    return Reveal(
        session_id=rated.session.session_id,
        verdict=rated.session.task_completed,
        policy=rated.session.policy,
        model_used=rated.session.model_used,
        auto_score=resolve(rated.annotations, Source.AUTO),
        judge_score=resolve(rated.annotations, Source.JUDGE),
        other_scores=tuple(one.score for one in people if one.rater != rater and one.score is not None),
    )


def evenly_chosen(things: Sequence[Thing], most: int) -> list[Thing]:
    """At most so many of them, the first and the last among them, the others evenly spread; the last if only one."""
    if len(things) <= most:
        return list(things)
    if most == 1:
        return [things[-1]]
    return [things[round(place * (len(things) - 1) / (most - 1))] for place in range(most)]


def _seen(row: dict[str, Any]) -> SeenStep:
    return SeenStep(
        step=row["step"],
        action=row["action"],
        had_effect=row["action_effect"],
        reasoning=row["reasoning"],
        expected_outcome=row["expected_outcome"],
        before=row["screenshot"]["bytes"],
        after=row["screenshot_after"]["bytes"],
    )


def _folded(steps: Iterable[SeenStep]) -> tuple[Moment, ...]:
    moments: list[Moment] = []
    for unchanged, stretch in groupby(steps, key=lambda one: one.had_effect is False):
        if unchanged:
            moments.append(Moment(steps=tuple(stretch)))
        else:
            moments.extend(Moment(steps=(one,)) for one in stretch)
    return tuple(moments)

"""One reply of an agent as it was recorded: its buttons, and the screens that came before it.

A reply is what a model is trained to write, so it is one row of the trained configs, however many buttons it named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from collector.labels import StepLabel
from collector.prompts import PromptFacts
from collector.records import Png, Reply

Row: TypeAlias = Mapping[str, Any]
"""A row of steps.arrow: the columns of the Step record."""


class Target(StrEnum):
    """Whose answer a model is trained to write."""

    TAKEN = "taken"
    """What the player answered."""
    EXPERT = "expert"
    """What the expert would have answered where the player stood."""


class Preference(NamedTuple):
    """Of two presses on one screen, which was better."""

    better: str
    """The action."""
    worse: str
    """The other one."""
    evidence: str
    """What says so: roll_outs or pairwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedReply:
    """The steps of one reply, and the steps it follows."""

    steps: tuple[Row, ...]
    """One a button, in order; at least one."""
    earlier: tuple[Row, ...]
    """The live path before the reply, oldest first."""
    label: StepLabel | None = None
    """What the expert says about the step the agent was asked at; None if nobody asked it."""
    better: tuple[Preference, ...] = ()
    """What roll-outs and people say of two presses at that step."""
    target: Target = Target.TAKEN
    """Whose answer is to be learned."""

    @property
    def first(self) -> Row:
        """The step the agent was asked at."""
        return self.steps[0]

    @property
    def facts(self) -> PromptFacts:
        """What the prompt may be made of."""
        return PromptFacts.of_row(self.first)

    @property
    def actions(self) -> tuple[str, ...]:
        """The buttons of the answer, in order."""
        return self.answer.actions

    @property
    def action_text(self) -> str:
        """The buttons as one string: a filter's column."""
        return ", ".join(self.actions)

    @property
    def policy(self) -> str:
        """Who chose the answer."""
        return str(self.first["policy"]) if self.target is Target.TAKEN else "expert"

    @property
    def action_effect(self) -> bool | None:
        """Whether any press of the answer changed something; None if it pressed nothing or was not the one given."""
        if self.answer.actions != self.taken.actions:
            return None
        effects = [step["action_effect"] for step in self.steps if step["action_effect"] is not None]
        return any(effects) if effects else None

    @property
    def answer(self) -> Reply:
        """What a model is to write; where the expert's is wanted there must be one."""
        if self.target is Target.TAKEN:
            return self.taken
        answer = self.expert_answer
        assert answer is not None, "replies without an expert's answer are no examples of target=expert"
        return answer

    @property
    def taken(self) -> Reply:
        """What the agent answered, as far as it was played: thoughts are on the first step.

        Done and report go with the last button that was named; where the budget ended before it, nobody said them.
        """
        last = self.steps[-1]
        is_whole = last["reply_index"] + 1 == last["reply_length"] or last["terminated"]
        return Reply(
            actions=tuple(step["action"] for step in self.steps),
            analysis=self.first["analysis"],
            reasoning=self.first["reasoning"],
            expected_outcome=self.first["expected_outcome"],
            done=is_whole and last["done"],
            report=last["report"] if is_whole else None,
        )

    @property
    def expert_answer(self) -> Reply | None:
        """What the expert would have answered, in its own words; None if it can't say."""
        label = self.label
        if label is None or not label.expert_actions:
            return None
        return Reply(
            actions=label.expert_actions[:1],
            analysis=label.expert_analysis,
            reasoning=label.expert_reasoning,
            expected_outcome=label.expert_outcome,
            done=label.expert_done,
            report=label.expert_report,
        )

    def has_step_of(self, steps: frozenset[int]) -> bool:
        """Whether one of its steps is among these."""
        return not steps.isdisjoint(step["step"] for step in self.steps)

    def without_history(self) -> RecordedReply:
        """The same reply with nothing before it: no last actions, no earlier screens."""
        return replace(self, steps=({**self.first, "previous_actions": []}, *self.steps[1:]), earlier=())

    def screens(self, history: int) -> list[Png]:
        """Up to `history` screens, the one the agent was asked at last."""
        return [step["screenshot"]["bytes"] for step in self.shown(history)]

    def shown(self, history: int) -> list[Row]:
        """The steps whose screens these are."""
        before = [step for step in self.earlier if step["action"] is not None]
        return [*before, self.first][-history:]


def live_path(rows: Sequence[Row]) -> list[Row]:
    """The steps that led to the last one, oldest first: undone steps are not on it."""
    by_step = {row["step"]: row for row in rows}
    path: list[Row] = []
    at: Row | None = rows[-1] if rows else None
    while at is not None:
        path.append(at)
        parent = at["parent_step"]
        at = by_step.get(parent) if parent < at["step"] else None
    return path[::-1]


def recorded_replies(rows: Sequence[Row]) -> Iterator[RecordedReply]:
    """The replies on a session's live path in order; failed ones, which have no action, are left out."""
    earlier: list[Row] = []
    for _, group in groupby(live_path(rows), key=lambda row: row["reply_id"]):
        steps = tuple(group)
        acted = tuple(step for step in steps if step["action"] is not None)
        if acted:
            yield RecordedReply(steps=acted, earlier=tuple(earlier))
        earlier.extend(steps)

"""What a session's prompts may be made of, each with a source that its replies had no hand in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

from collector.prompts import PromptFacts
from collector.records import Step
from collector.retold import retold_context, retold_notes
from dataset_script.corpus import PlacedSession
from dataset_script.lint.odd_steps import LOOKED_AT, Odd, odd_steps, usual
from dataset_script.replies import RecordedReply, Row


class SessionFacts:
    """The facts of one session, told again: the task's words, the reader's sentence, the memory's notes."""

    def __init__(self, placed: PlacedSession) -> None:
        self._session = placed.session

    @cached_property
    def _steps(self) -> list[Row]:
        return list(self._session.steps(LOOKED_AT))

    @cached_property
    def _instruction(self) -> str:
        """The task's; empty if the steps say another."""
        said, expected = usual(self._steps, "instruction"), self._session.record.task_description
        return expected if said == expected else ""

    @cached_property
    def _goal(self) -> str:
        """What the steps say; empty if they don't agree: a task's goal does not move."""
        return usual(self._steps, "goal") or ""

    @cached_property
    def _notes(self) -> dict[int, frozenset[str]]:
        columns = [field.name for field in dataclasses.fields(Step) if not field.name.startswith("screenshot")]
        retold = retold_notes(self._session.directory, list(self._session.steps(columns)))
        return {step: frozenset(notes.splitlines()) for step, notes in retold.items()}

    def sourced(self, reply: RecordedReply) -> PromptFacts:
        """The facts of a reply's prompt without those that nothing before the reply bears out."""
        facts, step = reply.facts, reply.first["step"]
        context = retold_context(reply.first["game"], reply.first["state"])
        notes = self._notes.get(step, frozenset()) if facts.memory_notes else frozenset()
        return dataclasses.replace(
            facts,
            instruction=self._instruction,
            goal=self._goal,
            memory_context=context or "",
            memory_notes="\n".join(line for line in facts.memory_notes.splitlines() if line in notes),
        )

    def odd_steps(self) -> Mapping[int, Sequence[Odd]]:
        """The facts that don't fit into the session, by step."""
        has_notes = any(row["memory_notes"] for row in self._steps)
        return odd_steps(self._steps, self._notes if has_notes else {})


class FactsOfSession:
    """The facts of the session at hand; rows come session by session, so one is kept, and what was odd in any."""

    def __init__(self) -> None:
        self._at: tuple[str, SessionFacts] | None = None
        self._odd: dict[str, Mapping[int, Sequence[Odd]]] = {}

    def __call__(self, placed: PlacedSession) -> SessionFacts:
        session_id = placed.session.record.session_id
        if self._at is None or self._at[0] != session_id:
            self._at = session_id, SessionFacts(placed)
        return self._at[1]

    def odd(self, placed: PlacedSession, step: int) -> Sequence[Odd]:
        """The facts of a step that don't fit into its session; each session is looked through once."""
        session_id = placed.session.record.session_id
        if session_id not in self._odd:
            self._odd[session_id] = self(placed).odd_steps()
        return self._odd[session_id].get(step, ())

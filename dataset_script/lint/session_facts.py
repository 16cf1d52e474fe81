"""What a session's prompts may be made of, each with a source that its replies had no hand in."""

from __future__ import annotations

import dataclasses
from functools import cached_property

from collector.prompts import PromptFacts
from collector.records import Step
from collector.retold import retold_context, retold_notes
from dataset_script.corpus import PlacedSession
from dataset_script.replies import RecordedReply, Row


class SessionFacts:
    """The facts of one session, told again: the task's words, the reader's sentence, the memory's notes."""

    def __init__(self, placed: PlacedSession) -> None:
        self._session = placed.session

    @cached_property
    def _steps(self) -> list[Row]:
        return list(self._session.steps(["step", "state", "instruction", "goal"]))

    @cached_property
    def _instruction(self) -> str:
        """The task's; empty if a step says another."""
        return self._constant("instruction", self._session.record.task_description)

    @cached_property
    def _goal(self) -> str:
        """What every step says; empty if one says something else: a task's goal does not move."""
        return self._constant("goal", self._steps[0]["goal"])

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

    def tells_of_after(self, reply: RecordedReply) -> bool:
        """Whether a reply's context is what the reader says of the state after the press, not before it."""
        first = reply.first
        told = first["memory_context"]
        if not told or told == retold_context(first["game"], first["state"]):
            return False
        after = next((row["state"] for row in self._steps if row["step"] == first["step"] + 1), None)
        return after is not None and told == retold_context(first["game"], after)

    def _constant(self, column: str, expected: str) -> str:
        return expected if all(row[column] == expected for row in self._steps) else ""


class FactsOfSession:
    """The facts of the session at hand; rows come session by session, so one is kept."""

    def __init__(self) -> None:
        self._at: tuple[str, SessionFacts] | None = None

    def __call__(self, placed: PlacedSession) -> SessionFacts:
        session_id = placed.session.record.session_id
        if self._at is None or self._at[0] != session_id:
            self._at = session_id, SessionFacts(placed)
        return self._at[1]

"""What an agent keeps beyond one turn: a SQLite memory, told to it as a few lines of notes.

A session plays with a memory of its own, so that its notes follow from before_session.db and its steps alone. Under a
name the memory is carried on: the session begins with what the file runs/.memory/NAME.sqlite holds, and each of its
steps is written through to the file as it is recorded. Sessions of held-out tasks begin empty and write nothing
through. docs/memory.md says what the notes may hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from collector.agents.settings import AgentSettings
from collector.errors import ConfigError
from collector.memory_store import LONGEST_TEXT, Lesson, MemoryStore, PlayedTask
from collector.prompts import ObservationMode
from collector.records import Observation, Session, State, Status, Step, Task
from collector.run_directory import NAME_PATTERN, SessionDirectory

LETTERS_A_TOKEN: Final = 4
"""Letters that make a token, about, in English text."""

_AT_MOST: Final = 50
"""Rows of a table that are looked at for notes: more would not fit."""


def open_memory(settings: AgentSettings, task: Task, start_id: str, game: str, runs: Path) -> SessionMemory | None:
    """The memory of one session, if its agent is to have one; ConfigError for settings that make no sense."""
    name = settings.memory_session
    if not settings.memory:
        if name is not None:
            raise ConfigError(f"agent.memory_session={name!r} without a memory: add agent.memory=true")
        return None
    if settings.memory_tokens < 0:
        raise ConfigError(f"agent.memory_tokens={settings.memory_tokens}: give a whole number from 0")
    if name is not None and not NAME_PATTERN.fullmatch(name):
        raise ConfigError(f"agent.memory_session={name!r}: use 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    path = None if name is None or task.held_out else runs / ".memory" / f"{name}.sqlite"
    if path is not None and path.exists():
        MemoryStore.shared(path, game).close()  # one that can't be used is refused before anything is made
    knows_facts = settings.memory_facts
    if knows_facts is None:
        knows_facts = settings.obs == ObservationMode.IMAGE_AND_MEMORY
    return SessionMemory(
        game, path, start_id=start_id, letters=settings.memory_tokens * LETTERS_A_TOKEN, knows_facts=knows_facts
    )


class SessionMemory:
    """The Memory protocol over one session's store, and the carried one behind it."""

    def __init__(self, game: str, path: Path | None, *, start_id: str, letters: int, knows_facts: bool) -> None:
        """Open nothing yet. `path` is the carried memory; `knows_facts` lets notes tell of the game's memory."""
        self._game = game
        self._path = path
        self._start_id = start_id
        self._letters = letters
        self._knows_facts = knows_facts
        self._stores: list[MemoryStore] = []
        self._known: dict[str, str] = {}
        self._place: str | None = None

    def begin(self, directory: SessionDirectory) -> None:
        """Open the stores, and keep what is known before the session."""
        carried = None if self._path is None else MemoryStore.shared(self._path, self._game)
        self._stores = [] if carried is None else [carried]
        self._stores.insert(0, MemoryStore.private(self._game, carried))
        self._own.snapshot(directory.memory_snapshot("before"))

    def begin_again(self, snapshot: Path) -> None:
        """Start from what a recorded session began with; nothing is written."""
        self._stores = [MemoryStore.copy_of(snapshot)]

    def notes(self, observation: Observation) -> str:
        """Lines of notes, the most telling first, within the bound; a line that doesn't fit whole is left out."""
        lines: list[str] = []
        room = self._letters
        for line in self._lines(observation):
            if len(line) <= room:
                lines.append(line)
                room -= len(line) + 1
        return "\n".join(lines)

    def observe(self, step: Step, after: Observation, remember: tuple[str, ...]) -> None:
        """Take in a step that is on disk."""
        lesson = Lesson(
            session_id=step.session_id,
            step=step.step,
            frame_hash=step.frame_hash,
            action=step.action,
            changed_screen=step.frame_hash_after != step.frame_hash,
            notes=tuple(dict.fromkeys(note for note in map(_one_line, remember) if note)),
            facts=self._news(json.loads(step.state), after.state) if self._knows_facts else {},
            start_id=self._start_id,
            entered=self._entered(after.state) if self._knows_facts else None,
        )
        for store in self._stores:
            store.learn(lesson)

    def finish(self, directory: SessionDirectory, session: Session, report: str | None) -> None:
        """Enter the session into the task history, and keep what is known now."""
        played = PlayedTask(
            session_id=session.session_id,
            task_id=session.task_id,
            instruction=_one_line(session.task_description),
            start_id=session.start_id,
            status=session.status,
            steps=session.total_steps,
            report=None if report is None else _one_line(report),
        )
        for store in self._stores:
            store.add_task(played)
        self._own.snapshot(directory.memory_snapshot("after"))

    def close(self) -> None:
        """Let go of the stores."""
        for store in self._stores:
            store.close()

    @property
    def _own(self) -> MemoryStore:
        assert self._stores, "begin() comes first"
        return self._stores[0]

    def _lines(self, observation: Observation) -> Iterator[str]:
        yield from self._about_screen(observation.frame_hash)
        for (note,) in self._own.rows(f"SELECT note FROM notes ORDER BY times DESC, turn DESC, note LIMIT {_AT_MOST}"):
            yield f"Noted: {note}"
        yield from self._about_tasks()
        if self._knows_facts:
            yield from self._about_facts()

    def _about_screen(self, frame_hash: str) -> Iterator[str]:
        """What was tried on the screen that is shown now."""
        tried = self._own.rows(
            "SELECT action, tries, changed FROM presses WHERE frame_hash = ? ORDER BY tries DESC, turn DESC, action",
            frame_hash,
        )
        if tried:
            told = "; ".join(f"{action} changed it in {changed} of {tries} tries" for action, tries, changed in tried)
            yield f"On this very screen: {told}"

    def _about_tasks(self) -> Iterator[str]:
        """The tasks played before, those played most first."""
        played = self._own.rows(
            f"""SELECT instruction, count(*), sum(status = ?), min(CASE WHEN status = ? THEN steps END),
            max(turn) AS newest FROM tasks GROUP BY instruction ORDER BY count(*) DESC, newest DESC LIMIT {_AT_MOST}""",
            str(Status.COMPLETED),
            str(Status.COMPLETED),
        )
        for instruction, times, reached, fewest, newest in played:
            [(report,)] = self._own.rows("SELECT report FROM tasks WHERE turn = ?", newest)
            best = "" if fewest is None else f", in {fewest} steps at best"
            said = "" if report is None else f"; reported last: {report}"
            yield f'Played before: "{instruction}": reached in {reached} of {times} sessions{best}{said}'

    def _about_facts(self) -> Iterator[str]:
        """What the game's memory said from this start: what changed last first."""
        facts = self._own.rows(
            f"""SELECT name, value FROM facts WHERE start_id = ? AND changes > 0
            ORDER BY turn DESC, changes DESC, name LIMIT {_AT_MOST}""",
            self._start_id,
        )
        yield from (f"Last known: {name} is {value}" for name, value in facts)
        places = self._own.rows(
            f"SELECT place, visits FROM places ORDER BY visits DESC, turn DESC, place LIMIT {_AT_MOST}"
        )
        yield from (f"Been to: {place} ({visits})" for place, visits in places)

    def _news(self, before: State, after: State) -> dict[str, tuple[str, bool]]:
        """Fields of the world, not of the player's place or the menus, that are new or other than they were known."""
        news: dict[str, tuple[str, bool]] = {}
        for name, value in _world(before):
            if self._known.get(name) != value:
                news[name] = (value, False)
                self._known[name] = value
        for name, value in _world(after):
            if self._known.get(name) != value:
                news[name] = (value, True)
                self._known[name] = value
        return news

    def _entered(self, state: State) -> str | None:
        """The place that the player has come to, if it is another than before."""
        named = [str(state[name]) for name in ("map", "place") if state.get(name)]
        place = ", ".join(named) or None
        if place == self._place:
            return None
        self._place = place
        return place


def _world(state: State) -> Iterable[tuple[str, str]]:
    """The fields with dotted names, as text: items.honey_jar, party.1.hp, talked.nell ..."""
    return ((name, str(value)[:LONGEST_TEXT]) for name, value in state.items() if "." in name)


def _one_line(text: str) -> str:
    """The text without line breaks and control characters, cut to what is kept."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:LONGEST_TEXT]

"""What a game is to the collector: which RAM to read and what it means. Adding a game is one module or package here.

A game may also bring a `GameModel`, its rules in Python: with it the scripted expert plans, and a session knows how
few steps would have done.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from collector.records import Start, State, Task


class MemoryRange(NamedTuple):
    """A run of bytes on the console's bus."""

    start: int
    """First address."""
    length: int
    """Bytes."""


class Game(Protocol):
    """A game reader. `memory` is always what stands at `memory_ranges`, joined in order."""

    @property
    def game_id(self) -> str:
        """Name recorded in the `game` column."""

    @property
    def synthetic(self) -> bool:
        """True for the bundled cartridge."""

    @property
    def memory_ranges(self) -> tuple[MemoryRange, ...]:
        """What to read at each observation; empty for a game without a reader."""

    def stable_memory(self, memory: bytes) -> bytes:
        """The bytes that change only when the player changes something: what memory_hash is taken over."""

    def is_settled(self, memory: bytes) -> bool:
        """Whether the picture is drawn whole and the game waits for a press."""

    def state(self, memory: bytes) -> State:
        """The reader's fields."""

    def context(self, state: State) -> str:
        """The state as a sentence: the memory_context column."""

    def opening(self, start: Start) -> tuple[str, ...]:
        """Buttons that lead from power-on to the start, each pressed once the game has settled.

        TaskError if this game can't begin so.
        """

    @property
    def model(self) -> GameModel | None:
        """The game's rules, if it has them in Python."""


class GameModel(Protocol):
    """A game's rules: what a press leads to, and how to say it in words."""

    def buttons(self, state: State) -> tuple[str, ...]:
        """Presses worth trying in this state; never empty."""

    def next_state(self, state: State, button: str) -> State:
        """The state after the press, field for field what the reader would read."""

    def search_key(self, state: State) -> tuple[object, ...]:
        """The part of the state that decides where presses lead; states with equal keys are one node of the search."""

    def towards(self, fields: frozenset[str]) -> GameModel:
        """The same rules for a search that only looks at these fields.

        Its `buttons` leave out presses that can't matter to the fields; its `search_key` holds what decides the fields
        and leaves out the rest.
        """

    def commutes(self, before: State, after: State, button: str) -> bool:
        """Whether `button` may as well be pressed in `before` as in `after`, the state one press later.

        If so, both orders lead to the same states, and a search need not try the later one unless the press between
        changed something it looks at.
        """

    def describe(self, state: State) -> str:
        """What is on the screen, as somebody looking at it would say it: nothing that the picture doesn't show."""

    def explain(self, state: State, button: str, task: Task, ahead: tuple[State, ...]) -> str:
        """Why the press is right, seen from this screen; `ahead` are the states the plan leads through."""

    def expect(self, state: State, after: State) -> str:
        """What the next screen will show, as far as this screen and the rules tell: never what is still hidden."""

    def report(self, state: State, fields: Iterable[str]) -> str:
        """The fields' values in words, as an information task's answer: "3 Sap Drops, 2 Honey Jars"."""

"""What an agent is to the collector: asked with a `Turn`, it answers with a `Reply`."""

from __future__ import annotations

from typing import Protocol

from collector.games.protocol import Game
from collector.records import Observation, Reply, State, Step, Task, Turn


class Agent(Protocol):
    """A player. One instance plays one session."""

    @property
    def name(self) -> str:
        """Name of the agent's config, recorded in the `agent` column."""

    @property
    def policy(self) -> str:
        """expert, noisy, random, human, or the model family."""

    @property
    def model_used(self) -> str:
        """The model's name, or the agent's."""

    @property
    def label_terms(self) -> str:
        """Whose terms bind its labels: none, or the provider's name."""

    @property
    def prompt_id(self) -> str | None:
        """Content hash of the prompt template it is asked with; None if it reads none."""

    @property
    def can_undo(self) -> bool:
        """Whether it may ask to take steps back: each state is then kept in memory."""

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Prepare for one session; InputError if this agent can't play the task, before anything is recorded."""

    def act(self, turn: Turn) -> Reply:
        """Answer a turn."""

    def close(self) -> None:
        """Let go of connections and files."""


class Memory(Protocol):
    """What an agent keeps beyond one turn."""

    def notes(self, observation: Observation) -> str:
        """What it has to say about where the agent is: the memory_notes of the turn and its rows."""

    def observe(self, step: Step, after: Observation, remember: tuple[str, ...]) -> None:
        """Take in a step that is on disk; `remember` is what the agent asked to keep, with the reply's last step."""

"""What an agent is to the collector: asked with a `Turn`, it answers with a `Reply`."""

from __future__ import annotations

from typing import Protocol

from collector.games.protocol import Game
from collector.records import Reply, State, Task, Turn


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

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Prepare for one session; InputError if this agent can't play the task, before anything is recorded."""

    def act(self, turn: Turn) -> Reply:
        """Answer a turn."""

    def close(self) -> None:
        """Let go of connections and files."""

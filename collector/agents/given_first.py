"""An agent whose first press is given from outside, so that it can be seen what each press leads to."""

from __future__ import annotations

from collector.agents.protocol import Agent
from collector.games.protocol import Game
from collector.records import Reply, State, Task, Turn


class GivenFirst:
    """Takes the given action first and leaves everything after it to an agent.

    Its sessions are not the agent's own choice throughout: their policy is noisy, or random where that is played.
    """

    def __init__(self, agent: Agent, action: str) -> None:
        """Nothing is pressed yet."""
        self._agent = agent
        self._action = action
        self._is_first = True
        self.name = agent.name
        self.policy = agent.policy if agent.policy == "random" else "noisy"
        self.model_used = agent.model_used
        self.label_terms = agent.label_terms
        self.can_undo = agent.can_undo

    @property
    def prompt_id(self) -> str | None:
        """The agent's, which a model knows once it has begun."""
        return self._agent.prompt_id

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Prepare the agent."""
        self._agent.begin(task, game, first, seed)

    def act(self, turn: Turn) -> Reply:
        """The given action, then the agent's answers."""
        if self._is_first:
            self._is_first = False
            return Reply(actions=(self._action,), reasoning="This action is given: what it leads to is tried out.")
        return self._agent.act(turn)

    def close(self) -> None:
        """Close the agent."""
        self._agent.close()

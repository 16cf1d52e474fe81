"""Presses that look at nothing: what a task is worth to a player without eyes."""

from __future__ import annotations

import random
from typing import Final

from collector.errors import AgentError, ConfigError, InputError
from collector.games.protocol import Game, GameModel
from collector.records import BUTTONS, Reply, State, Task, Turn

GAME_BOY_BUTTONS = BUTTONS[:8]
"""The Game Boy's buttons; the last two are the GBA's shoulders."""

UNIFORM: Final = "uniform"
"""Each of the eight, each as likely."""
LEGAL: Final = "legal"
"""Each of those for which the game's rules have something to do on the screen, each as likely."""
REPEAT: Final = "repeat"
"""One of the eight by chance, and then the last one again."""

CHOICES: Final = (UNIFORM, LEGAL, REPEAT, *GAME_BOY_BUTTONS)
"""How it can be told to choose; a button's name is that button at each step."""


class RandomAgent:
    """Presses Game Boy buttons by the session's seed, whatever the screen shows."""

    name = "random"
    policy = "random"
    label_terms = "none"
    prompt_id: str | None = None
    can_undo = False

    def __init__(self, choice: str = UNIFORM) -> None:
        """Start with seed 0 until `begin` brings the session's; ConfigError for a choice there is not."""
        if choice not in CHOICES:
            raise ConfigError(f"agent.choice={choice}: expected one of {', '.join(CHOICES)}")
        self.model_used = self.name if choice == UNIFORM else f"{self.name}: {choice}"
        self._choice = choice
        self._random = random.Random(0)
        self._model: GameModel | None = None

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Seed the presses; InputError if they are to be legal ones of a game without rules."""
        if self._choice == LEGAL and game.model is None:
            raise InputError(f"agent.choice={LEGAL}: game {game.game_id!r} has no rules in Python to say what is legal")
        self._model = game.model
        self._random = random.Random(seed)

    def act(self, turn: Turn) -> Reply:
        """A button for no reason."""
        return Reply(actions=(self._button(turn),))

    def close(self) -> None:
        """Nothing is held."""

    def _button(self, turn: Turn) -> str:
        if self._choice in GAME_BOY_BUTTONS:
            return self._choice
        if self._choice == LEGAL:
            if self._model is None:
                raise AgentError("the random agent was asked for a press before begin(); begin it with a task first")
            return self._random.choice(self._model.buttons(turn.observation.state))
        if self._choice == REPEAT and turn.previous_actions:
            return turn.previous_actions[-1]
        return self._random.choice(GAME_BOY_BUTTONS)

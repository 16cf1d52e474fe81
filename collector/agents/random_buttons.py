"""Random presses: what a task is worth when it is played without looking."""

from __future__ import annotations

import random

from collector.games.protocol import Game
from collector.records import BUTTONS, Reply, State, Task, Turn

GAME_BOY_BUTTONS = BUTTONS[:8]
"""The Game Boy's buttons; the last two are the GBA's shoulders."""


class RandomAgent:
    """Presses one of the Game Boy's eight buttons at each step, each as likely, by the session's seed."""

    name = "random"
    policy = "random"
    model_used = "random"
    label_terms = "none"
    prompt_id: str | None = None
    can_undo = False

    def __init__(self) -> None:
        """Start with seed 0 until `begin` brings the session's."""
        self._random = random.Random(0)

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Seed the presses."""
        self._random = random.Random(seed)

    def act(self, turn: Turn) -> Reply:
        """Any button, for no reason."""
        return Reply(actions=(self._random.choice(GAME_BOY_BUTTONS),))

    def close(self) -> None:
        """Nothing is held."""

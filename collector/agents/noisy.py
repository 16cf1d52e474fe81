"""The expert with slips: now and then it presses another button, and plans anew from where that led.

Its sessions hold states that an expert alone never sees, and the way back from them.
"""

from __future__ import annotations

import random

from collector.agents.random_buttons import GAME_BOY_BUTTONS
from collector.agents.scripted import ScriptedAgent
from collector.errors import AgentError, ConfigError
from collector.games.protocol import Game, GameModel
from collector.records import Reply, State, Task, Turn


class NoisyAgent:
    """The expert, but for the steps at which chance takes another of the Game Boy's buttons and says so."""

    name = "noisy"
    policy = "noisy"
    model_used = "scripted"
    label_terms = "none"
    prompt_id: str | None = None
    can_undo = False

    def __init__(self, mistake_rate: float) -> None:
        """Slip with this chance at each step; ConfigError unless it is 0 to 1."""
        if not 0 <= mistake_rate <= 1:
            raise ConfigError(f"agent.mistake_rate={mistake_rate:g}: give a chance from 0 to 1")
        self._mistake_rate = mistake_rate
        self._expert = ScriptedAgent()
        self._random = random.Random(0)
        self._model: GameModel | None = None
        self._is_lost = False

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Plan, and seed the slips; InputError if the expert can't play the task."""
        self._expert.begin(task, game, first, seed)
        self._model = game.model
        self._random = random.Random(seed)

    def act(self, turn: Turn) -> Reply:
        """What the expert answers, or a button by chance; only such buttons once no plan leads to the goal any more."""
        if self._model is None:
            raise AgentError("the noisy agent was asked for a press before begin(); begin it with a task first")
        analysis = self._model.describe(turn.observation.state)
        try:
            wanted = None if self._is_lost else self._expert.act(turn)
        except AgentError:
            self._is_lost, wanted = True, None
        if wanted is None:
            return self._by_chance(GAME_BOY_BUTTONS, analysis, "No way to the goal is known from here")
        if self._random.random() >= self._mistake_rate:
            return wanted
        others = tuple(button for button in GAME_BOY_BUTTONS if button not in wanted.actions)
        return self._by_chance(others, analysis, "This is a slip")

    def close(self) -> None:
        """Nothing is held."""
        self._expert.close()

    def _by_chance(self, buttons: tuple[str, ...], analysis: str, why: str) -> Reply:
        button = self._random.choice(buttons)
        key = button.removeprefix("press_").upper()
        return Reply(
            actions=(button,), analysis=analysis, reasoning=f"{why}: {key} is pressed by chance, not by a plan."
        )

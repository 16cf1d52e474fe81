from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest

from collector.agents.random_buttons import GAME_BOY_BUTTONS, RandomAgent
from collector.errors import ConfigError, InputError
from collector.games.thistledown import Thistledown
from collector.records import Observation, State, Turn
from collector.tasks import load_task, task_from_config

TASK = task_from_config(load_task("save_game"))
START_MENU: State = {"screen": "start_menu", "cursor": 2, "world_seed": 0}


class WithoutRules(Thistledown):
    """A game that only has a reader."""

    model = None  # type: ignore[assignment]


def presses(choice: str, seed: int, steps: int = 40) -> list[str]:
    agent = RandomAgent(choice)
    agent.begin(TASK, Thistledown(), START_MENU, seed)
    pressed: list[str] = []
    for _ in range(steps):
        pressed += agent.act(a_turn(tuple(pressed))).actions
    return pressed


def a_turn(previous: tuple[str, ...]) -> Turn:
    facts: dict[str, Any] = {field.name: None for field in dataclasses.fields(Observation)} | {"state": START_MENU}
    return Turn(
        task=TASK,
        observation=Observation(**facts),
        step=len(previous) + 1,
        step_budget=40,
        previous_actions=previous,
        memory_notes="",
        recent_screens=(),
    )


def test_uniform_presses_are_spread_over_all_eight() -> None:
    counts = Counter(button for seed in range(20) for button in presses("uniform", seed))
    assert set(counts) == set(GAME_BOY_BUTTONS)
    assert max(counts.values()) < 2 * min(counts.values())


def test_legal_presses_are_those_the_rules_have_something_for() -> None:
    counts = Counter(button for seed in range(5) for button in presses("legal", seed))
    assert set(counts) == {"press_up", "press_down", "press_a", "press_b"}


def test_repeated_presses_are_the_first_one_and_differ_between_seeds() -> None:
    assert all(len(set(presses("repeat", seed))) == 1 for seed in range(8))
    assert len({presses("repeat", seed)[0] for seed in range(8)}) > 2


def test_a_named_button_is_pressed_at_each_step() -> None:
    assert set(presses("press_down", seed=3)) == {"press_down"}


def test_the_choice_is_in_the_recorded_name() -> None:
    assert RandomAgent().model_used == "random"
    assert RandomAgent("legal").model_used == "random: legal"


@pytest.mark.parametrize("choice", ["press_x", "press_l", "", "Uniform"])
def test_an_unknown_choice_is_refused_by_name(choice: str) -> None:
    with pytest.raises(ConfigError, match=r"agent\.choice=.*expected one of uniform, legal, repeat, press_a"):
        RandomAgent(choice)


def test_legal_presses_of_a_game_without_rules_are_refused() -> None:
    with pytest.raises(InputError, match="no rules in Python"):
        RandomAgent("legal").begin(TASK, WithoutRules(), START_MENU, 0)

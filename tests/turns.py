"""Turns for tests of agents that look at the game's state alone: the picture is a plain one."""

from __future__ import annotations

from collector.records import Observation, State, Task, Turn
from tests.records import a_picture, a_png


def a_turn(task: Task, now: State, actions: tuple[str, ...]) -> Turn:
    """What an agent is asked after these actions."""
    observation = Observation(
        picture=a_picture(),
        png=a_png(),
        frame_hash=a_picture().digest(),
        frame=0,
        state=now,
        memory_context="",
        memory_hash="",
    )
    return Turn(task=task, observation=observation, step=len(actions) + 1, step_budget=60, previous_actions=actions)

"""A predicate is false after every other task's expert run and after random presses, unless its `implied_by` says so.

A predicate counts as met if it held after any press of the run, since that is when a session would end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from collector.agents.planner import reported_fields, shortest_plan
from collector.agents.random_buttons import GAME_BOY_BUTTONS
from collector.console import Console
from collector.emulators.pyboy import PyBoyEmulator
from collector.games.thistledown import Thistledown
from collector.records import Start, State, Task
from collector.roms.thistledown import ROM_PATH
from collector.tasks import known_task_ids, load_task, task_from_config

TASKS: Final = {task_id: task_from_config(load_task(task_id)) for task_id in known_task_ids()}
RANDOM: Final = "random"
PRESSES: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a player went through."""

    player: str
    """The task that the expert solved, or `random`."""
    states: tuple[State, ...]
    """After power-on's opening and after each press."""
    report: str | None
    """What was reported at the end."""


def meets(task: Task, run: Run) -> bool:
    """Whether the task's predicate held at the start or after any press, or with the report at the end."""
    assert task.success is not None
    track = task.success.begin(run.states[0])
    held = task.success.holds(track, None)
    for state in run.states[1:]:
        track = task.success.follow(track, state)
        held = held or task.success.holds(track, None)
    return held or task.success.holds(track, run.report)


def play(console: Console, start: Start, presses: list[str]) -> tuple[State, ...]:
    """Press them on the cartridge."""
    states = [console.begin(start).state]
    for button in presses:
        console.press(button)
        states.append(console.game.state(console.emulator.read(console.game.memory_ranges)))
    return tuple(states)


def expert_run(console: Console, task: Task, start: Start) -> Run:
    """The expert's run of the task, on the cartridge."""
    model, success = console.game.model, task.success
    assert model is not None
    assert success is not None
    first = console.begin(start).state
    plan = shortest_plan(model, success, first, success.begin(first))
    assert plan is not None
    states = play(console, start, [move.button for move in plan])
    wanted = reported_fields(success)
    return Run(player=task.task_id, states=states, report=model.report(states[-1], wanted) if wanted else None)


def random_run(console: Console, start: Start, seed: int) -> Run:
    """A hundred random presses, nothing reported."""
    chance = random.Random(seed)
    presses = [chance.choice(GAME_BOY_BUTTONS) for _ in range(PRESSES)]
    return Run(player=RANDOM, states=play(console, start, presses), report=None)


def matrix(runs: list[Run]) -> Mapping[str, frozenset[str]]:
    """Who met each task's predicate."""
    return {task_id: frozenset(run.player for run in runs if meets(task, run)) for task_id, task in TASKS.items()}


def drawn(met: Mapping[str, frozenset[str]], runs: list[Run]) -> str:
    """The matrix as text: a row a predicate, a column a player."""
    players = list(dict.fromkeys(run.player for run in runs))
    width = max(map(len, TASKS))
    names = [f"{'':{width}}   {number:2} {player}" for number, player in enumerate(players, 1)]
    head = f"{'':{width}} " + "".join(f"{number:3}" for number in range(1, len(players) + 1))
    rows = [
        f"{task_id:{width}} " + "".join(f"{'x' if player in met[task_id] else '.':>3}" for player in players)
        for task_id in TASKS
    ]
    return "\n".join([*names, head, *rows])


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    emulator = PyBoyEmulator(ROM_PATH)
    yield Console(emulator, Thistledown())
    emulator.close()


def check(met: Mapping[str, frozenset[str]]) -> None:
    """Nobody met a predicate but the task's own expert and those that its YAML lists; every own expert did."""
    unlisted = {
        task_id: sorted(players - {task_id, *TASKS[task_id].implied_by})
        for task_id, players in met.items()
        if players - {task_id, *TASKS[task_id].implied_by}
    }
    assert unlisted == {}, "predicates met by others; tighten them or list these in implied_by"
    assert [task_id for task_id, players in met.items() if task_id not in players] == []


def test_predicates_are_met_by_their_own_experts_alone(console: Console) -> None:
    runs = [expert_run(console, task, task.starts[0]) for task in TASKS.values()]
    runs += [random_run(console, Start(start_id="w0000", world_seed=0), seed) for seed in range(5)]
    met = matrix(runs)
    print(drawn(met, runs))
    check(met)


@pytest.mark.slow
def test_predicates_are_met_by_their_own_experts_alone_from_every_start(console: Console) -> None:
    runs = [expert_run(console, task, start) for task in TASKS.values() for start in task.starts]
    worlds = {start.world_seed: start for task in TASKS.values() for start in task.starts}
    runs += [random_run(console, start, seed) for start in worlds.values() for seed in range(10)]
    met = matrix(runs)
    print(drawn(met, runs))
    check(met)
    never = {
        task_id: sorted(set(task.implied_by) - met[task_id])
        for task_id, task in TASKS.items()
        if set(task.implied_by) - met[task_id]
    }
    assert never == {}, "implied_by lists players who never meet the predicate; strike them out"

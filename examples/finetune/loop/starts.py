"""Where the sessions of the loop begin: worlds apart by split, and a different screen in each.

From power-on the same presses solve a menu task in every world, and a model could learn them without looking. So each
session begins somewhere on the way: in a menu, on some row, some steps before the door. What is to be pressed first
stands in the picture alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from collector.agents.planner import shortest_plan
from collector.console import Console
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.errors import InputError
from collector.games.catalogue import game_for
from collector.games.protocol import GameModel
from collector.records import Start, State, Task, TaskType
from collector.task_folders import task_files, task_mapping, task_text
from collector.tasks import load_task, task_from_config
from dataset_script.config import SplitUnit
from dataset_script.splits import SPLITS_FILE, Split, splits_text

WORLDS: Final[Mapping[str, range]] = {
    "train": range(0, 1000),
    "validation": range(1000, 1200),
    "test": range(2000, 2500),
}
"""World numbers of each split; no world is in two."""

MAX_STEPS: Final = 16
"""The budget of every session: the same for all, because the prompt tells it and it must tell nothing else."""

_WANDERING: Final = ("press_start", "press_up", "press_down", "press_a", "press_b", "press_left", "press_right")
_LONGEST_WAY: Final = 5
_TRIES: Final = 60
_ON_SCREEN: Final = ("screen", "cursor")
_ON_FIELD: Final = ("x", "y")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldTasks:
    """Tasks that are played in the worlds of a split."""

    split: str
    """A key of WORLDS."""
    tasks: tuple[str, ...]
    """Names in configs/task."""
    starts: int
    """Starts of each task, each in a world of its own as far as there are enough."""
    first: int = 0
    """Number of the first start: another one gives other worlds, and other starts in them once they come round."""


def write_task_file(path: Path, chosen: WorldTasks) -> None:
    """Write a task file for `python -m collector task_file=`."""
    entries = [_entry(task_id, chosen, number) for number, task_id in enumerate(chosen.tasks)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"tasks": entries}, sort_keys=False), encoding="utf-8")


def write_splits(dataset: Path) -> None:
    """Tell the builder which split each world belongs to, before it assigns them itself."""
    units = {f"thistledown world {world}": Split(split) for split, worlds in WORLDS.items() for world in worlds}
    dataset.mkdir(parents=True, exist_ok=True)
    (dataset / SPLITS_FILE).write_text(splits_text(units, SplitUnit.START), encoding="utf-8")


def _entry(task_id: str, chosen: WorldTasks, number: int) -> dict[str, Any]:
    """The task as its own file has it, with the starts and the budget of the loop."""
    file = task_files()[task_id]
    raw = dict(task_mapping(task_text(file), str(file)))
    worlds = WORLDS[chosen.split]
    indices = range(chosen.first, chosen.first + chosen.starts)
    begins = [(index, worlds[(index * len(chosen.tasks) + number) % len(worlds)]) for index in indices]
    task = task_from_config(load_task(task_id))
    starts = [
        {"world_seed": world, "start_id": f"w{world:04d}-{index}", "presses": list(presses)}
        for (index, world), presses in zip(begins, _openings(task, begins), strict=True)
    ]
    return raw | {"max_steps": MAX_STEPS, "starts": starts, "aliases": []}


def _openings(task: Task, begins: Sequence[tuple[int, int]]) -> Iterator[tuple[str, ...]]:
    """The presses after power-on for each start's number and world."""
    emulator = make_emulator(EmulatorSettings(kind="pyboy"))
    try:
        console = Console(emulator, game_for(emulator.rom))
        model = console.game.model
        assert model is not None  # the bundled cartridge has its rules in Python
        for index, world in begins:
            first = console.begin(Start(start_id="power-on", world_seed=world)).state
            yield _opening(task, model, first, random.Random(f"{task.task_id} {world} {index}"))
    finally:
        emulator.close()


def _opening(task: Task, model: GameModel, first: State, chance: random.Random) -> tuple[str, ...]:
    """Presses to a state from which the task takes two presses or more.

    Of a menu task every screen and row that was met is as likely: most random ways would end where they began.
    """
    met: dict[object, tuple[str, ...]] = {}
    told_apart = _ON_SCREEN + (_ON_FIELD if _is_walk(task) else ())
    for _ in range(_TRIES):
        presses = _near_the_end(task, model, first, chance) if _is_walk(task) else ()
        presses += tuple(chance.choice(_WANDERING) for _ in range(chance.randint(0, 2 if presses else 9)))
        state = _after(model, first, presses)
        if _untouched(first, state):
            met.setdefault(tuple(state[name] for name in told_apart), presses)
    for presses in chance.sample(list(met.values()), len(met)):
        if 2 <= len(_plan(task, model, _after(model, first, presses))) <= MAX_STEPS - 2:
            return presses
    raise InputError(f"no start was found for {task.task_id} in world {first['world_seed']}; leave the task out")


def _is_walk(task: Task) -> bool:
    """Whether the way leads over the field: from power-on it may be longer than the budget."""
    return task.task_type in (TaskType.navigation, TaskType.interaction)


def _near_the_end(task: Task, model: GameModel, first: State, chance: random.Random) -> tuple[str, ...]:
    plan = _plan(task, model, first)
    left = chance.randint(2, _LONGEST_WAY)
    return tuple(move.button for move in plan[: max(0, len(plan) - left)])


def _after(model: GameModel, state: State, presses: Sequence[str]) -> State:
    for press in presses:
        state = model.next_state(state, press)
    return state


def _untouched(first: State, state: State) -> bool:
    """Whether the presses changed only where the player stands and what is open: not the options, items or party."""
    kept = ("options", "items", "party", "save_count", "talked", "otto_answer", "sign_read")
    return all(state[name] == value for name, value in first.items() if name.startswith(kept))


def _plan(task: Task, model: GameModel, state: State) -> Sequence[Any]:
    assert task.success is not None
    return shortest_plan(model, task.success, state, task.success.begin(state)) or ()

"""Tasks: from their configuration to the record, by name, and by what the user typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any, Final

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from collector.bounds import MOST_STEPS, require_between
from collector.config import StartConfig, TaskConfig
from collector.errors import ConfigError, EeveeError, TaskError
from collector.games.predicate_parser import parse_predicate
from collector.literal_text import literals
from collector.records import BUTTONS, Start, Task, TaskType
from collector.task_folders import task_files, task_mapping, task_text

FREE_TASK_ID: Final = "free_text"
FREE_MAX_STEPS: Final = 30
_TASK_ID: Final = re.compile(r"[a-z0-9_]{1,64}")


def task_from_config(config: TaskConfig) -> Task:
    """The task that a resolved configuration describes; TaskError names what is wrong with it."""
    if not _TASK_ID.fullmatch(config.task_id):
        raise TaskError(f"task_id {config.task_id!r}: use 1 to 64 of the characters a-z 0-9 _")
    if not config.starts:
        raise TaskError(f"task {config.task_id}: give at least one start")
    require_between(config.max_steps, 1, MOST_STEPS, f"task {config.task_id}: max_steps")
    try:
        success = None if config.success is None else parse_predicate(config.success)
        requires = None if config.requires is None else parse_predicate(config.requires, "requires")
    except TaskError as error:
        raise TaskError(f"task {config.task_id}: {error}") from error
    starts = tuple(start_from_config(start) for start in config.starts)
    if len({start.start_id for start in starts}) != len(starts):
        raise TaskError(f"task {config.task_id}: two starts have the same start_id; name them with start_id")
    return Task(
        task_id=config.task_id,
        instruction=config.instruction,
        goal=config.goal,
        task_type=config.task_type,
        max_steps=config.max_steps,
        starts=starts,
        aliases=tuple(config.aliases),
        success=success,
        requires=requires,
        implied_by=tuple(config.implied_by),
        held_out=config.held_out,
    )


def start_from_config(config: StartConfig) -> Start:
    """The start; its id is made from the world or the state, and the number of presses, unless it has one."""
    if unknown := [button for button in config.presses if button not in BUTTONS]:
        raise TaskError(f"start presses {unknown}: buttons are {', '.join(BUTTONS)}")
    if config.state is not None and config.world_seed is not None:
        raise TaskError(f"start {config.state}: a captured state has its world in it; leave world_seed out")
    world = "power-on" if config.world_seed is None else f"w{config.world_seed:04d}"
    place = config.state or world
    made = place if not config.presses else f"{place}-{len(config.presses)}-presses"
    return Start(
        start_id=config.start_id or made,
        world_seed=config.world_seed,
        presses=tuple(config.presses),
        state=config.state,
    )


def known_task_ids() -> tuple[str, ...]:
    """Names of the tasks in configs/task, and within a Hydra command in the user's --config-dir too, in order."""
    return tuple(sorted(task_files()))


def load_task(task_id: str) -> TaskConfig:
    """The task file with this name."""
    files = task_files()
    if task_id not in files:
        raise TaskError(f"there is no task {task_id!r}; tasks are {', '.join(sorted(files))}")
    return deepcopy(_task_in(task_text(files[task_id]), str(files[task_id])))


@lru_cache(maxsize=256)
def _task_in(text: str, where: str) -> TaskConfig:
    """The task of a file's text: once for many sessions, since OmegaConf takes some 15 ms to type it."""
    return task_from_mapping(task_mapping(text, where), where)


def task_from_mapping(raw: Mapping[str, Any], where: str) -> TaskConfig:
    """The task that a YAML mapping describes, typed and checked; `where` stands in the errors.

    Texts are taken as they stand: `${...}` in them is not interpolated.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(TaskConfig), OmegaConf.create(literals(raw)))
        config = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        key = f"{error.full_key}: " if error.full_key else ""
        raise ConfigError(f"{where}: {key}{str(error).splitlines()[0]}") from error
    assert isinstance(config, TaskConfig)
    try:
        task_from_config(config)
    except EeveeError as error:
        raise TaskError(f"{where}: {error}") from error
    return config


def task_for_words(words: str) -> TaskConfig | None:
    """The known task whose id, instruction or alias these words are, ignoring case and punctuation; None if none is."""
    task_id = _tasks_by_words(known_task_ids()).get(_normal(words))
    return None if task_id is None else load_task(task_id)


@cache
def _tasks_by_words(task_ids: tuple[str, ...]) -> Mapping[str, str]:
    """The task file that each wording means; read once, since a file of tasks may hold hundreds of wordings."""
    meant: dict[str, str] = {}
    for task_id in task_ids:
        task = load_task(task_id)
        for text in (task.task_id, task.instruction, *task.aliases):
            meant.setdefault(_normal(text), task_id)
    return meant


def free_task(words: str, start: StartConfig) -> TaskConfig:
    """A task that only a model or a person can understand: no predicate, so no verdict."""
    if not words.strip():
        raise TaskError("the instruction is empty; say what is to be done, or choose a task with task=NAME")
    return TaskConfig(
        task_id=FREE_TASK_ID,
        instruction=words.strip(),
        goal=words.strip(),
        task_type=TaskType.free,
        max_steps=FREE_MAX_STEPS,
        starts=[start],
    )


def choose_start(task: Task, start_id: str | None) -> Start:
    """The start with this id, or the task's first."""
    if start_id is None:
        return task.starts[0]
    for start in task.starts:
        if start.start_id == start_id:
            return start
    names = ", ".join(start.start_id for start in task.starts)
    raise TaskError(
        f"task {task.task_id} has no start {start_id!r}; it has {names}, and the start library no state of that name"
    )


def _normal(words: str) -> str:
    return " ".join(re.findall(r"\w+", words.replace("_", " ").lower()))

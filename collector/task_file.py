"""Tasks for a batch in one YAML file, as docs/tasks.md shows it; an error names the file and the line."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from collector.bounds import MOST_SESSIONS, MOST_STEPS
from collector.config import TaskConfig
from collector.errors import ConfigError, EeveeError
from collector.tasks import load_task, start_from_config, task_for_words, task_from_mapping

_REFERENCE_KEYS: Final = frozenset({"task", "start", "max_steps", "repeat"})


def read_task_file(path: Path) -> list[TaskConfig]:
    """The tasks of a file in order, repeats included; ConfigError names file and line of what can't be used."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(f"task_file={path}: can't be read ({error.strerror})") from error
    except (UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise ConfigError(f"{path}: not text in UTF-8 ({str(error).splitlines()[0]})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    tasks: list[TaskConfig] = []
    for entry in _entries(root, path):
        tasks += _tasks_of(entry, path)
        if len(tasks) > MOST_SESSIONS:
            raise ConfigError(f"{path}:{entry.start_mark.line + 1}: more than {MOST_SESSIONS:,} sessions; repeat less")
    return tasks


def _entries(root: yaml.Node | None, path: Path) -> list[yaml.Node]:
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "tasks" and isinstance(value, yaml.SequenceNode) and value.value:
                return list(value.value)
    line = root.start_mark.line + 1 if root else 1
    raise ConfigError(f"{path}:{line}: expected a list under `tasks:`; docs/tasks.md shows one")


def _tasks_of(node: yaml.Node, path: Path) -> list[TaskConfig]:
    where = f"{path}:{node.start_mark.line + 1}"
    value = _construct(node, path)
    if isinstance(value, str):
        return [_known(value, where)]
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected the words of a task or a mapping, got {value!r}")
    if "task" not in value:
        return [task_from_mapping(value, where)]
    if unknown := set(value) - _REFERENCE_KEYS:
        raise ConfigError(
            f"{where}: unknown keys {sorted(map(str, unknown))}; `task` goes with start, max_steps and repeat"
        )
    repeat = _number(value.get("repeat", 1), "repeat", MOST_SESSIONS, where)
    task = _known(str(value["task"]), where)
    if "start" in value:
        task = _from_start(task, str(value["start"]), where)
    if "max_steps" in value:
        task = dataclasses.replace(task, max_steps=_number(value["max_steps"], "max_steps", MOST_STEPS, where))
    return [task] * repeat


def _known(words: str, where: str) -> TaskConfig:
    try:
        return task_for_words(words) or load_task(words)
    except EeveeError as error:
        raise ConfigError(f"{where}: {error}") from error


def _from_start(task: TaskConfig, start_id: str, where: str) -> TaskConfig:
    """The task with this one of its starts alone."""
    ids = [start_from_config(start).start_id for start in task.starts]
    if start_id not in ids:
        raise ConfigError(f"{where}: task {task.task_id} has no start {start_id!r}; it has {', '.join(ids)}")
    return dataclasses.replace(task, starts=[task.starts[ids.index(start_id)]])


def _number(value: Any, key: str, most: int, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ConfigError(f"{where}: {key} is {value!r}; give a whole number from 1 to {most:,}")
    return value


def _construct(node: yaml.Node, path: Path) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or node.start_mark
        raise ConfigError(f"{path}:{mark.line + 1}: {error.problem}") from error
    except ValueError as error:  # a number or a date that can't be one
        raise ConfigError(f"{path}:{node.start_mark.line + 1}: {error}") from error
    finally:
        loader.dispose()

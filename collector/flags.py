"""The command line's own words in front of Hydra: free text and the spec's flags become overrides."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from collector.errors import InputError
from collector.literal_text import literal

USAGE: Final = """\
usage: python -m collector ["what to do"] [flags] [overrides]

Play one session, or a batch of them, and record every step.

  python -m collector                                    the default task on the bundled cartridge
  python -m collector task=heal_party agent=random       a task by name; see configs/task
  python -m collector "check healing items in bag" --steps=15 --save-training-data --collect-screenshots
  python -m collector taskset=all max_sessions=40        a batch: round-robin over tasks and starts
  python -m collector taskset=train goal.rows=5000 max_sessions=2000 workers=2 resume=true
                                                         two at a time, until so many rows; go on where one stopped
  python -m collector -m 'task=glob(*)' seed=0,1         a Hydra sweep

flags
  --steps=N                 the exact number of steps a session may take   (budget.max_steps=N)
  --save-training-data      write training_data.jsonl                      (recording.training_data=true)
  --collect-screenshots     write PNG files of every step                  (recording.screenshots=true)
  --training-session=NAME   the session's name                             (session.name=NAME)
  --training-mode           play a batch; goes with --task-file            (taskset=all without one)
  --task-file=PATH          tasks of your own; see docs/tasks.md           (task_file=PATH)
  --max-sessions=N          sessions of the batch                          (max_sessions=N)
  --debug                   show tracebacks
  -h, --help                this text

overrides
  task= taskset= agent=scripted|noisy|random emulator=pyboy|skyemu|mgba emulator.rom=PATH runs=DIR seed=N
  start=ID (or a captured state: python -m collector.state)
  budget.max_steps=N recording.durability=write|fsync; all of them: python -m collector --cfg job
  of a batch: max_sessions=N workers=N resume=true goal.rows=N; see docs/tasks.md

Hydra's own flags pass through: -m/--multirun, -c/--cfg job, -p/--package, --config-dir DIR, --info, --hydra-help.
Keys come from the environment only. Exit codes: 0 done, 1 work failed, 2 bad input, 130 interrupted.
"""

_VALUE_FLAGS: Final[Mapping[str, Callable[[str], str]]] = {
    "--steps": lambda value: f"budget.max_steps={value}",
    "--training-session": lambda value: f"session.name={quoted(value)}",
    "--task-file": lambda value: f"task_file={quoted(value)}",
    "--max-sessions": lambda value: f"max_sessions={value}",
}
_SWITCHES: Final[Mapping[str, str]] = {
    "--save-training-data": "recording.training_data=true",
    "--collect-screenshots": "recording.screenshots=true",
}
_HYDRA_SWITCHES: Final = frozenset({"-m", "--multirun", "--info", "-i", "--hydra-help", "--run", "-r", "--resolve"})
_HYDRA_VALUE_FLAGS: Final = frozenset({"-c", "--cfg", "-p", "--package", "--config-dir", "-cd"})
_NUMERIC: Final = frozenset({"--steps", "--max-sessions"})
_OVERRIDE: Final = re.compile(r"~{0,2}\+{0,2}[A-Za-z_][\w./@-]*(=.*)?", re.DOTALL)
_DELETION: Final = re.compile(r"~[A-Za-z_][\w./@-]*")
_SECRET: Final = re.compile(r"(^|[._])(api_?key|token|secret|password)$", re.IGNORECASE)


def translate(argv: list[str]) -> list[str]:
    """Hydra's arguments for ours; InputError names the known flags when it meets an unknown one."""
    arguments, result, words = list(argv), [], []
    training_mode = False
    while arguments:
        argument = arguments.pop(0)
        name, has_value, value = argument.partition("=")
        if name == "--training-mode":
            training_mode = True
        elif name in _SWITCHES:
            result.append(_SWITCHES[name])
        elif name in _VALUE_FLAGS:
            result.append(_VALUE_FLAGS[name](_checked(name, value if has_value else _next(name, arguments))))
        elif name in _HYDRA_VALUE_FLAGS:
            result += [argument] if has_value else [argument, _next(name, arguments)]
        elif name in _HYDRA_SWITCHES:
            result.append(argument)
        elif argument.startswith("-"):
            known = ", ".join((*_VALUE_FLAGS, *_SWITCHES, "--training-mode", "--debug", "--help"))
            raise InputError(f"{name} is no flag of this command; its flags are {known}, and Hydra's (--hydra-help)")
        elif ("=" in argument and _OVERRIDE.fullmatch(argument)) or _DELETION.fullmatch(argument):
            result.append(_without_secret(argument))
        else:
            words.append(argument)
    if len(words) > 1:
        raise InputError(f"got {len(words)} texts ({', '.join(map(repr, words))}); put one task in one pair of quotes")
    if words:
        result.append(f"instruction={quoted(words[0])}")
    if training_mode and not any(word.startswith(("task_file=", "taskset=")) for word in result):
        result.append("taskset=all")
    _require_taskset(result)
    return result


def quoted(text: str) -> str:
    """The text as a quoted value of Hydra's override grammar: it stays that string whatever is in it, `${` too."""
    escaped = re.sub(r"(\\*)'", lambda found: found[1] * 2 + r"\'", literal(text))
    trailing = len(escaped) - len(escaped.rstrip("\\"))
    return f"'{escaped}{escaped[len(escaped) - trailing :]}'"


def _require_taskset(overrides: list[str]) -> None:
    """InputError for a key of the taskset where none is chosen: Hydra would fail on it without a word."""
    keys = [override for override in overrides if override.startswith("taskset.")]
    if keys and not any(override.lstrip("+").startswith("taskset=") for override in overrides):
        raise InputError(f"{keys[0]}: no taskset is chosen, so it has no keys; add taskset=NAME, such as taskset=all")


def _checked(name: str, value: str) -> str:
    if name in _NUMERIC and not re.fullmatch(r"[0-9,]+", value):
        raise InputError(f"{name}={value}: give a whole number")
    return value


def _next(name: str, arguments: list[str]) -> str:
    if not arguments:
        raise InputError(f"{name} needs a value: {name}=...")
    return arguments.pop(0)


def _without_secret(override: str) -> str:
    key = override.partition("=")[0].lstrip("+~")
    if _SECRET.search(key):
        raise InputError(f"{key}: keys and tokens are never part of the configuration; set them in the environment")
    return override

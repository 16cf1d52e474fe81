"""The exceptions this project raises on purpose.

    EeveeError                 base; `exit_code` is what a command line ends with
    ├── InputError     (2)     what the user gave can't be used: a config, a flag, a file, a name
    │   ├── ConfigError        a key, a value or a YAML file of the configuration
    │   ├── TaskError          a task: its predicate, its starts, its text
    │   └── RomError           a ROM that is missing, damaged or not the one expected
    └── WorkError      (1)     the work began and could not be finished
        ├── EmulatorError      the emulator is absent, hung, or answered nonsense
        │   └── NotCapable     this emulator has no such capability
        ├── AgentError         the agent can't answer
        ├── ShardError         a shard can't be written or read
        └── RunDirectoryError  a run directory can't be made, or another process holds it

A message says what was seen, what was expected, and what to do next. Adapters map foreign errors to these once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collector.records import AgentEvent


class EeveeError(Exception):
    """Base of every error that is raised on purpose."""

    exit_code = 1


class InputError(EeveeError):
    """What the user gave can't be used; nothing was done."""

    exit_code = 2


class ConfigError(InputError):
    """A key, a value or a YAML file of the configuration is wrong."""


class TaskError(InputError):
    """A task can't be played as it is written."""


class RomError(InputError):
    """A ROM is missing, damaged or not the one expected."""


class WorkError(EeveeError):
    """The work began and could not be finished; what was recorded stays."""


class EmulatorError(WorkError):
    """The emulator is absent, hung, or answered nonsense."""


class NotCapable(EmulatorError):
    """The emulator lacks the capability that was asked of it."""


class AgentError(WorkError):
    """The agent can't answer; `events` are what happened on the way, for events.jsonl."""

    def __init__(self, message: str, *, events: tuple[AgentEvent, ...] = ()) -> None:
        super().__init__(message)
        self.events = events


class ShardError(WorkError):
    """A shard can't be written or read."""


class RunDirectoryError(WorkError):
    """A run directory can't be made, or another process holds it."""

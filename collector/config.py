"""The configuration's types: what every key of configs/collect.yaml may hold.

Hydra checks the YAML and the overrides against these; `OmegaConf.to_object` turns the result into them, and no
untyped config travels further. There is no field for a key or a token: those come from the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from omegaconf import MISSING

from collector.agents.settings import AgentSettings
from collector.records import TaskType


class Durability(Enum):
    """When a step counts as kept."""

    write = "write"
    """Once the kernel has it: survives the process's death."""
    fsync = "fsync"
    """Once the disk has it: also aims to survive power loss."""


@dataclass(kw_only=True)
class StartConfig:
    """Where a session may begin."""

    world_seed: int | None = None
    """The bundled cartridge's world number, 0..9999."""
    presses: list[str] = field(default_factory=list)
    """Buttons pressed once the game is ready."""
    state: str | None = None
    """A state in the start library to go on from, instead of power-on."""
    start_id: str | None = None
    """Its name; made from the world number or the state and the presses if left out."""


@dataclass(kw_only=True)
class TaskConfig:
    """A file of configs/task; see docs/tasks.md."""

    task_id: str = MISSING
    instruction: str = MISSING
    aliases: list[str] = field(default_factory=list)
    goal: str = MISSING
    task_type: TaskType = MISSING
    max_steps: int = MISSING
    success: Any = None
    """A predicate; see collector/games/predicates.py."""
    requires: Any = None
    """A predicate that must hold in the first state."""
    starts: list[StartConfig] = MISSING
    implied_by: list[str] = field(default_factory=list)
    held_out: bool = False


@dataclass(kw_only=True)
class TasksetConfig:
    """A file of configs/taskset."""

    tasks: list[str] = MISSING
    """Names of tasks."""
    sessions: int | None = None
    """Sessions unless max_sessions says otherwise; one a task if neither does."""


@dataclass(kw_only=True)
class EmulatorConfig:
    """A file of configs/emulator."""

    kind: str = MISSING
    """Which emulator; the names are in collector/emulators/catalogue.py."""
    rom: str | None = None
    """Path of the ROM; the bundled cartridge if left out."""
    hold_frames: int = 4
    """A button is held this many frames."""
    settle_frames: int = 12
    """Frames after a release for games that can't say when they have settled."""
    base_url: str = "http://127.0.0.1:8080"
    """emulator=skyemu: where its HTTP control server is."""
    timeout_s: float = 10.0
    """emulator=skyemu: how long one answer may take."""
    core: str | None = None
    """emulator=mgba: path of its libretro core; the installed one if left out."""
    use_loaded_rom: bool = False
    """emulator=skyemu: play the ROM that the server has loaded, because it is on another machine."""


@dataclass(kw_only=True)
class BudgetConfig:
    """A file of configs/budget: what a session may spend; see collector/budget.py."""

    max_steps: int | None = None
    """The exact limit; the task's own if left out."""
    soft_share: float = 0.8
    """Share of the limit at which a warning is due."""
    adaptive: float | None = None
    """Limit the steps to this many times the fewest that would do, where those are known."""
    extension_steps: int = 0
    """Steps that an extension grants; 0 grants none."""
    max_extensions: int = 1
    """How often it may be granted."""
    extension_progress: float = 0.5
    """Share of the goal's parts that must be reached for a grant."""
    max_tokens: int | None = None
    """Tokens read and written together."""
    max_cost_usd: float | None = None
    """Money, by the price list."""
    max_seconds: float | None = None
    """Wall time."""


@dataclass(kw_only=True)
class SpendingConfig:
    """What all sessions of a runs directory together may take from models; see docs/calling.md."""

    max_cost_usd: float | None = None
    """Money, by the price list."""
    max_tokens: int | None = None
    """Tokens read and written together."""
    max_calls: int | None = None
    """Calls, retries included."""


@dataclass(kw_only=True)
class SessionConfig:
    """What the user may say of a session."""

    name: str | None = None
    """Its name; the task's if left out."""


@dataclass(kw_only=True)
class RecordingConfig:
    """What is kept beside the shard."""

    durability: Durability = Durability.write
    """When a step counts as kept."""
    screenshots: bool = False
    """PNG files of every step (--collect-screenshots)."""
    training_data: bool = False
    """training_data.jsonl (--save-training-data)."""


@dataclass(kw_only=True)
class GoalConfig:
    """When a batch may stop before its plan ends."""

    rows: int | None = None
    """Distinct rows (screen, instruction, action) of sessions that reached their goal."""


@dataclass(kw_only=True)
class CollectConfig:
    """configs/collect.yaml."""

    runs: str = "runs"
    """Where sessions are recorded."""
    seed: int = 0
    """Seed of the first session; each further one of a batch adds 1."""
    instruction: str | None = None
    """Free text to play instead of `task`; the wording of a known task becomes that task."""
    task: TaskConfig = MISSING
    taskset: TasksetConfig | None = None
    task_file: str | None = None
    """A YAML list of tasks to play as a batch."""
    max_sessions: int | None = None
    """Sessions of a batch; above the number of tasks it goes round-robin over tasks and starts."""
    workers: int = 1
    """Sessions of a batch that are played at once."""
    resume: bool = False
    """Leave out what a finished session in `runs` has played already."""
    goal: GoalConfig = field(default_factory=GoalConfig)
    start: str | None = None
    """start_id to begin at, or a state in the start library; the task's first start if left out."""
    starts: str = "starts"
    """The start library: the folder of captured states."""
    store: str = ".responses"
    """The folder of models' kept answers; used where agent.cache is not off."""
    prices: str | None = None
    """A price list of your own; configs/prices.yaml if left out."""
    dry_run: bool = False
    """Say what the sessions may take (calls, tokens, money, time), and play none."""
    spending: SpendingConfig = field(default_factory=SpendingConfig)
    emulator: EmulatorConfig = MISSING
    agent: AgentSettings = MISSING
    budget: BudgetConfig = MISSING
    session: SessionConfig = field(default_factory=SessionConfig)
    recording: RecordingConfig = field(default_factory=RecordingConfig)

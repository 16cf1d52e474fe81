"""What the settings of a collection may be: whatever could not be played, or not within reason, is refused here.

The messages name the key as it is written on the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.addresses import require_plain_address
from collector.config import CollectConfig
from collector.errors import ConfigError

MOST_SESSIONS: Final = 100_000
"""Sessions of a batch: so many are planned in a quarter of a minute."""
MOST_STEPS: Final = 1_000_000
"""Steps of a session."""
_MOST_FRAMES: Final = 3600
"""Frames that one press or one wait may take: a minute."""

_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "seed": (0, 10**18),
    "workers": (1, 256),
    "max_sessions": (1, MOST_SESSIONS),
    "goal.rows": (1, 10**9),
    "taskset.sessions": (1, MOST_SESSIONS),
    "budget.max_steps": (1, MOST_STEPS),
    "budget.extension_steps": (0, MOST_STEPS),
    "budget.max_extensions": (0, 1000),
    "spending.max_tokens": (1, 10**15),
    "spending.max_calls": (1, 10**12),
    "emulator.hold_frames": (1, _MOST_FRAMES),
    "emulator.settle_frames": (1, _MOST_FRAMES),
}
"""Smallest and largest value of each number."""
_BATCH_KEYS: Final[Mapping[str, Any]] = {"max_sessions": None, "workers": 1, "resume": False, "goal.rows": None}
"""What a single session has no use for, each with the value that says nothing."""


def require_playable(config: CollectConfig) -> None:
    """ConfigError for a number out of bounds, an address with a password, a missing folder, or a key without effect."""
    for key, (low, high) in _RANGES.items():
        value = _value(config, key)
        if value is not None:
            require_between(value, low, high, key)
    for key in ("emulator.base_url", "agent.base_url"):
        require_plain_address(_value(config, key) or "", key)
    for key in ("runs", "starts", "store"):
        if not _value(config, key).strip():
            raise ConfigError(f"{key}= names no folder; give one, such as {key}={key}")
    if config.taskset is None and config.task_file is None:
        idle = [
            f"{key}={_value(config, key)}" for key, nothing in _BATCH_KEYS.items() if _value(config, key) != nothing
        ]
        if idle:
            raise ConfigError(f"{', '.join(idle)}: only for a batch; add taskset=NAME or task_file=PATH")


def require_between(value: int, low: int, high: int, where: str) -> None:
    """ConfigError unless the number is in its range."""
    if not low <= value <= high:
        expected = f"at least {low}" if value < low else f"at most {high:,}"
        raise ConfigError(f"{where}={value}: give a whole number that is {expected}")


def _value(config: CollectConfig, key: str) -> Any:
    found: Any = config
    for name in key.split("."):
        found = None if found is None else getattr(found, name)
    return found

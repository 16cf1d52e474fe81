"""A game without a reader: only its pictures are known, so there is no verdict."""

from __future__ import annotations

import re

from collector.errors import TaskError
from collector.games.protocol import GameModel, MemoryRange
from collector.records import Start, State


class PictureOnly:
    """The Game protocol for a ROM nobody has written a reader for."""

    synthetic = False
    memory_ranges: tuple[MemoryRange, ...] = ()
    model: GameModel | None = None

    def __init__(self, title: str) -> None:
        """Named after the cartridge's title."""
        self.game_id = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "unknown"

    def stable_memory(self, memory: bytes) -> bytes:
        return b""

    def is_settled(self, memory: bytes) -> bool:
        return True

    def state(self, memory: bytes) -> State:
        return {}

    def context(self, state: State) -> str:
        return ""

    def opening(self, start: Start) -> tuple[str, ...]:
        if start.world_seed is not None:
            raise TaskError(
                f"start {start.start_id} sets the bundled cartridge's world number; {self.game_id} has none: "
                "write the task with starts of its own (presses from power-on)"
            )
        return start.presses

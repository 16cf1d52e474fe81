"""The bundled cartridge: its reader, its rules in Python, and its words."""

from __future__ import annotations

from itertools import permutations
from typing import Final

from collector.errors import TaskError
from collector.games.protocol import MemoryRange
from collector.games.thistledown.menu_rules import DIGITS
from collector.games.thistledown.model import ThistledownModel
from collector.games.thistledown.reader import Reader, load_layout, read_state
from collector.games.thistledown.scene import context
from collector.games.thistledown.world import load_world
from collector.records import BUTTONS, Start, State

LAST_WORLD: Final = 10**DIGITS - 1


class Thistledown:
    """The reader of the bundled cartridge."""

    def __init__(self) -> None:
        """Read wram.yaml and world.yaml."""
        self._layout = load_layout()
        self._world = load_world()
        self._model = ThistledownModel(self._world)

    @property
    def game_id(self) -> str:
        """`thistledown`."""
        return "thistledown"

    @property
    def synthetic(self) -> bool:
        """True: it is our own cartridge."""
        return True

    @property
    def memory_ranges(self) -> tuple[MemoryRange, ...]:
        """The one block of RAM that wram.yaml describes."""
        return (MemoryRange(self._layout.base, self._layout.size),)

    @property
    def model(self) -> ThistledownModel:
        """The cartridge's rules."""
        return self._model

    def stable_memory(self, memory: bytes) -> bytes:
        """The bytes without magic, idle flag and counters."""
        return memory[self._layout.stable]

    def is_settled(self, memory: bytes) -> bool:
        """Whether a press would be taken; False while the console boots."""
        return Reader(memory).settled()

    def state(self, memory: bytes) -> State:
        """All fields; RomError if the RAM is not Thistledown's."""
        return read_state(memory)

    def context(self, state: State) -> str:
        """The state as a sentence."""
        return context(self._world, state)

    def opening(self, start: Start) -> tuple[str, ...]:
        """The world number by the fewest presses, START, and the start's own presses."""
        number = start.world_seed
        if number is None or not 0 <= number <= LAST_WORLD:
            raise TaskError(
                f"start {start.start_id!r} has world_seed {number!r}: Thistledown needs a whole number "
                f"from 0 to {LAST_WORLD}"
            )
        unknown = sorted(set(start.presses) - set(BUTTONS))
        if unknown:
            raise TaskError(f"start {start.start_id!r} presses {', '.join(unknown)}; known are {', '.join(BUTTONS)}")
        return (*_enter_number(number), "press_start", *start.presses)


def _enter_number(number: int) -> tuple[str, ...]:
    """The fewest presses that set the title's digits, all 0 with the cursor on the first, to the number."""
    digits = [int(digit) for digit in f"{number:0{DIGITS}d}"]
    places = [place for place, digit in enumerate(digits) if digit]
    return min((_enter_in_order(digits, order) for order in permutations(places)), key=len)


def _enter_in_order(digits: list[int], order: tuple[int, ...]) -> tuple[str, ...]:
    """The presses that set the digits at these places, one after the other."""
    presses: list[str] = []
    for here, place in zip((0, *order), order, strict=False):
        presses += _shorter((place - here) % DIGITS, DIGITS, "press_right", "press_left")
        presses += _shorter(digits[place], 10, "press_up", "press_down")
    return tuple(presses)


def _shorter(count: int, around: int, forward: str, back: str) -> list[str]:
    """That many presses forward on a ring, or the other way round if that takes fewer."""
    return [forward] * count if count <= around - count else [back] * (around - count)

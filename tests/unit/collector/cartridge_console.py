"""A console with the bundled cartridge in it, for tests: press, wait until the picture is whole, look."""

from __future__ import annotations

import shutil
import warnings
from collections import deque
from pathlib import Path
from typing import Any

import yaml

from collector.roms.thistledown import ROM_PATH, WORLD_PATH, WRAM_PATH

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pyboy import PyBoy

TABLE: dict[str, Any] = yaml.safe_load(WRAM_PATH.read_text(encoding="utf-8"))
WORLD: dict[str, Any] = yaml.safe_load(WORLD_PATH.read_text(encoding="utf-8"))
ADDRESSES: dict[str, int] = {field["name"]: field["at"] for field in TABLE["fields"]}
SCREENS: list[str] = TABLE["values"]["screens"]
WINDOW_MAP = 0x9C00
STEPS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


class Console:
    """Power-on waits for the title; `folder` keeps the cartridge's save RAM."""

    def __init__(self, folder: Path) -> None:
        rom = folder / "game.gb"
        if not rom.exists():
            shutil.copyfile(ROM_PATH, rom)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.pyboy = PyBoy(str(rom), window="null", sound_emulated=False)
        self.wait()

    def byte(self, field: str, offset: int = 0) -> int:
        return int(self.pyboy.memory[ADDRESSES[field] + offset])

    def bytes(self, field: str, length: int) -> list[int]:
        return list(self.pyboy.memory[ADDRESSES[field] : ADDRESSES[field] + length])

    def word(self, field: str) -> int:
        return self.byte(field) + 256 * self.byte(field, 1)

    def poke(self, field: str, value: int, offset: int = 0) -> None:
        self.pyboy.memory[ADDRESSES[field] + offset] = value

    @property
    def screen(self) -> str:
        return SCREENS[self.byte("screen")]

    def stable(self) -> bytes:
        first, end = TABLE["stable"]
        return bytes(self.pyboy.memory[first:end])

    def vram(self) -> bytes:
        return b"".join(bytes(self.pyboy.memory[bank, 0x8000:0x9FFF]) for bank in (0, 1))

    def picture(self) -> bytes:
        return self.pyboy.screen.ndarray.tobytes()

    def text(self) -> list[str]:
        """The letters on the 20x18 tiles of the window, row by row; other tiles are blanks."""
        rows = [self.pyboy.memory[WINDOW_MAP + 32 * row : WINDOW_MAP + 32 * row + 20] for row in range(18)]
        return ["".join(chr(tile) if 32 <= tile < 127 else " " for tile in row) for row in rows]

    def tick(self, frames: int = 1) -> None:
        self.pyboy.tick(frames, True, False)

    def wait(self) -> None:
        """Until a press would be taken."""
        for _ in range(2000):
            if self.byte("idle") and self.byte("ready"):
                self.tick()
                return
            self.tick()
        raise AssertionError(f"the cartridge was not idle after 2000 frames, on screen {self.screen}")

    def press(self, *buttons: str, hold: int = 2) -> None:
        for button in buttons:
            taken = self.word("press_count")
            self.pyboy.button_press(button)
            self.tick(hold)
            self.pyboy.button_release(button)
            self.wait()
            assert self.word("press_count") == taken + 1, f"{button} was taken more or less than once"

    def begin(self, number: int) -> None:
        """From the title into a world; the number is put into RAM, which the title's digits follow."""
        self.poke("world_seed", number & 0xFF)
        self.poke("world_seed", number >> 8, 1)
        self.press("start")

    def route(self, goal: tuple[int, int]) -> list[str]:
        """The presses that walk to a tile of this map without stepping on another door."""
        return shortest_route(self, goal)

    def close(self, *, save: bool = False) -> None:
        self.pyboy.stop(save=save)


def shortest_route(console: Console, goal: tuple[int, int]) -> list[str]:
    """Breadth first over free tiles; AssertionError if the goal can't be reached."""
    start = (console.byte("x"), console.byte("y"))
    paths: dict[tuple[int, int], list[str]] = {start: []}
    queue = deque([start])
    free = free_tiles(console)
    while queue:
        here = queue.popleft()
        if here == goal:
            return paths[here]
        for button, (dx, dy) in STEPS.items():
            there = (here[0] + dx, here[1] + dy)
            if there not in paths and (there == goal or free.get(there) == "free"):
                paths[there] = [*paths[here], button]
                queue.append(there)
    raise AssertionError(f"no way from {start} to {goal}")


def free_tiles(console: Console) -> dict[tuple[int, int], str]:
    """Every tile of this map: solid (also where a person stands), door or free."""
    name = TABLE["values"]["maps"][console.byte("map")]
    solid = {letter: tile["solid"] for letter, tile in WORLD["tiles"].items()}
    kinds = {
        (x, y): "solid" if solid[letter] else "free"
        for y, row in enumerate(WORLD["maps"][name]["rows"])
        for x, letter in enumerate(row)
    }
    people = console.bytes("people", 16)
    for place, x, y in zip(people[0::4], people[1::4], people[2::4], strict=True):
        if place == console.byte("map"):
            kinds[x, y] = "solid"
    for door in WORLD["doors"]:
        if door["map"] == name:
            kinds[door["x"], door["y"]] = "door"
    return kinds

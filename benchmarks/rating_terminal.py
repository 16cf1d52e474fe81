"""What a rater at a terminal waits for, in a tree of any size: the first screen, and after a key the next session.

The keys go through a pseudo-terminal into the command itself; a wait ends when the screen is written whole. Beside it
stands the wait after a key that rates nothing, which draws the same screen again.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Final

from tests.person import Person

RATINGS: Final = 200
KEY_LIMIT_S: Final = 0.150
"""From a key to the next session."""
GROWTH_LIMIT_MB: Final = 8
"""Memory may grow by so much from the tenth rating to the last."""
_WHOLE: Final = "\x1b[?2026l"
"""Written at the end of each screen."""
_SIZE: Final = (160, 50)


def measure_terminal(runs: Path) -> bool:
    """Rate at a terminal, print the figures; whether all limits are held."""
    began = time.perf_counter()
    with Person(runs.parent, "--rater", "bench", str(runs), size=_SIZE, program=("scoring", "rate")) as person:
        person.sees("0 rated")
        first = time.perf_counter() - began
        person.sees(_WHOLE)
        redrawn = [_wait(person, "z", "0 rated") for _ in range(20)]
        rated = [_wait(person, "8", f"{number} rated") for number in range(1, 11)]
        before = _resident_mb(person.process.pid)
        rated += [_wait(person, "8", f"{number} rated") for number in range(11, RATINGS + 1)]
        growth = _resident_mb(person.process.pid) - before
        person.types("q")
        person.waits_for_the_end()
    median, worst = statistics.median(rated), sorted(rated)[int(0.95 * len(rated))]
    same = statistics.median(redrawn)
    print(f"terminal of {_SIZE[0]} x {_SIZE[1]}, {RATINGS} ratings")
    print(f"  start to first screen {first:.2f} s")
    print(f"  key to next session, ms: median {1000 * median:.0f}, 95 of 100 within {1000 * worst:.0f}")
    print(f"  key to same session, ms: median {1000 * same:.0f}; the next one takes {median / same:.1f} times as long")
    print(f"  memory {before:.0f} MB after 10 ratings, {growth:+.1f} MB after {RATINGS}")
    held = worst <= KEY_LIMIT_S and growth <= GROWTH_LIMIT_MB
    print(f"  limits {1000 * KEY_LIMIT_S:.0f} ms and {GROWTH_LIMIT_MB} MB: {'held' if held else 'missed'}")
    return held


def _wait(person: Person, key: str, text: str) -> float:
    began = time.perf_counter()
    person.types(key)
    person.sees(text)
    person.sees(_WHOLE)
    return time.perf_counter() - began


def _resident_mb(pid: int) -> float:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024

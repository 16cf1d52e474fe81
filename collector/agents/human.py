"""A person plays: the picture and keys in a terminal. The presses become demonstrations like any other agent's.

The person sees what a model is shown: the picture, the task, the last buttons, and the memory's notes where there is a
memory. What the game's memory says is not shown, so no demonstration rests on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from collector.games.protocol import Game
from collector.half_blocks import half_blocks, shrink_factor
from collector.records import WAIT, Reply, State, Task, Turn
from collector.terminal import Screen, Terminal

PRESSES: Final = {
    "up": "press_up",
    "down": "press_down",
    "left": "press_left",
    "right": "press_right",
    "a": "press_a",
    "x": "press_a",
    "b": "press_b",
    "z": "press_b",
    "enter": "press_start",
    "tab": "press_select",
    "l": "press_l",
    "r": "press_r",
    " ": WAIT,
}
"""Keys and the action each one is."""

_HELP: Final = (
    "arrows move · a A · b B · Enter Start · Tab Select · l r shoulders · Space wait",
    "t type a reason for the next press · u undo · d done, with a report · q stop",
)
_RECENT: Final = 8


class HumanAgent:
    """A person at a terminal."""

    name = "human"
    policy = "human"
    model_used = "human"
    label_terms = "none"
    prompt_id: str | None = None
    can_undo = True

    def __init__(self, open_screen: Callable[[], Screen] = lambda: Terminal("agent=human")) -> None:
        """Open nothing yet: `begin` does, so that a session that can't be played leaves the terminal alone."""
        self._open_screen = open_screen
        self._screen: Screen | None = None

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        """Take the terminal over; InputError if there is none."""
        self._screen = self._open_screen()

    def act(self, turn: Turn) -> Reply:
        """What the person does: a press, an undo or the end; KeyboardInterrupt if they stop."""
        assert self._screen is not None, "begin() comes before act()"
        reasoning, remark = "", ""
        while True:
            self._screen.draw(_lines(turn, self._screen.size, reasoning, remark))
            remark, key = "", self._screen.key()
            if key in ("q", "ctrl-c", "ctrl-d"):
                raise KeyboardInterrupt
            if key == "t":
                typed = self._screen.line("Why this press? ")
                reasoning = reasoning if typed is None else typed
            elif key == "d":
                report = self._screen.line("Report (Enter for none, Esc to go on playing): ")
                if report is not None:
                    return Reply(actions=(WAIT,), reasoning=reasoning, done=True, report=report or None)
            elif key == "u":
                if turn.previous_actions:
                    return Reply(actions=(), undo=True)
                remark = "There is no step to take back."
            elif key in PRESSES and PRESSES[key] not in turn.observation.picture.actions:
                remark = "A Game Boy has no shoulder buttons."
            elif key in PRESSES:
                return Reply(actions=(PRESSES[key],), reasoning=reasoning)
            elif key != "resize":
                remark = "That key does nothing."

    def close(self) -> None:
        """Give the terminal back."""
        if self._screen is not None:
            self._screen.close()


def _lines(turn: Turn, size: tuple[int, int], reasoning: str, remark: str) -> list[str]:
    """The whole screen: task, picture, what was pressed, keys."""
    columns, lines = size
    recent = ", ".join(action.removeprefix("press_") for action in turn.previous_actions[-_RECENT:])
    above = [f"{turn.task.instruction}  (goal: {turn.task.goal})", f"Step {turn.step} of {turn.step_budget}"]
    below = [f"Pressed: {recent or 'nothing yet'}", *turn.memory_notes.splitlines(), *_HELP]
    below += [f"Reason: {reasoning}"] if reasoning else []
    room = lines - len(above) - len(below) - 3  # a remark, a note on the size, and the line that is typed
    picture = turn.observation.picture
    factor = shrink_factor(picture.width, picture.height, columns, room)
    if factor > 1:
        wanted = f"{picture.width} x {picture.height // 2 + lines - room}"
        below.append(f"Shown at 1/{factor} of its size; a terminal of {wanted} characters shows every pixel.")
    below.append(remark)
    text = [_cut(line, columns) for line in above], [_cut(line, columns) for line in below]
    return [*text[0], *half_blocks(picture, factor), *text[1]]


def _cut(line: str, columns: int) -> str:
    """The line without control characters, no wider than the terminal."""
    return "".join(character for character in line if character.isprintable())[:columns]

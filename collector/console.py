"""An emulator and what its game's RAM means, as one thing to play on: press, settle, look.

After a press the console runs until the game says it waits for the next one (its idle flag), or, for a game without a
reader, a fixed number of frames. The exact count is recorded, so a replay needs no game knowledge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from collector.emulators.protocol import Emulator
from collector.errors import EmulatorError, TaskError
from collector.games.protocol import Game
from collector.pictures import encode_png
from collector.records import WAIT, Branch, Observation, Picture, Png, Start, Timing

_POLL_EVERY: Final = 2
_SHOW_FRAMES: Final = 2
"""Frames after the game says it waits, so that what it wrote is on the screen."""


class Mark(NamedTuple):
    """A point of a session that can be gone back to."""

    state: bytes
    """The emulator's state."""
    frame: int
    """The frame it stood at."""


class _Screen(NamedTuple):
    """The last picture seen: one that stays is encoded and hashed once."""

    picture: Picture
    png: Png
    digest: str


class Console:
    """What a session is played on."""

    def __init__(
        self, emulator: Emulator, game: Game, timing: Timing | None = None, captured: bytes | None = None
    ) -> None:
        """Join an emulator with the reader of the game it runs; `captured` is the state for a start that names one."""
        self.emulator = emulator
        self.game = game
        self.timing = timing or Timing()
        self._captured = captured
        self._seen: _Screen | None = None
        self._frame_offset = 0

    def begin(self, start: Start) -> Observation:
        """Go from power-on, or from the captured state, to the start and look."""
        opening = self.game.opening(start) if start.state is None else start.presses
        self.emulator.reset()
        self._frame_offset = 0
        if start.state is None:
            self.emulator.advance(1)
        elif self._captured is None:
            raise TaskError(f"start {start.start_id} goes on from the state {start.state}, which was not given")
        else:
            self.emulator.load_state(self._captured)
        self._settle()
        for button in opening:
            self.press(button)
        return self.observe()

    def follow(self, branch: Branch) -> Iterator[Observation]:
        """Go on from the start to where a branch begins, looking after each press.

        EmulatorError at its end unless the screen and the memory are those that were recorded there.
        """
        seen = self.observe()
        for action in branch.way:
            self.press(action)
            seen = self.observe()
            yield seen
        if (seen.frame_hash, seen.memory_hash) != (branch.frame_hash, branch.memory_hash):
            raise EmulatorError(
                f"what {branch.session_id} did before step {branch.step} leads to another screen or memory than was "
                "recorded there; see python -m collector.verify"
            )

    def mark(self) -> Mark:
        """The console as it stands, to come back to."""
        return Mark(self.emulator.save_state(), self._frame)

    def restore(self, mark: Mark) -> None:
        """Go back to a mark, frame count included; what was seen there is still true."""
        self.emulator.load_state(mark.state)
        self._frame_offset = mark.frame - self.emulator.frame

    @property
    def _frame(self) -> int:
        return self.emulator.frame + self._frame_offset

    def press(self, action: str) -> tuple[int, int]:
        """Do one action and let the game settle; the frames the button was held, and the frames in all."""
        before = self.emulator.frame
        held = 0
        if action != WAIT:
            held = self.timing.hold_frames
            self.emulator.hold((action,))
            self.emulator.advance(held)
            self.emulator.hold(())
        self._settle()
        return held, self.emulator.frame - before

    def observe(self) -> Observation:
        """What can be seen now."""
        memory = self.emulator.read(self.game.memory_ranges)
        state = self.game.state(memory)
        picture = self.emulator.screenshot()
        if self._seen is None or self._seen.picture != picture:
            self._seen = _Screen(picture, encode_png(picture), picture.digest())
        return Observation(
            picture=self._seen.picture,
            png=self._seen.png,
            frame_hash=self._seen.digest,
            frame=self._frame,
            state=state,
            memory_context=self.game.context(state),
            memory_hash=_memory_hash(self.game.stable_memory(memory)),
        )

    def _settle(self) -> None:
        if not self.game.memory_ranges:
            self.emulator.advance(self.timing.settle_frames)
            return
        waited = 0
        while True:
            self.emulator.advance(_POLL_EVERY)
            waited += _POLL_EVERY
            if self.game.is_settled(self.emulator.read(self.game.memory_ranges)):
                self.emulator.advance(_SHOW_FRAMES)
                return
            if waited > self.timing.longest_settle:
                raise EmulatorError(f"the game is not settled after {waited} frames; is the reader made for this ROM?")


def _memory_hash(stable: bytes) -> str:
    return hashlib.sha256(stable).hexdigest()[:32] if stable else ""

"""A person at a pseudo-terminal: types keys into a command that reads them, and waits for what it shows.

What the person sees is told by pyte, a terminal of its own: text, styles, and each character at its place.
"""

from __future__ import annotations

import codecs
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyte

from tests.playing import environment

GIVE_UP_S: Final = 60


class Person:
    """`python -m collector agent=human ...`, or another command, in a folder, and the terminal it runs in."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        size: tuple[int, int] = (160, 90),
        program: Sequence[str] = ("collector", "agent=human"),
    ) -> None:
        self._terminal, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (size[1], size[0]))
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._unseen = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", *program, *arguments],
            cwd=folder,
            env=environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self.hang_up()

    @property
    def settings_now(self) -> list[object]:
        """The terminal's settings as they stand."""
        return list(termios.tcgetattr(self._theirs))

    def types(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def sees(self, text: str) -> str:
        """Wait until a text is shown; everything up to it since the last time."""
        deadline = time.monotonic() + GIVE_UP_S
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} was not shown within {GIVE_UP_S} s: {self.shown[-400:]!r}"
            self._look(0.1)
        before, _, self.shown = self.shown.partition(text)
        return before

    def sees_at_rest(self) -> list[str]:
        """The lines on the screen, once nothing has changed for a moment."""
        while self._look(0.3):
            pass
        self._stream.feed(bytes(self._unseen))
        self._unseen.clear()
        return [line.rstrip() for line in self.screen.display]

    def resizes(self, columns: int, lines: int) -> None:
        """Drag the corner of the window."""
        termios.tcsetwinsize(self._theirs, (lines, columns))
        self.screen.resize(lines, columns)
        self.process.send_signal(signal.SIGWINCH)  # the kernel tells only those whose terminal it is by job control

    def waits_for_the_end(self) -> tuple[int, str, str]:
        """The command's exit code, standard output and standard error."""
        deadline = time.monotonic() + GIVE_UP_S
        while self.process.poll() is None and time.monotonic() < deadline:
            self._look(0.1)
        out, err = self.process.communicate(timeout=1)
        return self.process.returncode, out, err

    def _look(self, seconds: float) -> bool:
        """Read what was written; whether there was anything."""
        if not select.select([self._terminal], [], [], seconds)[0]:
            return False
        written = os.read(self._terminal, 65536)
        self._unseen += written
        self.shown += self._decoder.decode(written)
        return True

    def hang_up(self) -> None:
        """Close the terminal's window."""
        for descriptor in (self._terminal, self._theirs):
            if descriptor >= 0:
                os.close(descriptor)
        self._terminal = self._theirs = -1

"""A person at a pseudo-terminal: types keys into a command that reads them, and waits for what it shows."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.playing import collector_command, environment

GIVE_UP_S: Final = 60


class Person:
    """`python -m collector agent=human ...` in a folder of its own, and the terminal it runs in."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (160, 90)) -> None:
        self._terminal, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (size[1], size[0]))
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        self.shown = ""
        self.process = subprocess.Popen(
            collector_command("agent=human", *arguments),
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
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.shown += os.read(self._terminal, 65536).decode("utf-8", "replace")
        before, _, self.shown = self.shown.partition(text)
        return before

    def waits_for_the_end(self) -> tuple[int, str, str]:
        """The command's exit code, standard output and standard error."""
        deadline = time.monotonic() + GIVE_UP_S
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.shown += os.read(self._terminal, 65536).decode("utf-8", "replace")
        out, err = self.process.communicate(timeout=1)
        return self.process.returncode, out, err

    def hang_up(self) -> None:
        """Close the terminal's window."""
        for descriptor in (self._terminal, self._theirs):
            if descriptor >= 0:
                os.close(descriptor)
        self._terminal = self._theirs = -1

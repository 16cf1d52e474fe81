"""A person's terminal: single keys without Enter, one typed line, and a full screen that is drawn anew.

It is put back as it was when it is closed. Ctrl-C is a key here, so it stops the session at once and in order; SIGTERM
and a terminal that goes away do the same.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
import termios
from collections.abc import Sequence
from typing import Final

from collector.errors import InputError

_ESCAPE: Final = b"\x1b"
_ESCAPE_WAIT_S: Final = 0.05
"""The rest of an arrow key follows its escape byte at once; a lone escape is the Esc key."""
_LONGEST_LINE: Final = 1000
_SEQUENCES: Final = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1b[C": "right",
    b"\x1b[D": "left",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1bOC": "right",
    b"\x1bOD": "left",
    b"\x1b": "esc",
    b"\r": "enter",
    b"\n": "enter",
    b"\t": "tab",
    b"\x7f": "backspace",
    b"\x08": "backspace",
    b"\x03": "ctrl-c",
    b"\x04": "ctrl-d",
}


class Terminal:
    """The terminal that standard input is."""

    def __init__(self) -> None:
        """Take the terminal over; InputError if standard input is none."""
        self._keys = sys.stdin.fileno() if sys.stdin is not None and not sys.stdin.closed else -1
        if self._keys < 0 or not os.isatty(self._keys):
            raise InputError(
                "agent=human reads keys from a terminal, and standard input is none; run it in a terminal, without a "
                "pipe or a launcher of several jobs"
            )
        self._screen = os.open(os.ttyname(self._keys), os.O_WRONLY | os.O_NOCTTY)
        self._before = termios.tcgetattr(self._keys)
        self._bytes = b""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._handed_over = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._is_open = True
        mode = termios.tcgetattr(self._keys)
        mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        mode[0] &= ~(termios.IXON | termios.ICRNL)
        termios.tcsetattr(self._keys, termios.TCSADRAIN, mode)
        self._write("\x1b[?1049h\x1b[?25l\x1b[2J")

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines; 80 x 24 for a terminal that can't say."""
        size = os.get_terminal_size(self._screen)
        return size.columns or 80, size.lines or 24

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines from the top, and nothing else."""
        self._write("\x1b[H" + "".join(f"{line}\x1b[0m\x1b[K\r\n" for line in lines) + "\x1b[J")

    def key(self) -> str:
        """Wait for a key: a character, or the name of a special one ("up", "enter", "ctrl-c" ...).

        KeyboardInterrupt if the terminal goes away or a signal asks to stop.
        """
        first = self._byte()
        if first == _ESCAPE:
            return _SEQUENCES.get(first + self._escape_rest(), "unknown")
        if first in _SEQUENCES:
            return _SEQUENCES[first]
        decoder, character = codecs.getincrementaldecoder("utf-8")("replace"), ""
        while not (character := decoder.decode(first)):
            first = self._byte()
        return character if character.isprintable() else "unknown"

    def line(self, prompt: str) -> str | None:
        """A line that is typed until Enter; None after Esc."""
        typed = ""
        while True:
            self._write(f"\r{prompt}{typed}\x1b[K")
            key = self.key()
            if key in ("enter", "esc"):
                return typed.strip() if key == "enter" else None
            if key in ("ctrl-c", "ctrl-d"):
                raise KeyboardInterrupt
            if key == "backspace":
                typed = typed[:-1]
            elif len(key) == 1:
                typed = (typed + key)[:_LONGEST_LINE]

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._is_open:
            self._is_open = False
            signal.set_wakeup_fd(self._handed_over)
            try:
                self._write("\x1b[0m\x1b[?25h\x1b[?1049l")
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)
            except (OSError, termios.error):
                pass  # the terminal is gone, and its settings with it
            for descriptor in (self._screen, self._wake_read, self._wake_write):
                os.close(descriptor)

    def _byte(self) -> bytes:
        if not self._bytes:
            self._wait_for_bytes()
        first, self._bytes = self._bytes[:1], self._bytes[1:]
        return first

    def _wait_for_bytes(self) -> None:
        """Wait until a key is pressed. A signal's handler alone would leave the wait as it is: a pipe tells of it."""
        while not self._bytes:
            ready, _, _ = select.select([self._keys, self._wake_read], [], [])
            if self._wake_read in ready and {signal.SIGINT, signal.SIGTERM} & set(os.read(self._wake_read, 64)):
                raise KeyboardInterrupt
            if self._keys in ready:
                self._bytes = self._read_keys()

    def _read_keys(self) -> bytes:
        try:
            pressed = os.read(self._keys, 1024)
        except OSError:
            pressed = b""
        if not pressed:  # the terminal has gone away
            raise KeyboardInterrupt
        return pressed

    def _escape_rest(self) -> bytes:
        """What follows an escape byte: nothing, or the sequence up to its letter."""
        rest = b""
        while self._bytes or select.select([self._keys], [], [], _ESCAPE_WAIT_S)[0]:
            byte = self._byte()
            rest += byte
            if rest not in (b"[", b"O") and (0x40 <= byte[0] <= 0x7E):
                break
        return rest

    def _write(self, text: str) -> None:
        remaining = text.encode("utf-8", "replace")
        try:
            while remaining:
                remaining = remaining[os.write(self._screen, remaining) :]
        except OSError:
            raise KeyboardInterrupt from None

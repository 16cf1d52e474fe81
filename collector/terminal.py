"""A person's terminal: single keys without Enter, one typed line, and a full screen that is drawn anew.

It is put back as it was when it is closed. Ctrl-C is a key here, so it stops the work at once and in order; SIGTERM and
a terminal that goes away do the same. What is pasted is never taken for keys, and a change of size is told as one.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
import unicodedata
from collections.abc import Sequence
from types import FrameType
from typing import Final, Protocol

from rich.cells import cell_len

from collector.errors import InputError

_ESCAPE: Final = b"\x1b"
_ESCAPE_WAIT_S: Final = 0.05
"""The rest of an arrow key follows its escape byte at once; a lone escape is the Esc key."""
_ANSWER_WAIT_S: Final = 0.5
"""A terminal answers at once, one behind a slow line somewhat later."""
_LONGEST_LINE: Final = 1000
_PASTE, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_SEQUENCES: Final = {
    b"\x1b[A": "up",
    b"\x1b[B": "down",
    b"\x1b[C": "right",
    b"\x1b[D": "left",
    b"\x1bOA": "up",
    b"\x1bOB": "down",
    b"\x1bOC": "right",
    b"\x1bOD": "left",
    b"\x1b[H": "home",
    b"\x1b[F": "end",
    b"\x1bOH": "home",
    b"\x1bOF": "end",
    b"\x1b[1~": "home",
    b"\x1b[4~": "end",
    b"\x1b": "esc",
    b"\r": "enter",
    b"\n": "enter",
    b"\t": "tab",
    b"\x7f": "backspace",
    b"\x08": "backspace",
    b"\x03": "ctrl-c",
    b"\x04": "ctrl-d",
}


class Screen(Protocol):
    """What a program for a person at a terminal needs of it."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines."""

    def draw(self, lines: Sequence[str], overlay: str = "") -> None:
        """Show these lines, and over them what the overlay's own cursor movements place."""

    def key(self) -> str:
        """Wait for a key."""

    def line(self, prompt: str, typed: str = "", longest: int = _LONGEST_LINE) -> str | None:
        """Wait for a line, which begins as `typed`; None if it was given up."""

    def close(self) -> None:
        """Give the terminal back."""


def require_terminal(reader: str) -> int:
    """Standard input's descriptor; InputError if it is no terminal, from which `reader` could read keys."""
    keys = sys.stdin.fileno() if sys.stdin is not None and not sys.stdin.closed else -1
    if keys < 0 or not os.isatty(keys):
        raise InputError(
            f"{reader} reads keys from a terminal, and standard input is none; run it in a terminal, without a pipe or "
            "a launcher of several jobs"
        )
    return keys


class Terminal:
    """The terminal that standard input is."""

    def __init__(self, reader: str) -> None:
        """Take the terminal over for `reader`, the command's name in errors; InputError if standard input is none."""
        self._keys = require_terminal(reader)
        self._screen = os.open(os.ttyname(self._keys), os.O_WRONLY | os.O_NOCTTY)
        self._before = termios.tcgetattr(self._keys)
        self._bytes = b""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._handed_over = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._on_resize = signal.signal(signal.SIGWINCH, _nothing)
        self.pasted = ""
        """What the latest key "paste" brought."""
        self._is_open = True
        mode = termios.tcgetattr(self._keys)
        mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        mode[0] &= ~(termios.IXON | termios.ICRNL)
        termios.tcsetattr(self._keys, termios.TCSADRAIN, mode)
        self._write("\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[2J")

    @property
    def size(self) -> tuple[int, int]:
        """Columns and lines; 80 x 24 for a terminal that can't say."""
        size = os.get_terminal_size(self._screen)
        return size.columns or 80, size.lines or 24

    @property
    def cell_pixels(self) -> tuple[int, int] | None:
        """Width and height of a character; None for a terminal that does not say."""
        answer = fcntl.ioctl(self._screen, termios.TIOCGWINSZ, bytes(8))
        lines, columns, width, height = struct.unpack("4H", answer)
        return (width // columns, height // lines) if columns and lines and width and height else None

    def ask(self, question: str, last_answer: re.Pattern[bytes]) -> bytes:
        """What the terminal answers to a question, up to its last answer; empty if it is slow. Keys are kept."""
        self._write(question)
        heard, end = b"", time.monotonic() + _ANSWER_WAIT_S
        while not (found := last_answer.search(heard)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._keys], [], [], left)[0]:
                self._bytes += heard
                return b""
            heard += self._read_keys()
        first = heard.find(_ESCAPE)
        self._bytes += heard[:first] + heard[found.end() :]
        return heard[first : found.end()]

    def draw(self, lines: Sequence[str], overlay: str = "") -> None:
        """Show these lines from the top, then the overlay, and nothing else; at once where the terminal can."""
        text = "\x1b[H" + "".join(f"{line}\x1b[0m\x1b[K\r\n" for line in lines) + "\x1b[J"
        self._write(f"\x1b[?2026h{text}\x1b7{overlay}\x1b8\x1b[?2026l")

    def key(self) -> str:
        """Wait for a key: a character, or the name of a special one ("up", "enter", "ctrl-c" ...).

        "paste" if text was pasted, which `pasted` holds; "resize" if the terminal has another size now.
        KeyboardInterrupt if the terminal goes away or a signal asks to stop.
        """
        if not self._bytes and self._wait_for_bytes():
            return "resize"
        first = self._byte()
        if first == _ESCAPE:
            sequence = first + self._escape_rest()
            if sequence == _PASTE:
                self.pasted = self._rest_of_paste()
                return "paste"
            return _SEQUENCES.get(sequence, "unknown")
        if first in _SEQUENCES:
            return _SEQUENCES[first]
        decoder, character = codecs.getincrementaldecoder("utf-8")("replace"), ""
        while not (character := decoder.decode(first)):
            first = self._byte()
        return character if character.isprintable() or _joins(character) else "unknown"

    def line(self, prompt: str, typed: str = "", longest: int = _LONGEST_LINE) -> str | None:
        """A line that is typed or pasted until Enter; None after Esc. The end of a long one is shown."""
        while True:
            self._write(f"\r{prompt}{self._end_of(typed, prompt)}\x1b[K")
            key = self.key()
            if key in ("enter", "esc"):
                return typed.strip() if key == "enter" else None
            if key in ("ctrl-c", "ctrl-d"):
                raise KeyboardInterrupt
            if key == "backspace":
                typed = typed[:-1]
            elif key == "paste":
                typed = (typed + self.pasted)[:longest]
            elif len(key) == 1:
                typed = (typed + key)[:longest]

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._is_open:
            self._is_open = False
            signal.set_wakeup_fd(self._handed_over)
            signal.signal(signal.SIGWINCH, self._on_resize)
            try:
                self._write("\x1b[0m\x1b[?2004l\x1b[?25h\x1b[?1049l")
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)
            except (OSError, termios.error):
                pass  # the terminal is gone, and its settings with it
            for descriptor in (self._screen, self._wake_read, self._wake_write):
                os.close(descriptor)

    def _byte(self) -> bytes:
        while not self._bytes:
            self._wait_for_bytes()
        first, self._bytes = self._bytes[:1], self._bytes[1:]
        return first

    def _wait_for_bytes(self) -> bool:
        """Wait until a key is pressed or the size changes; whether it was the size.

        A signal's handler alone would leave the wait as it is: a pipe tells of it.
        """
        while not self._bytes:
            ready, _, _ = select.select([self._keys, self._wake_read], [], [])
            signals = set(os.read(self._wake_read, 64)) if self._wake_read in ready else set()
            if signals & {signal.SIGINT, signal.SIGTERM}:
                raise KeyboardInterrupt
            if signal.SIGWINCH in signals:
                return True
            if self._keys in ready:
                self._bytes = self._read_keys()
        return False

    def _rest_of_paste(self) -> str:
        """The text up to the sign that ends it, its line ends as newlines."""
        pasted = bytearray()
        while not pasted.endswith(_PASTE_END):
            pasted += self._byte()
        return pasted.removesuffix(_PASTE_END).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")

    def _end_of(self, typed: str, prompt: str) -> str:
        """What of a typed text can be shown beside the prompt without steering the terminal."""
        room = max(self.size[0] - len(prompt) - 1, 1)
        shown = "".join(character if character.isprintable() else "·" for character in typed[-room:])
        while cell_len(shown) > room:
            shown = shown[1:]
        return shown

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


def _joins(character: str) -> bool:
    """Whether a character has no shape of its own and belongs to text all the same: a joiner, a direction mark."""
    return unicodedata.category(character) == "Cf"


def _nothing(number: int, frame: FrameType | None) -> None:
    """The handler of a signal that only has to end the wait for a key."""

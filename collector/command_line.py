"""How every command ends: exit codes, one-line errors, and Ctrl-C that lets the step in hand finish.

0 done · 1 work failed · 2 bad input · 130 interrupted. A traceback is shown only with --debug or HYDRA_FULL_ERROR=1.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from collector.errors import EeveeError

INTERRUPTED: Final = 130


def run_command(main: Callable[[], int], *, debug: bool = False) -> int:
    """Run a command's body and turn what it raises into a line on stderr and an exit code."""
    try:
        return main()
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except EeveeError as error:
        if debug or wants_traceback():
            raise
        _say(str(error))
        return error.exit_code


def wants_traceback() -> bool:
    """Whether the user asked for tracebacks by HYDRA_FULL_ERROR=1."""
    return os.environ.get("HYDRA_FULL_ERROR") == "1"


class Interruption:
    """A request to stop that waits until the work in hand is safe."""

    def __init__(self) -> None:
        """Nothing was requested yet."""
        self.requested = False

    def raise_if_requested(self) -> None:
        """KeyboardInterrupt if Ctrl-C or SIGTERM came."""
        if self.requested:
            raise KeyboardInterrupt


@contextmanager
def deferred_interrupts() -> Iterator[Interruption]:
    """Within it the first Ctrl-C or SIGTERM only makes a note; the second Ctrl-C interrupts at once."""
    interruption = Interruption()

    def note(number: int, frame: FrameType | None) -> None:
        if interruption.requested:
            raise KeyboardInterrupt
        interruption.requested = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)

"""How every command ends: exit codes, one-line errors, and Ctrl-C that lets the step in hand finish.

0 done · 1 work failed · 2 bad input · 130 interrupted. A traceback is shown only with --debug or HYDRA_FULL_ERROR=1.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from collector.errors import EeveeError, InputError

INTERRUPTED: Final = 130
_OURS: Final = frozenset({"collector", "configs", "dataset_script", "scoring"})
"""This project's packages."""
_SLICE_S: Final = 0.2


def run_command(main: Callable[[], int], *, debug: bool = False) -> int:
    """Run a command's body and turn what it raises into a line on stderr and an exit code."""
    try:
        return main()
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if debug or wants_traceback() or not _is_foreign(error):
            raise
        _say(
            f"the package {error.name} is not installed in this Python ({sys.executable}); after `make demo` run "
            "`. .venv/bin/activate`, or else `pip install -e .` in the checkout"
        )
        return InputError.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except EeveeError as error:
        if debug or wants_traceback():
            raise
        _say(str(error))
        return error.exit_code


def run_with_usage(usage: str, run: Callable[[list[str]], int], argv: list[str] | None) -> int:
    """A whole command: its usage where help is asked for, else `run` with the arguments but --debug; the exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if "-h" in arguments or "--help" in arguments:
        print(usage, end="")
        return 0
    given = [argument for argument in arguments if argument != "--debug"]
    return run_command(lambda: run(given), debug="--debug" in arguments)


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
    _pending.append(interruption)

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
        _pending.remove(interruption)


_pending: Final[list[Interruption]] = []
"""Of the blocks that are open now."""


def raise_if_interrupted() -> None:
    """KeyboardInterrupt if an interrupt is noted: for waits while no work is in hand."""
    for interruption in _pending:
        interruption.raise_if_requested()


def sleep_unless_interrupted(seconds: float) -> None:
    """Wait while no work is in hand: KeyboardInterrupt as soon as an interrupt is noted."""
    end = time.monotonic() + seconds
    while True:
        raise_if_interrupted()
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _SLICE_S))


def _is_foreign(error: ModuleNotFoundError) -> bool:
    """Whether the module that is missing is not one of this project's."""
    return error.name is not None and error.name.partition(".")[0] not in _OURS


def _say(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)

"""Text for people: tables on a terminal, plain lines in a pipe; recorded text never acts as code."""

from __future__ import annotations

import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

    from scoring.statistics import Interval

WIDTH_IN_A_PIPE: Final = 200
"""Columns of a table where no terminal says how many it has."""
_JOINS_NOTHING: Final = re.compile(r"(?<![^\s\u200d])\u200d|\u200d(?![^\s\u200d])")


def console() -> Console:
    """Standard output; text is shown as it was written, never read as markup."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDTH_IN_A_PIPE
    return Console(markup=False, highlight=False, emoji=False, width=width)


def printable(text: str) -> str:
    """The text with control characters as escapes, so that recorded text can't steer the terminal; newlines stay.

    So does a joiner between two characters; one that joins nothing is an escape, since rich 15 takes it for a cell too
    many or fails.
    """
    joined = _JOINS_NOTHING.sub(lambda found: repr(found[0])[1:-1], text)
    return "".join(
        character if character == "\n" or not _is_control(character) else repr(character)[1:-1] for character in joined
    )


def warn(message: str) -> None:
    """Say on standard error what is wrong but does not end the work."""
    print(f"warning: {printable(message)}", file=sys.stderr)


def share_text(value: float | None) -> str:
    """A whole percentage; a dash for None."""
    return "-" if value is None else f"{value:.0%}"


def interval_text(interval: Interval | None, form: str = ".2f") -> str:
    """[low, high], the ends in a number format; a dash for None."""
    return "-" if interval is None else f"[{interval.low:{form}}, {interval.high:{form}}]"


def score_text(score: float | None) -> str:
    """A score without a trailing zero; a dash for None."""
    return "-" if score is None else f"{score:g}"


def _is_control(character: str) -> bool:
    """Control characters, direction marks and line separators; not the joiner that emoji are made with."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character != "\u200d"

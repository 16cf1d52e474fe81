"""A progress bar for long work, on standard error, and only where a person is looking."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


def with_progress(items: Iterable[_Item], what: str, total: int | None = None) -> Iterable[_Item]:
    """The items, with a bar while they are worked through; `total` where the items have no length of their own."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, total=total, console=Console(stderr=True), transient=True)

"""Suggestions as a file of tasks that the collector takes, as JSON and as a table."""

from __future__ import annotations

import dataclasses
import json
import shlex
from pathlib import Path
from typing import Any

from collector.counting import counted
from collector.errors import InputError
from collector.safe_files import replace_text
from scoring.suggest.ranking import Suggestion, Suggestions
from scoring.terminal import console, printable


def write_task_file(found: Suggestions, path: Path) -> None:
    """Write the suggestions for `task_file=PATH`; InputError rather than write over another file."""
    if path.exists():
        raise InputError(f"--out {path}: is there already; choose another name, or remove it first")
    replace_text(path, task_file_text(found, path))


def task_file_text(found: Suggestions, path: Path) -> str:
    """One line a start, the reason beside it; above them the command that plays the file with seeds of its own."""
    return "\n".join([f"# {play_command(found, path)}", "tasks:", *map(_line, found.suggestions), ""])


def play_command(found: Suggestions, path: Path) -> str:
    """How the file is played; the player is the user's to name."""
    return f"python -m collector {shlex.quote(f'--task-file={path}')} seed={found.seed}"


def suggestions_json(found: Suggestions) -> dict[str, Any]:
    """The suggestions as plain JSON."""
    return dataclasses.asdict(found)


def print_suggestions(found: Suggestions) -> None:
    """Print the suggestions, the neediest first, and what they were told from."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("task", "start", "sessions", "need", "why"):
        table.add_column(column, justify="right" if column in ("sessions", "need") else "left", overflow="fold")
    for one in found.suggestions:
        cells = one.task_id, one.start_id, str(one.sessions), f"{one.need:.2f}", one.reason
        table.add_row(*map(printable, cells))
    out = console()
    out.print(table)
    out.print(
        f"told from {counted(found.sessions, 'session')}; {found.elsewhere} of other tasks or starts did not count"
    )


def _line(one: Suggestion) -> str:
    repeat = f", repeat: {one.sessions}" if one.sessions > 1 else ""
    return f"  - {{task: {one.task_id}, start: {json.dumps(one.start_id)}{repeat}}}  # {one.reason}"

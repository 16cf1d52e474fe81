"""What a crash or a hand leaves in a session's logs, which are one JSON object a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path


def end_torn_line(path: Path) -> bool:
    """Let the next line begin on a line of its own; what stands in the torn one stays."""
    if not _is_torn(path):
        return False
    with path.open("ab") as log:
        log.write(b"\n")
    return True


def cut_torn_line(path: Path) -> int:
    """Remove a last line that its writer could not finish, and so never reported; the bytes that were cut.

    A line that is whole but for its end is kept: `end_torn_line` ends it.
    """
    if not _is_torn(path):
        return 0
    content = path.read_bytes()
    torn = content[content.rfind(b"\n") + 1 :]
    if _fault(torn) is None:
        return 0
    os.truncate(path, len(content) - len(torn))
    return len(torn)


def unreadable_lines(path: Path) -> Iterator[str]:
    """The lines that hold no JSON object, each with what to do about it: only its writer knows what it should say."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        fault = _fault(line) if line.strip() else None
        if fault is not None:
            yield (
                f"{path}:{number}: holds no rating ({fault}), so scoring refuses it; correct the line, or remove it "
                f"with `sed -i {number}d {path}` and rate the session again"
            )


def _is_torn(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as log:
        log.seek(-1, os.SEEK_END)
        return log.read(1) != b"\n"


def _fault(line: bytes) -> str | None:
    """Why a line is no JSON object; None if it is one."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return " ".join(str(error).split())
    return None if isinstance(value, dict) else f"expected a JSON object, got {type(value).__name__}"

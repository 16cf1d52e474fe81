"""Files written so that a reader sees the old content or the new, never a part; what the disk refuses is said once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from collector.errors import RunDirectoryError


def make_directory(path: Path) -> None:
    """Make a directory inside a session's, unless it is there; RunDirectoryError if the disk won't."""
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


def replace_text(path: Path, text: str) -> bool:
    """Write a text file as `replace_bytes` does."""
    return replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> bool:
    """Write a file so that a reader sees the old content or the new, never a part; False if it held it already.

    RunDirectoryError if the disk won't.
    """
    try:
        if path.exists() and path.read_bytes() == content:
            return False
        with replacing(path) as out:
            out.write(content)
        return True
    except OSError as error:
        raise cannot_write(path, error) from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the path's place when the block ends well, and leaves nothing when it does not."""
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "wb") as out:
            yield out
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def bytes_on_disk(folder: Path) -> int:
    """Sum of the file sizes below a folder; a file that goes away meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


def cannot_write(path: Path, error: OSError) -> RunDirectoryError:
    """What to raise for a file that the disk refused."""
    return RunDirectoryError(
        f"{path}: can't be written ({error.strerror}); free some space or mend the folder's permissions"
    )

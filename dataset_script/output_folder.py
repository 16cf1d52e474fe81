"""The folder of the dataset on disk: built beside the old one, put in its place at the end, never half-written.

A build locks the folder it works in. The lock goes with its process, so what a killed build left is told from what
another one is building, and removed.
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from collector.errors import InputError, WorkError
from dataset_script.publishing import SALT_FILE
from dataset_script.splits import MARKER, SPLITS_FILE, Split

CARD_FILE: Final = "README.md"
SHEET_FILE: Final = "picture_sheet.png"
OWN_FILES: Final = (CARD_FILE, SHEET_FILE, SPLITS_FILE, SALT_FILE)
"""The files of a dataset folder beside its Parquet files."""
SHARD_NAME: Final = re.compile(r"[\w.]+-\d{5}-of-\d{5}\.parquet")
"""How its Parquet files are named, in a folder for each config."""
PICTURE_NAME: Final = re.compile(r"[0-9a-f]{32}\.(?:png|webp)")
"""How pictures beside JSON lines are named."""

IsOwn: TypeAlias = Callable[[Path], bool]
"""Whether a build writes a file of that name, as seen from its folder."""


def lines_folder(output: Path) -> Path:
    """Where the JSON lines of a build stand: beside its folder, which holds one kind of file and is pushed whole."""
    output = output.resolve()
    return output.with_name(f"{output.name}-jsonl")


def is_of_dataset(relative: Path) -> bool:
    """Whether a build writes such a file into the dataset folder."""
    is_shard = len(relative.parts) == 2 and SHARD_NAME.fullmatch(relative.name) is not None
    return str(relative) in OWN_FILES or is_shard


def is_of_lines(relative: Path) -> bool:
    """Whether a build writes such a file into its folder of JSON lines."""
    match relative.parts:
        case (name,):
            return name == SPLITS_FILE
        case (_, name):
            return name == "dataset_info.json" or (relative.suffix == ".jsonl" and relative.stem in list(Split))
        case (_, "images", name):
            return PICTURE_NAME.fullmatch(name) is not None
    return False


@contextmanager
def replacing(output: Path, is_own: IsOwn = is_of_dataset) -> Iterator[Path]:
    """A fresh folder that takes the place of OUTPUT if the body ends well, and is removed if it does not.

    Of a symbolic link it is the place that the link names.
    """
    output = output.resolve()
    _undo_broken_swap(output)
    refuse_foreign(output, is_own)
    _remove_abandoned(output)
    fresh, lock = _make_sibling(output)
    try:
        yield fresh
        _swap(fresh, output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        os.close(lock)


def refuse_foreign(output: Path, is_own: IsOwn = is_of_dataset) -> None:
    """InputError unless OUTPUT is absent, empty, or holds what a build wrote and nothing else."""
    if not output.exists():
        return
    if not output.is_dir():
        raise InputError(f"output={output}: a file has that name; choose another folder")
    if not any(output.iterdir()):
        return
    if not _is_marked(output / SPLITS_FILE):
        raise InputError(f"output={output}: it holds files that no build wrote; choose an empty or a new folder")
    strange = [path for path in sorted(output.rglob("*")) if path.is_file() and not is_own(path.relative_to(output))]
    if strange:
        raise InputError(
            f"output={output}: a rebuild would delete {strange[0].relative_to(output)}, which no build wrote; "
            f"move it elsewhere"
        )


def _is_marked(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("written_by") == MARKER


def _make_sibling(output: Path) -> tuple[Path, int]:
    """A new folder beside OUTPUT, and the descriptor that holds its lock."""
    parent = output.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=_building(output)))
        lock = _locked(folder)
    except OSError as error:
        raise InputError(
            f"output={output}: can't write in {parent} ({error.strerror}); choose a folder you may write to"
        ) from error
    if lock is None or not folder.exists():  # another build that began just now took it for abandoned
        return _make_sibling(output)
    folder.chmod(0o755)
    return folder, lock


def _remove_abandoned(output: Path) -> None:
    """Remove what killed builds left: their folders without a lock."""
    for folder in output.parent.glob(f"{glob.escape(_building(output))}*"):
        with suppress(OSError):
            lock = _locked(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _building(output: Path) -> str:
    """How the names of folders begin that builds of OUTPUT work in."""
    return f".{output.name}.building-"


def _locked(folder: Path) -> int | None:
    """The descriptor that holds the folder's lock until it is closed; None if another process holds it."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _replaced(output: Path) -> Path:
    return output.with_name(f".{output.name}.replaced")


def _undo_broken_swap(output: Path) -> None:
    """A build that was killed between its two renames left the old folder under another name: put it back."""
    old = _replaced(output)
    if old.exists() and not output.exists():
        old.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def _swap(fresh: Path, output: Path) -> None:
    """Two renames: between them OUTPUT is absent, never in part."""
    old = _replaced(output)
    try:
        if output.exists():
            output.rename(old)
        fresh.rename(output)
    except OSError as error:
        if old.exists() and not output.exists():
            old.rename(output)
        raise WorkError(
            f"output={output}: can't put the new folder in place ({error.strerror}); the old one still stands"
        ) from error
    shutil.rmtree(old, ignore_errors=True)

"""The folder of the dataset on disk: built beside the old one, put in its place at the end, never half-written."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collector.errors import InputError, WorkError
from dataset_script.publishing import SALT_FILE
from dataset_script.splits import MARKER, SPLITS_FILE

CARD_FILE: Final = "README.md"
SHEET_FILE: Final = "picture_sheet.png"
OWN_FILES: Final = (CARD_FILE, SHEET_FILE, SPLITS_FILE, SALT_FILE)
"""The files of a dataset folder beside its Parquet files."""


@contextmanager
def replacing(output: Path) -> Iterator[Path]:
    """A fresh folder that takes the place of OUTPUT if the body ends well, and is removed if it does not."""
    _undo_broken_swap(output)
    refuse_foreign(output)
    fresh = _make_sibling(output)
    try:
        yield fresh
        _swap(fresh, output)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def refuse_foreign(output: Path) -> None:
    """InputError unless OUTPUT is absent, empty, or holds what a build wrote and nothing else."""
    if not output.exists():
        return
    if not output.is_dir():
        raise InputError(f"output={output}: a file has that name; choose another folder")
    if not any(output.iterdir()):
        return
    if not _is_marked(output / SPLITS_FILE):
        raise InputError(f"output={output}: it holds files that no build wrote; choose an empty or a new folder")
    strange = [path for path in sorted(output.rglob("*")) if path.is_file() and not _is_own(path.relative_to(output))]
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


def _is_own(relative: Path) -> bool:
    return str(relative) in OWN_FILES or (len(relative.parts) == 2 and relative.suffix == ".parquet")


def _make_sibling(output: Path) -> Path:
    parent = output.resolve().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=f".{output.name}.building-"))
    except OSError as error:
        raise InputError(
            f"output={output}: can't write in {parent} ({error.strerror}); choose a folder you may write to"
        ) from error
    folder.chmod(0o755)
    return folder


def _replaced(output: Path) -> Path:
    return output.resolve().with_name(f".{output.name}.replaced")


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

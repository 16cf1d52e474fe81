"""Who rates: a name becomes an id that says nothing about the person and is the same in every sitting."""

from __future__ import annotations

import getpass
import hmac
import os
import secrets
from pathlib import Path

from collector.errors import InputError
from collector.run_directory import RATER_SALT_FILE
from collector.safe_files import cannot_write

LONGEST_NAME = 80
"""Characters."""


def rater_id(name: str, runs: Path) -> str:
    """r_ and 12 hex digits: a keyed digest of the name, whose key never leaves RUNS and is in no dataset."""
    plain = name.strip()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise InputError(f"rater {name[:LONGEST_NAME]!r}: expected a name of 1 to {LONGEST_NAME} printable characters")
    return "r_" + hmac.digest(salt_of(runs), plain.encode(), "sha256").hex()[:12]


def login_name() -> str:
    """Who is logged in, for raters who don't say who they are."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise InputError("this machine does not say who you are; give --rater NAME") from error


def salt_of(runs: Path) -> bytes:
    """The key of RUNS, made once by whoever comes first; the file appears whole. It is told to nobody."""
    path = runs / RATER_SALT_FILE
    try:
        if not path.exists():
            _put(path, secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as error:
        raise cannot_write(path, error) from error


def _put(path: Path, salt: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, salt)
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        os.close(fd)
        temporary.unlink()

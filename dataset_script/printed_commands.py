"""Overrides in commands that are printed to be pasted: each value quoted for Hydra, then all of it for the shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeAlias

from collector.flags import quoted

Value: TypeAlias = str | Path | float | bool | Iterable[str] | None

_PLAIN: Final = re.compile(r"(?!(?:null|true|false|nan|inf)$)[./]*[a-z_][\w./-]*", re.ASCII | re.IGNORECASE)
"""Texts that Hydra reads as they stand, and as texts."""


def override(key: str, value: Value) -> str:
    """KEY=VALUE as one word of a shell, which Hydra reads back as that very value."""
    return shlex.quote(f"{key}={_in_hydra(value)}")


def _in_hydra(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str | Path):
        text = str(value)
        return text if _PLAIN.fullmatch(text) else quoted(text)
    return f"[{','.join(map(_in_hydra, value))}]"

"""Keys and addresses of providers: read from the environment, checked, and kept out of every message."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from collector.errors import ConfigError

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]*")


def key_names(key_variable: str | None, fallbacks: Sequence[str] = ()) -> tuple[str, ...]:
    """Environment variables, any of which may hold the key, in order; ConfigError if one can't be a variable's name."""
    if key_variable is None:
        return tuple(fallbacks)
    if not _VARIABLE.fullmatch(key_variable):  # it may be the key itself: don't repeat it
        raise ConfigError(
            "agent.key_variable: give the name of an environment variable such as OPENAI_API_KEY, never the key itself"
        )
    return tuple(dict.fromkeys((key_variable, *fallbacks)))


def read_key(names: Sequence[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """The key; None where no variable is named; ConfigError where those that are named are empty."""
    if not names:
        return None
    for name in names:
        if key := environment.get(name, "").strip():
            if not key.isascii() or not key.isprintable():
                raise ConfigError(f"{name}: holds letters that no key has; set it again")
            return key
    raise ConfigError(f"no key: set {' or '.join(names)} in the environment")


def checked_address(base_url: str) -> str:
    """The address without a slash at its end; ConfigError if it is no http address, or has a user or a key in it."""
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigError("agent.base_url: give an address such as http://127.0.0.1:8000/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            "agent.base_url: leave out user, password and everything from ? on: addresses are recorded; a key comes "
            "from the environment variable that agent.key_variable names"
        )
    return base_url.rstrip("/")


def without_key(text: str, key: str | None) -> str:
    """The text with the key taken out."""
    return text.replace(key, "[key]") if key else text

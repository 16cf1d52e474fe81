"""Addresses of servers: they are recorded, and stand in messages, so nothing secret may be in them."""

from __future__ import annotations

from urllib.parse import urlsplit

from collector.errors import ConfigError


def require_plain_address(address: str, key: str) -> None:
    """ConfigError, which does not repeat the address, if a user name or a password is in it."""
    try:
        has_user = "@" in urlsplit(address).netloc
    except ValueError:
        has_user = "@" in address
    if has_user:
        raise ConfigError(f"{key} has a user name or a password in it, which would be recorded; give it without")

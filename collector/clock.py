"""The time as it is recorded."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Now in UTC as ISO 8601 with milliseconds and a Z: 2026-11-22T09:15:56.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(timestamp: str) -> float:
    """A recorded time in seconds since 1970."""
    return datetime.fromisoformat(timestamp).timestamp()

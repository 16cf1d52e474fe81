"""Whether the settings of calls can be, and what the limits are counted for."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import ConfigError

CACHE_MODES: Final = ("off", "read", "replay")


def provider_name(settings: AgentSettings) -> str:
    """What limits are counted for: the kind of agent, the server's host, the model. No user, path or key of an URL."""
    address = urlsplit(settings.base_url or "")
    host = f" {address.hostname}:{address.port}" if address.hostname else ""
    return f"{settings.kind}{host} {settings.model}"


def check_settings(settings: AgentSettings, shared: SharedCalling) -> None:
    """ConfigError names the setting that can't be."""
    if settings.cache not in CACHE_MODES:
        raise ConfigError(f"agent.cache={settings.cache!r}: there are {', '.join(CACHE_MODES)}")
    if settings.cache != "off" and shared.store is None:
        raise ConfigError(f"agent.cache={settings.cache} needs a response store; name its folder with store=DIR")
    if settings.retries < 0:
        raise ConfigError(f"agent.retries={settings.retries}: give a whole number from 0")
    for part, source, names in (
        ("agent", settings, ("requests_per_minute", "tokens_per_minute", "requests_per_day")),
        ("spending", shared, ("max_calls", "max_tokens", "max_cost_usd")),
    ):
        for name in names:
            value = getattr(source, name)
            if value is not None and value <= 0:
                raise ConfigError(f"{part}.{name}={value}: give a number above 0, or null for no limit")

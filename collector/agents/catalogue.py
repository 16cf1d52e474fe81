"""The agents there are. Adding one is a file here, a line below and a YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from collector.agents.protocol import Agent
from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import ConfigError


def _scripted(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.scripted import ScriptedAgent

    return ScriptedAgent()


def _random(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.random_buttons import RandomAgent

    return RandomAgent()


def _human(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.human import HumanAgent

    return HumanAgent()


AGENTS: Final[Mapping[str, Callable[[AgentSettings, SharedCalling], Agent]]] = {
    "scripted": _scripted,
    "random": _random,
    "human": _human,
}
"""Each kind and how to make one."""

AGENT_KEYS: Final[Mapping[str, tuple[str, ...]]] = {}
"""Environment variables, any of which holds the key a kind needs; a kind that needs none is not listed."""


def make_agent(settings: AgentSettings, shared: SharedCalling | None = None) -> Agent:
    """An agent for one session; `shared` is what it shares with the others of a runs directory when it asks a model."""
    if settings.kind not in AGENTS:
        raise ConfigError(f"agent.kind={settings.kind!r}: there are {', '.join(AGENTS)}")
    return AGENTS[settings.kind](settings, shared or SharedCalling())

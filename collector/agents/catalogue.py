"""The agents there are. Adding one is a file here, a line below and a YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from collector.agents.keys import key_names, read_key
from collector.agents.model_client import ModelClient
from collector.agents.protocol import Agent
from collector.agents.settings import AgentSettings, SharedCalling
from collector.errors import ConfigError


def _scripted(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.scripted import ScriptedAgent

    return ScriptedAgent()


def _noisy(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.noisy import NoisyAgent

    return NoisyAgent(settings.mistake_rate)


def _random(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.random_buttons import RandomAgent

    return RandomAgent(settings.choice)


def _human(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.human import HumanAgent

    return HumanAgent()


def _model(settings: AgentSettings, shared: SharedCalling, client: ModelClient) -> Agent:
    from collector.agents.calling import Caller
    from collector.agents.model import ModelAgent

    return ModelAgent(settings, Caller(client, settings, shared))


def _key(settings: AgentSettings) -> str | None:
    """The key; none is needed where nothing will be asked."""
    return None if settings.cache == "replay" else read_key(key_variables(settings))


def _openai(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.openai_chat import OpenAIChatClient

    return _model(settings, shared, OpenAIChatClient(settings, _key(settings)))


def _gemini(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.gemini import GeminiClient

    return _model(settings, shared, GeminiClient(settings, _key(settings)))


def _google_genai(settings: AgentSettings, shared: SharedCalling) -> Agent:
    from collector.agents.google_genai import GoogleGenAIClient

    return _model(settings, shared, GoogleGenAIClient(settings, _key(settings)))


AGENTS: Final[Mapping[str, Callable[[AgentSettings, SharedCalling], Agent]]] = {
    "scripted": _scripted,
    "noisy": _noisy,
    "random": _random,
    "human": _human,
    "openai": _openai,
    "gemini": _gemini,
    "google_genai": _google_genai,
}
"""Each kind and how to make one."""

WITHOUT_MODEL: Final = frozenset({"scripted", "noisy", "random", "human"})
"""Kinds that ask no model."""

_GOOGLE_KEYS: Final = ("GEMINI_API_KEY", "GOOGLE_API_KEY")

AGENT_KEYS: Final[Mapping[str, tuple[str, ...]]] = {"gemini": _GOOGLE_KEYS, "google_genai": _GOOGLE_KEYS}
"""Environment variables, any of which holds the key a kind needs unless agent.key_variable names another."""


def key_variables(settings: AgentSettings) -> tuple[str, ...]:
    """Environment variables, any of which holds the key the agent needs; empty if it needs none."""
    usual = AGENT_KEYS.get(settings.kind, ())
    return usual if settings.key_variable in (None, *usual) else key_names(settings.key_variable)


def make_agent(settings: AgentSettings, shared: SharedCalling | None = None) -> Agent:
    """An agent for one session; `shared` is what it shares with the others of a runs directory when it asks a model."""
    if settings.kind not in AGENTS:
        raise ConfigError(f"agent.kind={settings.kind!r}: there are {', '.join(AGENTS)}")
    return AGENTS[settings.kind](settings, shared or SharedCalling())

"""The stand-in of each kind of model agent, and the settings with which the agent asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from collector.agents.settings import AgentSettings
from tests.fakes.gemini_server import GeminiServer
from tests.fakes.model_server import KEY, Asked, ModelServer, reply_text
from tests.fakes.openai_server import OpenAIServer

PROVIDERS: Final = {"openai": OpenAIServer, "gemini": GeminiServer, "google_genai": GeminiServer}
"""Kinds of agents that ask a model."""

KEY_VARIABLE: Final = "LOOPBACK_KEY"


def menu_player(number: int, asked: Asked) -> str:
    """Opens and closes the menu by turns."""
    return reply_text("press_start" if number % 2 == 0 else "press_b")


@contextmanager
def provider(kind: str, text_for: Callable[[int, Asked], str] = menu_player) -> Iterator[ModelServer]:
    """A running stand-in, its key in the environment."""
    with pytest.MonkeyPatch.context() as patch, PROVIDERS[kind](text_for) as server:
        patch.setenv(KEY_VARIABLE, KEY)
        yield server


def settings_for(kind: str, server: ModelServer, **changes: Any) -> AgentSettings:
    """Settings that ask the stand-in."""
    settings: dict[str, Any] = {
        "kind": kind,
        "model": "loopback-1",
        "base_url": server.base_url,
        "key_variable": KEY_VARIABLE,
        "timeout_s": 5.0,
    }
    return AgentSettings(**settings | changes)

"""Every agent of the catalogue plays a session on the cartridge and keeps the rules of a Reply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from collector.agents.catalogue import AGENTS, make_agent
from collector.agents.human import HumanAgent
from collector.agents.protocol import Agent
from collector.agents.settings import AgentSettings
from collector.budget import BudgetRules
from collector.console import Console
from collector.emulators.pyboy import PyBoyEmulator
from collector.errors import ConfigError
from collector.features import row_of
from collector.games.protocol import Game
from collector.games.thistledown import Thistledown
from collector.prompts import PromptFacts, parse_reply, render_reply
from collector.records import ACTIONS, Reply, State, Step, Task, Turn
from collector.rollout import Assignment, Rollout
from collector.roms.thistledown import ROM_PATH
from collector.tasks import load_task, task_from_config
from tests.fakes.providers import PROVIDERS, provider, settings_for
from tests.fakes.typed_screen import TypedScreen


class Listener:
    """An agent's answers, overheard."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self.turns: list[Turn] = []
        self.replies: list[Reply] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._agent, name)

    def begin(self, task: Task, game: Game, first: State, seed: int) -> None:
        self._agent.begin(task, game, first, seed)

    def act(self, turn: Turn) -> Reply:
        reply: Reply = self._agent.act(turn)
        self.turns.append(turn)
        self.replies.append(reply)
        return reply


@dataclass
class Kept:
    """A recorder in memory."""

    session_id: str = "20260102_030405_contract"
    steps: list[Step] = field(default_factory=list)

    def record(self, step: Step) -> None:
        self.steps.append(step)

    def notify(self, event: str, **facts: Any) -> None:
        assert event in ("soft_limit", "expectation_missed", "price_unknown")


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    emulator = PyBoyEmulator(ROM_PATH)
    yield Console(emulator, Thistledown())
    emulator.close()


@contextmanager
def a_player(kind: str) -> Iterator[Agent]:
    """An agent of the kind, ready to play here: the person's terminal and the models' providers are stand-ins."""
    if kind == "human":
        yield HumanAgent(lambda: TypedScreen(["enter", "t", "the bag is above", "down", "a", "b"]))
    elif kind in PROVIDERS:
        with provider(kind) as server:
            yield make_agent(settings_for(kind, server))
    else:
        yield make_agent(AgentSettings(kind=kind))


def play(console: Console, kind: str, seed: int = 7) -> tuple[Listener, Kept]:
    task = task_from_config(load_task("check_healing_items"))
    with a_player(kind) as player:
        agent, kept = Listener(player), Kept()
        assignment = Assignment(task=task, start=task.starts[1], budget=BudgetRules(max_steps=8), seed=seed)
        rollout = Rollout(assignment, console, agent)
        rollout.run(rollout.prepare(), kept)
        agent.close()
    return agent, kept


@pytest.mark.parametrize("kind", AGENTS)
def test_replies_press_known_buttons_or_say_why_not(console: Console, kind: str) -> None:
    agent, kept = play(console, kind)
    assert kept.steps
    for reply in agent.replies:
        assert set(reply.actions) <= set(ACTIONS)
        assert bool(reply.actions) != (reply.error is not None)


@pytest.mark.parametrize("kind", AGENTS)
def test_replies_survive_being_written_and_read(console: Console, kind: str) -> None:
    for reply in play(console, kind)[0].replies:
        read = parse_reply(render_reply(reply))
        for name in ("actions", "analysis", "reasoning", "expected_outcome", "done", "report", "error"):
            assert getattr(read, name) == getattr(reply, name)


@pytest.mark.parametrize("kind", AGENTS)
def test_every_step_is_signed(console: Console, kind: str) -> None:
    agent, kept = play(console, kind)
    for step in kept.steps:
        assert step.agent == kind
        assert step.policy == agent.policy
        assert step.model_used
        assert step.label_terms


@pytest.mark.parametrize("kind", AGENTS)
def test_a_recorded_step_gives_the_prompt_of_its_turn(console: Console, kind: str) -> None:
    agent, kept = play(console, kind)
    rows = [row_of(step) for step in kept.steps if step.reply_index == 0]
    assert [PromptFacts.of_row(row) for row in rows] == [PromptFacts.of_turn(turn) for turn in agent.turns]
    assert rows


@pytest.mark.parametrize("kind", ["scripted", "noisy", "random"])
def test_agents_without_a_model_repeat_themselves(console: Console, kind: str) -> None:
    first, second = play(console, kind)[0], play(console, kind)[0]
    assert first.replies == second.replies


def test_random_presses_follow_the_seed(console: Console) -> None:
    first, second = play(console, "random", seed=1)[0], play(console, "random", seed=2)[0]
    assert first.replies != second.replies


def test_an_unknown_agent_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="scripted, noisy, random"):
        make_agent(AgentSettings(kind="oracle"))

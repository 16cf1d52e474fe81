"""An agent whose first press is given: that press alone, under a policy that does not claim it."""

from __future__ import annotations

from typing import Any

import pytest

from collector.agents.given_first import GivenFirst
from collector.agents.random_buttons import RandomAgent
from collector.agents.scripted import ScriptedAgent
from collector.games.thistledown import Thistledown
from collector.tasks import load_task, task_from_config
from tests.thistledown import state
from tests.turns import a_turn

TASK = task_from_config(load_task("check_party"))


@pytest.mark.parametrize(("kind", "policy"), [(ScriptedAgent, "noisy"), (RandomAgent, "random")])
def test_only_the_first_press_is_given(kind: Any, policy: str) -> None:
    agent, alone = GivenFirst(kind(), "press_select"), kind()
    for player in (agent, alone):
        player.begin(TASK, Thistledown(), state(), seed=4)
    first = agent.act(a_turn(TASK, state(), ()))
    assert (first.actions, first.analysis, first.expected_outcome) == (("press_select",), "", "")
    assert "is given" in first.reasoning
    then = agent.act(a_turn(TASK, state(), ("press_select",)))
    assert then == alone.act(a_turn(TASK, state(), ()))
    assert (agent.policy, agent.name, agent.label_terms) == (policy, alone.name, alone.label_terms)

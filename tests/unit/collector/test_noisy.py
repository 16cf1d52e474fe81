"""The noisy expert on the real cartridge: how often it slips, what it says of it, and that it finds back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.agents.noisy import NoisyAgent
from collector.agents.settings import AgentSettings
from collector.errors import ConfigError
from collector.games.predicate_parser import parse_predicate
from collector.games.thistledown import Thistledown
from collector.recording import record_session
from collector.records import BUTTONS, Session
from collector.shards import read_rows
from collector.tasks import load_task, task_from_config
from tests.playing import a_job
from tests.thistledown import state
from tests.turns import a_turn

COLUMNS = ["action", "policy", "agent", "analysis", "reasoning", "expected_outcome", "done", "state"]


def play(runs: Path, task_id: str, rate: float, **changes: Any) -> tuple[Session, list[dict[str, Any]]]:
    agent = AgentSettings(kind="noisy", mistake_rate=rate)
    directory, session = record_session(a_job(runs, task_id, agent=agent, **changes))
    return session, list(read_rows(directory.shard, COLUMNS))


def is_slip(row: dict[str, Any]) -> bool:
    return "by chance" in row["reasoning"]


def test_without_slips_it_is_the_expert(tmp_path: Path) -> None:
    session, rows = play(tmp_path, "heal_party", 0.0)
    _, expert = record_session(a_job(tmp_path, "heal_party"))
    assert (session.task_completed, session.total_steps) == (True, expert.optimal_steps)
    assert not any(is_slip(row) for row in rows)
    assert {(row["policy"], row["agent"]) for row in rows} == {("noisy", "noisy")}


def test_it_slips_as_often_as_it_is_told_and_finds_back(tmp_path: Path) -> None:
    played = [play(tmp_path, "heal_party", 0.25, seed=seed, max_steps=80) for seed in range(5)]
    rows = [row for _, rows in played for row in rows]
    slips = [row for row in rows if is_slip(row)]
    assert 0.15 < len(slips) / len(rows) < 0.35
    assert all(session.task_completed for session, _ in played)
    assert sum(session.total_steps - (session.optimal_steps or 0) for session, _ in played) > len(slips) / 2


def test_a_slip_never_claims_the_plan(tmp_path: Path) -> None:
    session, rows = play(tmp_path, "count_honey_jars", 1.0, max_steps=12)
    assert session.task_completed is False
    assert all(is_slip(row) and row["analysis"] and not row["expected_outcome"] and not row["done"] for row in rows)
    for row in rows:
        assert f": {row['action'].removeprefix('press_').upper()} is pressed" in row["reasoning"]
        assert row["action"] in BUTTONS[:8]


def test_another_button_is_pressed_than_the_experts(tmp_path: Path) -> None:
    _, expert = play(tmp_path, "reach_pond", 0.0)
    _, slipping = play(tmp_path, "reach_pond", 1.0, max_steps=1)
    assert slipping[0]["state"] == expert[0]["state"]
    assert slipping[0]["action"] != expert[0]["action"]


def test_slips_follow_the_seed(tmp_path: Path) -> None:
    first, same, other = (
        [row["action"] for row in play(tmp_path, "read_sign", 0.5, seed=seed)[1]] for seed in (1, 1, 2)
    )
    assert first == same != other


def test_where_nothing_leads_to_the_goal_any_more_it_plays_on_by_chance() -> None:
    no_menu = {"not": {"ever": {"field": "screen", "op": "eq", "value": "start_menu"}}}
    success = {"all": [no_menu, {"field": "sign_read", "op": "eq", "value": True}]}
    task = replace(task_from_config(load_task("read_sign")), success=parse_predicate(success))
    agent = NoisyAgent(0.0)
    agent.begin(task, Thistledown(), state(), seed=3)
    before = agent.act(a_turn(task, state(), ()))
    assert not is_slip({"reasoning": before.reasoning})
    opened = state(screen="start_menu")
    replies = [agent.act(a_turn(task, opened, ("press_start",) * count)) for count in range(1, 9)]
    assert all(reply.reasoning.startswith("No way to the goal is known from here: ") for reply in replies)
    assert len({reply.actions for reply in replies}) > 2


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_chance_is_between_0_and_1(rate: float) -> None:
    with pytest.raises(ConfigError, match=r"mistake_rate.*from 0 to 1"):
        NoisyAgent(rate)

"""Budgets as a session meets them: extended near the goal, following the optimum, ended by time."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from collector.agents.settings import AgentSettings
from collector.budget import BudgetRules
from collector.recording import record_session
from collector.records import Session
from tests.playing import a_job


def played(runs: Path, task_id: str, rules: BudgetRules, agent: str = "scripted") -> tuple[Session, list[Any]]:
    job = a_job(runs, task_id, agent=AgentSettings(kind=agent))
    directory, session = record_session(replace(job, assignment=replace(job.assignment, budget=rules)))
    lines = directory.events.read_text().splitlines() if directory.events.exists() else []
    return session, [json.loads(line) for line in lines]


def test_an_extension_near_the_goal_is_told_and_lets_the_session_reach_it(tmp_path: Path) -> None:
    session, events = played(tmp_path, "agree_with_otto", BudgetRules(max_steps=4, extension_steps=30))
    assert (session.status, session.max_steps) == ("completed", 34)
    [granted] = [event for event in events if event["event"] == "budget_extended"]
    assert (granted["step"], granted["max_steps"], granted["reason"]) == (4, 34, "50% of the goal is reached")


def test_far_from_the_goal_nothing_is_granted(tmp_path: Path) -> None:
    session, events = played(tmp_path, "reach_pond", BudgetRules(max_steps=2, extension_steps=30))
    assert (session.status, session.total_steps, session.max_steps) == ("truncated", 2, 2)
    assert not [event for event in events if event["event"] == "budget_extended"]


def test_an_adaptive_limit_is_twice_the_fewest_steps(tmp_path: Path) -> None:
    session, _ = played(tmp_path, "heal_party", BudgetRules(max_steps=60, adaptive=2.0), agent="random")
    assert session.optimal_steps is not None
    assert session.total_steps == session.max_steps == 2 * session.optimal_steps


def test_time_that_is_spent_truncates_the_session_and_is_told(tmp_path: Path) -> None:
    session, events = played(tmp_path, "heal_party", BudgetRules(max_steps=10_000, max_seconds=0.2), agent="random")
    assert session.status == "truncated"
    assert session.total_steps < session.max_steps
    assert [event["event"] for event in events] == ["budget_spent"]

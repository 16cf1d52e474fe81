"""What a task requires of the first state is checked before anything is recorded, and the error says what was seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collector.agents.settings import AgentSettings
from collector.config import StartConfig
from collector.errors import EeveeError, TaskError
from collector.preconditions import begin_task
from collector.recording import record_session
from collector.records import Start, Task
from collector.tasks import start_from_config, task_from_config, task_from_mapping
from tests.playing import a_job

RAW: dict[str, Any] = {
    "task_id": "buy_ball",
    "instruction": "Buy a ball",
    "goal": "There is one more ball",
    "task_type": "item",
    "max_steps": 9,
    "success": {"field": "balls", "op": "increased"},
    "requires": {"all": [{"field": "money", "op": "ge", "value": 200}, {"field": "map", "op": "eq", "value": "shop"}]},
    "starts": [{"state": "in_shop"}],
}
START = Start(start_id="in_shop", state="in_shop")


def a_task(**changes: Any) -> Task:
    return task_from_config(task_from_mapping(RAW | changes, "buy_ball.yaml"))


def test_a_task_begins_where_its_precondition_holds() -> None:
    assert begin_task(a_task(), START, {"money": 200, "map": "shop", "balls": 0})


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ({"money": 199, "map": "shop", "balls": 0}, "where money=199, map='shop'"),
        ({"money": 500, "map": "town", "balls": 0}, "where money=500, map='town'"),
        ({"money": 500, "balls": 0}, "no field 'map'; it has balls, money"),
        ({}, "there is no reader for this game"),
    ],
)
def test_elsewhere_the_error_says_what_was_seen(first: dict[str, Any], said: str) -> None:
    with pytest.raises(TaskError, match="task buy_ball can't begin at start in_shop: ") as caught:
        begin_task(a_task(), START, first)
    assert said in str(caught.value)


def test_a_task_that_is_done_at_its_start_is_refused() -> None:
    done = a_task(success={"field": "map", "op": "eq", "value": "shop"})
    with pytest.raises(TaskError, match="can't begin at start in_shop: it is already done there"):
        begin_task(done, START, {"money": 200, "map": "shop", "balls": 0})


def test_a_task_without_predicates_begins_anywhere() -> None:
    assert begin_task(a_task(success=None, requires=None), START, {}) == ()


def test_a_session_whose_precondition_fails_leaves_nothing(tmp_path: Path) -> None:
    task = a_task(requires={"field": "screen", "op": "eq", "value": "bag"}, success=None)
    with pytest.raises(TaskError, match="what it requires does not hold there, where screen='field'"):
        record_session(a_job(tmp_path / "runs", task=task, agent=AgentSettings(kind="random")))
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requires": {"field": "money", "op": "most"}}, r"buy_ball\.yaml: task buy_ball: requires: .*op 'most'"),
        ({"requires": 7}, r"buy_ball\.yaml: task buy_ball: requires: expected a mapping"),
        ({"starts": [{"state": "a", "world_seed": 3}]}, "leave world_seed out"),
        ({"starts": [{"state": "a"}, {"state": "a"}]}, "two starts have the same start_id"),
    ],
)
def test_what_cant_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(EeveeError, match=said):
        a_task(**changes)


@pytest.mark.parametrize(
    ("config", "start_id"),
    [
        (StartConfig(state="gym"), "gym"),
        (StartConfig(state="gym", presses=["press_a"]), "gym-1-presses"),
        (StartConfig(state="gym", start_id="front"), "front"),
    ],
)
def test_a_start_is_named_after_its_state(config: StartConfig, start_id: str) -> None:
    start = start_from_config(config)
    assert (start.start_id, start.state, start.presses) == (start_id, "gym", tuple(config.presses))

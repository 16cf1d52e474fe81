"""The planner against exhaustive search, and the agents that play by it, on the cartridge's rules alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.agents.planner import optimal_steps, reported_fields, shortest_plan
from collector.agents.random_buttons import RandomAgent
from collector.agents.scripted import ScriptedAgent
from collector.errors import InputError
from collector.games.picture_only import PictureOnly
from collector.games.predicate_parser import parse_predicate
from collector.games.predicates import Predicate
from collector.games.thistledown import Thistledown
from collector.records import BUTTONS, WAIT, Start, State, Task, TaskType
from collector.tasks import known_task_ids, load_task, task_from_config
from tests.thistledown import state
from tests.turns import a_turn

GAME = Thistledown()
MODEL = GAME.model
GAME_BOY = BUTTONS[:8]


def eq(field: str, value: object) -> dict[str, Any]:
    return {"field": field, "op": "eq", "value": value}


def a_task(success: object, **changes: Any) -> Task:
    fields: dict[str, Any] = {
        "task_id": "made_up",
        "instruction": "do it",
        "goal": "it is done",
        "task_type": TaskType.free,
        "max_steps": 60,
        "starts": (Start(start_id="w0427", world_seed=427),),
        "success": None if success is None else parse_predicate(success),
    }
    return Task(**(fields | changes))


def fewest_presses(predicate: Predicate, first: State, deepest: int) -> int | None:
    """Presses to the goal by trying every button everywhere, with nothing left out."""
    layer = [(first, predicate.begin(first))]
    seen = {(tuple(first.values()), layer[0][1])}
    for depth in range(deepest + 1):
        if any(predicate.holds(track, None) for _, track in layer):
            return depth
        after = []
        for now, track in layer:
            for button in GAME_BOY:
                found = MODEL.next_state(now, button)
                node = (found, predicate.follow(track, found))
                key = (tuple(found.values()), node[1])
                if key not in seen:
                    seen.add(key)
                    after.append(node)
        layer = after
    return None


def planned(success: object, first: State) -> int | None:
    predicate = parse_predicate(success)
    plan = shortest_plan(MODEL, predicate, first, predicate.begin(first))
    return None if plan is None else len(plan)


@pytest.mark.parametrize(
    "success",
    [
        eq("screen", "party"),
        eq("options.text_speed", "fast"),
        {"field": "save_count", "op": "increased"},
        {"field": "items.sap_drop", "op": "decreased"},
        eq("dialogue", "no_effect"),
        {"then": [eq("screen", "start_menu"), eq("screen", "field"), eq("x", 9)]},
        {"all": [eq("place", "pond_shore"), eq("screen", "start_menu")]},
        {"then": [eq("place", "pond_shore"), {"not": eq("place", "pond_shore")}, eq("screen", "bag")]},
        {"all": [eq("talked.nell", True), eq("screen", "party")]},
        {"all": [{"ever": eq("pocket", "keepsakes")}, eq("facing", "up"), eq("screen", "field")]},
        {"any": [eq("sign_read", True), eq("people.nell.facing", "right")]},
    ],
)
def test_plans_are_as_short_as_any(success: dict[str, Any]) -> None:
    first = state(x=9, y=4)
    assert planned(success, first) == fewest_presses(parse_predicate(success), first, 8)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(GAME_BOY), min_size=1, max_size=5),
    st.lists(
        st.sampled_from(["screen", "x", "y", "facing", "cursor", "dialogue", "talked.nell", "pocket"]),
        min_size=1,
        max_size=3,
    ),
)
def test_what_a_few_presses_reach_is_planned_by_the_fewest(buttons: Sequence[str], fields: list[str]) -> None:
    first = now = state(x=9, y=5, facing="up")
    for button in buttons:
        now = dict(MODEL.next_state(now, button))
    wanted = [eq(name, now[name]) for name in fields if now[name] is not None]
    success = {"all": [*wanted, {"not": eq("y", 0)}]}
    assert planned(success, first) == fewest_presses(parse_predicate(success), first, 5)


def test_a_goal_that_holds_takes_no_press() -> None:
    assert planned(eq("screen", "field"), state()) == 0


def test_a_goal_that_cannot_be_reached_has_no_plan() -> None:
    assert planned(eq("x", 99), state()) is None
    assert planned(eq("party.1.level", 50), state()) is None


def test_a_report_takes_one_more_step() -> None:
    seen = a_task(eq("screen", "bag"))
    told = a_task({"all": [eq("screen", "bag"), {"reports": {"items.sap_drop": ["Sap Drop", "Sap Drops"]}}]})
    assert optimal_steps(MODEL, state(), seen) == 3
    assert optimal_steps(MODEL, state(), told) == 4
    assert optimal_steps(MODEL, state(), a_task(None)) is None
    assert optimal_steps(MODEL, state(), a_task(eq("x", 99))) is None


def test_reported_fields_are_found_at_any_depth() -> None:
    tree = {
        "all": [{"any": [{"reports": {"a": [], "b": []}}, eq("c", 1)]}, {"then": [{"reports": {"b": [], "d": []}}]}]
    }
    assert reported_fields(parse_predicate(tree)) == ("a", "b", "d")
    assert reported_fields(parse_predicate({"not": eq("c", 1)})) == ()


def play(task: Task, now: State, slips: dict[int, str] | None = None) -> tuple[bool, int]:
    """Let the expert play in the rules, pressing another button at the steps of `slips`: the verdict, and the steps."""
    agent = ScriptedAgent()
    agent.begin(task, GAME, now, seed=0)
    assert task.success is not None
    track, actions = task.success.begin(now), ()
    while len(actions) < task.max_steps:
        reply = agent.act(a_turn(task, now, actions))
        assert reply.analysis and reply.reasoning and reply.expected_outcome
        button = (slips or {}).get(len(actions), reply.actions[0])
        now = MODEL.next_state(now, button)
        if button == reply.actions[0]:
            assert reply.expected_state == now
        actions = (*actions, button)
        track = task.success.follow(track, now)
        if task.success.holds(track, reply.report) or reply.done:
            break
    return task.success.holds(track, reply.report), len(actions)


@pytest.mark.parametrize("task_id", known_task_ids())
def test_every_task_is_solved_in_the_fewest_steps(task_id: str) -> None:
    task = task_from_config(load_task(task_id))
    assert play(task, state()) == (True, optimal_steps(MODEL, state(), task))


@pytest.mark.parametrize("seed", range(10))
def test_the_expert_recovers_from_slips(seed: int) -> None:
    slips = random.Random(seed)
    task = task_from_config(load_task("heal_and_save"))
    solved, steps = play(task, state(), {step: slips.choice(GAME_BOY) for step in (0, 3, 7, 12, 18)})
    assert solved
    assert steps < task.max_steps


@pytest.mark.parametrize(
    ("task", "game", "said"),
    [
        (a_task(None), GAME, "no success predicate"),
        (a_task(eq("screen", "bag")), PictureOnly("POCKET"), "no rules"),
        (a_task(eq("x", 99)), GAME, "no presses that solve"),
    ],
)
def test_what_cannot_be_planned_is_refused_before_it_begins(task: Task, game: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ScriptedAgent().begin(task, game, state(), seed=0)


def test_the_refusal_names_agents_that_play_free_text() -> None:
    with pytest.raises(InputError, match="agent=random"):
        ScriptedAgent().begin(a_task(None), GAME, state(), seed=0)


def test_random_presses_follow_the_seed() -> None:
    turn = a_turn(a_task(None), state(), ())

    def presses(seed: int) -> list[str]:
        agent = RandomAgent()
        agent.begin(a_task(None), GAME, state(), seed)
        return [agent.act(turn).actions[0] for _ in range(200)]

    assert presses(1) == presses(1)
    assert presses(1) != presses(2)
    assert set(presses(1)) == set(GAME_BOY)
    assert WAIT not in presses(1)

"""The rules in Python and the cartridge in PyBoy play side by side: every field is the same after every press."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from collector.agents.planner import shortest_plan
from collector.console import Console
from collector.emulators.pyboy import PyBoyEmulator
from collector.games.predicate_parser import parse_predicate
from collector.games.thistledown import Thistledown
from collector.records import BUTTONS, Start, State
from collector.roms.thistledown import ROM_PATH
from collector.tasks import known_task_ids, load_task, task_from_config

PRESSES = 150
GAME_BOY = BUTTONS[:8]
EVEN = (1,) * len(GAME_BOY)
TALKS = (5, 1, 2, 2, 2, 2, 2, 0.3)
"""Weights of a player who opens, talks and confirms: in the order of GAME_BOY."""

GAME = Thistledown()


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    emulator = PyBoyEmulator(ROM_PATH)
    yield Console(emulator, GAME)
    emulator.close()


def press_and_compare(console: Console, now: State, button: str) -> State:
    """The state after the press; fails where the rules foresaw another."""
    foreseen = GAME.model.next_state(now, button)
    console.press(button)
    seen = console.observe().state
    differing = {name: (foreseen.get(name), seen[name]) for name in seen if foreseen.get(name) != seen[name]}
    assert not differing, f"{button} on {now['screen']} in world {now['world_seed']}: (foreseen, seen) {differing}"
    assert foreseen.keys() == seen.keys()
    return seen


@pytest.mark.parametrize("worlds", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_random_presses_lead_where_the_rules_say(console: Console, worlds: int) -> None:
    met: Counter[object] = Counter()
    for number in range(worlds):
        choose = random.Random(number)
        world = choose.randrange(10_000)
        now = console.begin(Start(start_id="x", world_seed=world)).state
        assert (now["world_seed"], now["screen"]) == (world, "field")
        for button in choose.choices(GAME_BOY, EVEN if number % 2 else TALKS, k=PRESSES):
            now = press_and_compare(console, now, button)
            met[now["dialogue"] or now["screen"]] += 1
    screens = {
        "field",
        "start_menu",
        "party",
        "bag",
        "item_menu",
        "item_target",
        "options",
        "item_used",
        "save",
        "saved",
    }
    assert screens <= met.keys(), "the presses have to reach every menu to prove anything"


@pytest.mark.parametrize("world", [1207, *(pytest.param(world, marks=pytest.mark.slow) for world in (0, 9999))])
def test_plans_hold_on_the_cartridge(console: Console, world: int) -> None:
    """Each task's plan, and a few random presses from where it ends: so far places and rare effects are reached."""
    choose = random.Random(world)
    for task_id in known_task_ids():
        success = task_from_config(load_task(task_id)).success
        assert success is not None
        now = console.begin(Start(start_id="x", world_seed=world)).state
        track = success.begin(now)
        plan = shortest_plan(GAME.model, success, now, track)
        assert plan is not None, f"{task_id} has no solution in world {world}"
        for move in plan:
            now = press_and_compare(console, now, move.button)
            track = success.follow(track, now)
        assert success.holds(track, GAME.model.report(now, success.fields())), task_id
        for button in choose.choices(GAME_BOY, TALKS, k=20):
            now = press_and_compare(console, now, button)


def test_the_title_turns_its_digits(console: Console) -> None:
    choose = random.Random(7)
    console.begin(Start(start_id="x", world_seed=0))
    console.emulator.reset()
    while not GAME.is_settled(console.emulator.read(GAME.memory_ranges)):
        console.emulator.advance(1)
    now = console.observe().state
    for button in choose.choices([b for b in GAME_BOY if b != "press_start"], k=80):
        now = press_and_compare(console, now, button)


def test_talks_and_both_answers(console: Console) -> None:
    """Everybody is talked to, and what asks is answered both ways."""
    for person in ("nell", "otto", "wren", "mara"):
        for answer in ("press_a", "press_b"):
            success = parse_predicate({"field": f"talked.{person}", "op": "eq", "value": True})
            now = console.begin(Start(start_id="x", world_seed=3388)).state
            plan = shortest_plan(GAME.model, success, now, success.begin(now))
            assert plan is not None
            for button in [*(move.button for move in plan), "press_a", answer, "press_a", "press_left"]:
                now = press_and_compare(console, now, button)

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from collector.agents.human import HumanAgent
from collector.games.picture_only import PictureOnly
from collector.half_blocks import half_blocks, shrink_factor
from collector.records import Observation, Picture, Png, Reply, Task, TaskType, Turn
from tests.fakes.typed_screen import TypedScreen

CELL = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m(▀+)")


def a_picture(width: int, height: int) -> Picture:
    return Picture(width=width, height=height, rgb=bytes(n * 7 % 256 for n in range(width * height * 3)))


def a_turn(**changes: Any) -> Turn:
    picture = changes.pop("picture", a_picture(160, 144))
    observation = Observation(
        picture=picture,
        png=Png(b""),
        frame_hash="f",
        frame=0,
        state={},
        memory_context="a secret of the game's memory",
        memory_hash="",
    )
    task = Task(task_id="t", instruction="Find it", goal="found", task_type=TaskType.free, max_steps=9, starts=())
    turn = Turn(task=task, observation=observation, step=3, step_budget=9, previous_actions=("press_a",))
    return replace(turn, **changes)


def act(keys: list[str | None], **changes: Any) -> tuple[Reply, TypedScreen]:
    screen = TypedScreen(keys)
    agent = HumanAgent(lambda: screen)
    turn = a_turn(**changes)
    agent.begin(turn.task, PictureOnly("x"), {}, 0)
    reply = agent.act(turn)
    agent.close()
    assert screen.is_closed
    return reply, screen


def shown_pixels(lines: list[str]) -> list[list[list[int]]]:
    """The pixels a terminal shows for these lines, row by row."""
    rows: list[list[list[int]]] = []
    for line in lines:
        cells = [
            ([int(value) for value in found[:3]], [int(value) for value in found[3:6]])
            for found in CELL.findall(line)
            for _ in found[6]
        ]
        rows += [[upper for upper, _ in cells], [lower for _, lower in cells]]
    return rows


@pytest.mark.parametrize("height", [1, 2, 7, 144])
def test_every_pixel_is_shown_where_there_is_room(height: int) -> None:
    picture = a_picture(16, height)
    rows = shown_pixels(half_blocks(picture, 1))[:height]
    assert bytes(channel for row in rows for pixel in row for channel in pixel) == picture.rgb


def test_a_small_terminal_shows_averages_of_squares() -> None:
    picture = Picture(width=4, height=2, rgb=bytes([0] * 6 + [200] * 6 + [100] * 6 + [220] * 6))
    assert shown_pixels(half_blocks(picture, 2))[0] == [[50, 50, 50], [210, 210, 210]]


@pytest.mark.parametrize(
    ("columns", "lines", "factor"), [(160, 72, 1), (159, 72, 2), (160, 71, 2), (80, 18, 4), (300, 200, 1), (80, -3, 72)]
)
def test_the_picture_shrinks_by_the_least_whole_number(columns: int, lines: int, factor: int) -> None:
    assert shrink_factor(160, 144, columns, lines) == factor


@pytest.mark.parametrize(
    ("key", "action"),
    [("up", "press_up"), ("x", "press_a"), ("z", "press_b"), ("enter", "press_start"), ("tab", "press_select")],
)
def test_a_key_is_a_press(key: str, action: str) -> None:
    assert act([key])[0] == Reply(actions=(action,))


def test_shoulder_buttons_are_only_there_on_a_wider_console() -> None:
    assert act(["l"], picture=a_picture(240, 160))[0].actions == ("press_l",)
    reply, screen = act(["r", "a"])
    assert reply.actions == ("press_a",)
    assert "A Game Boy has no shoulder buttons." in screen.drawn[1]


def test_a_reason_that_is_given_up_leaves_the_one_before() -> None:
    assert act(["t", "because", "t", None, "a"])[0].reasoning == "because"


def test_a_report_that_is_given_up_goes_on_playing() -> None:
    assert act(["d", None, "a"])[0] == Reply(actions=("press_a",))
    assert act(["d", ""])[0] == Reply(actions=("wait",), done=True)
    assert act(["d", "3 jars"])[0] == Reply(actions=("wait",), done=True, report="3 jars")


def test_undo_needs_a_step_to_take_back() -> None:
    assert act(["u"])[0] == Reply(actions=(), undo=True)
    reply, screen = act(["u", "a"], previous_actions=())
    assert reply == Reply(actions=("press_a",))
    assert "There is no step to take back." in screen.drawn[1]


def test_a_person_sees_what_a_model_is_shown_and_nothing_of_the_games_memory() -> None:
    _, screen = act(["?", "a"], memory_notes="The well is\x1b[2J north.")
    text = "\n".join(screen.drawn[1])
    for expected in ("Find it  (goal: found)", "Step 3 of 9", "Pressed: a", "The well is[2J north.", "does nothing"):
        assert expected in text
    assert "secret" not in text
    assert len(screen.drawn[0]) < 90


def test_stopping_is_an_interrupt() -> None:
    for key in ("q", "ctrl-c", "ctrl-d"):
        with pytest.raises(KeyboardInterrupt):
            act([key])

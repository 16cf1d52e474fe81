"""What the model agent makes of answers: a row, a mended row, a failed row, or the session's end."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.agents.calling import Caller
from collector.agents.model import ModelAgent
from collector.agents.model_client import CallFailure, Completion, ModelCallError, ModelRequest
from collector.agents.settings import AgentSettings
from collector.errors import AgentError, ConfigError
from collector.games.picture_only import PictureOnly
from collector.prompts import REPLY_FIELDS
from collector.records import PREVIOUS_ACTIONS, Observation, Reply, Start, Task, TaskType, Turn
from tests.fakes.model_server import reply_text
from tests.records import a_picture, a_png

GOOD = reply_text("press_a")


class Client:
    """A provider that answers by list, the last answer again and again."""

    def __init__(self, *answers: str | ModelCallError) -> None:
        self.answers = answers
        self.requests: list[ModelRequest] = []

    def complete(self, request: ModelRequest) -> Completion:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        if isinstance(answer, ModelCallError):
            raise answer
        return Completion(text=answer, finish_reason="stop", input_tokens=100, output_tokens=10)

    def close(self) -> None:
        pass


def an_agent(*answers: str | ModelCallError, seed: int = 0, **settings: Any) -> tuple[ModelAgent, Client]:
    told = AgentSettings(**{"kind": "openai", "model": "m", "retries": 0, **settings})
    client = Client(*answers)
    agent = ModelAgent(told, Caller(client, told))
    task = a_turn().task
    agent.begin(task, PictureOnly("t"), {}, seed)
    return agent, client


def a_turn(step: int = 1, **changes: Any) -> Turn:
    task = Task(
        task_id="t",
        instruction="check the bag",
        goal="the bag is open",
        task_type=TaskType.menu,
        max_steps=9,
        starts=(Start(start_id="s"),),
    )
    observation = Observation(
        picture=a_picture(1),
        png=a_png(1),
        frame_hash="f",
        frame=0,
        state={},
        memory_context="On the map.",
        memory_hash="m",
    )
    turn: dict[str, Any] = {
        "task": task,
        "observation": observation,
        "step": step,
        "step_budget": 9,
        "previous_actions": (),
    }
    return Turn(**turn | changes)


def kinds(reply: Reply) -> list[str]:
    return [event.kind for event in reply.events if event.kind != "price_unknown"]


def test_an_answer_becomes_a_reply_with_its_usage() -> None:
    agent, client = an_agent(GOOD)
    reply = agent.act(a_turn())
    assert (reply.actions, reply.error, reply.raw_response) == (("press_a",), None, GOOD)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (100, 10)
    assert reply.usage.latency_ms is not None
    assert len(client.requests) == 1
    assert kinds(reply) == []


@pytest.mark.parametrize("bad", ["no idea", reply_text("jump"), reply_text([]), reply_text(None), '{"action": 3}'])
def test_an_answer_without_a_button_is_asked_for_once_more(bad: str) -> None:
    agent, client = an_agent(bad, GOOD)
    reply = agent.act(a_turn())
    assert (reply.actions, reply.raw_response) == (("press_a",), GOOD)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (200, 20)
    first, second = client.requests
    assert second.messages[: len(first.messages)] == first.messages
    assert [message["role"] for message in second.messages[len(first.messages) :]] == ["assistant", "user"]
    assert second.messages[-2]["content"][0]["text"] == bad
    assert kinds(reply) == ["invalid_reply", "reply_repaired"]
    assert reply.events[-2].facts["raw_response"] == bad


def test_two_bad_answers_are_a_failed_row_that_names_no_button() -> None:
    agent, client = an_agent("no idea", reply_text("jump"))
    reply = agent.act(a_turn())
    assert reply.actions == ()
    assert reply.error is not None and "jump" in reply.error
    assert reply.raw_response == reply_text("jump")
    assert len(client.requests) == 2


def test_the_session_fails_after_so_many_failed_rows_in_a_row() -> None:
    agent, client = an_agent("no idea", max_invalid=3)
    for step in (1, 2, 3):
        assert agent.act(a_turn(step)).error is not None
    asked = len(client.requests)
    with pytest.raises(AgentError, match="3 replies in a row"):
        agent.act(a_turn(4))
    assert len(client.requests) == asked


def test_a_good_answer_starts_the_count_again() -> None:
    bad = ("no idea", "no idea")
    agent, _ = an_agent(*bad, *bad, GOOD, *bad, *bad, GOOD, max_invalid=3)
    errors = [agent.act(a_turn(step)).error is not None for step in range(1, 7)]
    assert errors == [True, True, False, True, True, False]


def test_more_buttons_than_allowed_are_cut_and_noted() -> None:
    named = ["press_a", "press_b", "press_up"]
    agent, _ = an_agent(reply_text(named, done=True, report="three"), max_actions=2)
    reply = agent.act(a_turn())
    assert (reply.actions, reply.done, reply.report) == (("press_a", "press_b"), False, None)
    assert kinds(reply) == ["actions_cut"]
    assert an_agent(reply_text(named), max_actions=3)[0].act(a_turn()).actions == tuple(named)


def a_screen(width: int, height: int) -> Observation:
    return dataclasses.replace(a_turn().observation, picture=a_picture(width=width, height=height))


@pytest.mark.parametrize("button", ["press_l", "press_r"])
def test_a_button_the_console_lacks_is_asked_for_again(button: str) -> None:
    agent, client = an_agent(reply_text(button), GOOD)
    reply = agent.act(a_turn(observation=a_screen(160, 144)))
    assert (reply.actions, reply.error) == (("press_a",), None)
    assert f"a Game Boy has no {button}" in json.dumps(client.requests[1].messages)
    agent, client = an_agent(reply_text(["press_a", button], done=True, report="three"), max_actions=2)
    reply = agent.act(a_turn(observation=a_screen(160, 144)))
    assert (reply.actions, reply.done, reply.report, reply.error) == ((), False, None, f"a Game Boy has no {button}")


@pytest.mark.parametrize(("width", "has_shoulders"), [(160, False), (240, True)])
def test_the_schema_names_the_buttons_of_the_console(width: int, has_shoulders: bool) -> None:
    agent, client = an_agent(GOOD)
    agent.act(a_turn(observation=a_screen(width, 144)))
    named = client.requests[0].schema["properties"]["action"]["enum"]
    assert ({"press_a", "press_select", "wait"} <= set(named), {"press_l", "press_r"} <= set(named)) == (
        True,
        has_shoulders,
    )


def test_shoulder_buttons_are_pressed_on_a_wider_screen_and_a_cut_one_is_no_fault() -> None:
    agent, _ = an_agent(reply_text("press_l"))
    assert agent.act(a_turn(observation=a_screen(240, 160))).actions == ("press_l",)
    agent, _ = an_agent(reply_text(["press_a", "press_l"]), max_actions=1)
    assert agent.act(a_turn(observation=a_screen(160, 144))).actions == ("press_a",)


@pytest.mark.parametrize("kind", [CallFailure.REFUSED, CallFailure.BAD_REQUEST])
def test_a_refusal_ends_the_session_with_its_reason(kind: CallFailure) -> None:
    agent, _ = an_agent(ModelCallError(kind, "the server answered 403: no"))
    with pytest.raises(AgentError, match="m: the server answered 403: no") as caught:
        agent.act(a_turn())
    assert [event.kind for event in caught.value.events if event.kind != "price_unknown"] == ["call_failed"]


@pytest.mark.parametrize(
    "kind", [kind for kind in CallFailure if kind not in (CallFailure.REFUSED, CallFailure.BAD_REQUEST)]
)
def test_a_call_that_failed_for_good_is_a_failed_row(kind: CallFailure) -> None:
    agent, _ = an_agent(ModelCallError(kind, "it was so"), GOOD)
    reply = agent.act(a_turn())
    assert (reply.actions, reply.error, reply.raw_response) == ((), f"{kind}: it was so", None)
    assert agent.act(a_turn(2)).actions == ("press_a",)


def test_a_repair_that_brings_no_answer_keeps_the_first_one() -> None:
    agent, _ = an_agent("no idea", ModelCallError(CallFailure.EMPTY, "nothing"))
    reply = agent.act(a_turn())
    assert (reply.actions, reply.raw_response) == ((), "no idea")
    assert reply.error == "empty: nothing"


def test_what_is_to_be_remembered_is_asked_for_only_with_a_memory() -> None:
    answer = reply_text("press_a", remember=["the bag is above"])
    agent, client = an_agent(answer, memory=True)
    assert agent.act(a_turn(memory_notes="the map is small")).remember == ("the bag is above",)
    shown = json.dumps(client.requests[0].messages)
    assert "remember" in shown and "From your notes: the map is small" in shown
    assert client.requests[0].schema is not None and "remember" in client.requests[0].schema["properties"]
    agent, client = an_agent(GOOD)
    agent.act(a_turn())
    assert client.requests[0].schema is not None
    assert tuple(client.requests[0].schema["properties"]) == REPLY_FIELDS
    assert "remember" not in json.dumps(client.requests[0].messages)


def test_the_screens_of_the_last_presses_are_shown() -> None:
    screens = tuple(a_png(number) for number in range(2, 9))
    agent, client = an_agent(GOOD, history=3)
    agent.act(a_turn(recent_screens=screens, previous_actions=("wait",) * PREVIOUS_ACTIONS))
    assert client.requests[0].images == (*screens[-2:], a_png(1))


@pytest.fixture
def variants(tmp_path: Path) -> Iterator[list[str]]:
    paths = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            f"name: {name}\nsystem: Play {name}.\nuser: $instruction\nrecent_actions: 0\n", encoding="utf-8"
        )
        paths.append(str(path))
    yield paths


def test_the_seed_chooses_the_prompt_s_variant(variants: list[str]) -> None:
    ids = [an_agent(GOOD, prompts=variants, seed=seed)[0].prompt_id for seed in range(40)]
    assert ids == [an_agent(GOOD, prompts=variants, seed=seed)[0].prompt_id for seed in range(40)]
    assert len(set(ids)) == 2
    assert 10 <= ids.count(ids[0]) <= 30
    agent, client = an_agent(GOOD, prompts=variants, seed=3)
    agent.act(a_turn())
    assert client.requests[0].messages[0]["content"][0]["text"] in ("Play one.", "Play two.")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": None}, "agent.model"),
        ({"obs": "sound"}, "agent.obs=sound: expected one of image, image"),
        ({"history": 9}, "agent.history=9: expected 1 to 8"),
        ({"history": 0}, "agent.history=0: expected 1 to 8"),
        ({"image_scale": 0}, "agent.image_scale=0"),
        ({"history_layout": "pile"}, "agent.history_layout=pile: expected one of frames, sheet"),
        ({"history_layout": "sheet", "history": 5}, "a sheet holds 2 to 4"),
        ({"max_actions": 0}, "max_actions=0"),
        ({"max_invalid": 0}, "agent.max_invalid=0"),
        ({"prompts": []}, "name at least one prompt"),
        ({"prompts": ["default", "default"]}, "two of them say the same"),
        ({"prompts": ["eloquent"]}, "there are compact, default"),
        ({"prompts": ["nowhere.yaml"]}, "nowhere.yaml is no file"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        an_agent(GOOD, **settings)
    assert said in str(caught.value)


def test_the_compact_prompt_is_small() -> None:
    agent, client = an_agent(GOOD, prompts=["compact"])
    agent.act(a_turn())
    texts = [part["text"] for message in client.requests[0].messages for part in message["content"] if part["text"]]
    assert sum(map(len, texts)) <= 200


def test_sampling_is_seeded_only_where_there_is_something_to_sample() -> None:
    for temperature, seeded in ((0.0, False), (None, False), (0.7, True)):
        agent, client = an_agent(GOOD, temperature=temperature, seed=5)
        agent.act(a_turn())
        assert (client.requests[0].seed is not None) == seeded

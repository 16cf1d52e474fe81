"""A prompt shows facts and nothing else; a reply is read back as it was written; nothing becomes a button by chance."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from collector.errors import ConfigError
from collector.features import row_of
from collector.prompts import (
    REPLY_FIELDS,
    Asked,
    Message,
    ObservationMode,
    PromptFacts,
    PromptTemplate,
    parse_reply,
    render_prompt,
    render_reply,
    reply_message,
    reply_schema,
)
from collector.records import ACTIONS, Observation, Reply, Start, Step, Task, TaskType, Turn
from collector.shards import ShardWriter, read_rows
from tests.records import a_picture, a_png, a_step

CONFIG: Final = Path(__file__).parents[3] / "configs" / "prompt" / "default.yaml"
TEMPLATE: Final = PromptTemplate(**yaml.safe_load(CONFIG.read_text(encoding="utf-8")))
FACTS: Final = PromptFacts(
    instruction="check the bag",
    goal="the bag is open",
    step=3,
    step_budget=15,
    memory_context="On the map.",
    memory_notes="",
    previous_actions=("press_start", "press_down"),
)

TEXTS: Final = st.text(max_size=60)
REPLIES: Final = st.builds(
    Reply,
    actions=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4).map(tuple),
    analysis=TEXTS,
    reasoning=TEXTS,
    expected_outcome=TEXTS,
    done=st.booleans(),
    report=st.none() | TEXTS,
    remember=st.lists(st.text(min_size=1, max_size=20), max_size=2).map(tuple),
)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def render(facts: PromptFacts = FACTS, **options: Any) -> list[Message]:
    return render_prompt(TEMPLATE, facts, Asked(**{"mode": ObservationMode.IMAGE_AND_MEMORY, **options}))


# -- replies


@given(REPLIES)
def test_a_reply_is_read_back_as_it_was_written(reply: Reply) -> None:
    text = render_reply(reply)
    assert parse_reply(text) == dataclasses.replace(reply, raw_response=text)


@given(REPLIES)
def test_a_reply_is_one_line_with_perception_before_action(reply: Reply) -> None:
    text = render_reply(reply)
    assert len(text.split("\n")) == 1
    assert tuple(json.loads(text))[:6] == REPLY_FIELDS
    assert reply_message(reply) == {"role": "assistant", "content": [{"type": "text", "text": text}]}


@pytest.mark.parametrize(
    "around",
    [
        "```json\n{}\n```",
        "```\n{}\n```",
        "I will open the menu.\n\n{}\n\nThat is all.",
        "Given {{x}} and {{'not': json}}, {}",
        'First I noted {{"menu": "closed"}}. Now: {}',
        "\ufeff  {}",
        "{} {{",
    ],
)
@given(reply=REPLIES)
def test_text_around_the_json_does_not_matter(around: str, reply: Reply) -> None:
    text = around.format(render_reply(reply))
    assert parse_reply(text) == dataclasses.replace(reply, raw_response=text)


@given(JSON)
def test_what_is_no_action_never_becomes_a_button(named: Any) -> None:
    assume(not set(map(repr, named if isinstance(named, list) else [named])) & set(map(repr, ACTIONS)))
    reply = parse_reply(json.dumps({"analysis": "a", "action": named}))
    assert reply.actions == ()
    assert reply.error is not None
    assert reply.analysis == "a"


@pytest.mark.parametrize(
    "named",
    [
        "PRESS_A",
        "a",
        "press a",
        " press_a",
        "press_x",
        "",
        None,
        [],
        ["press_a", "press_x"],
        ["press_a", None],
        {"press_a": 1},
    ],
)
def test_nearly_an_action_is_none(named: Any) -> None:
    reply = parse_reply(json.dumps({"action": named}))
    assert reply.actions == ()
    assert repr(named) in str(reply.error)


@given(st.text() | st.text(alphabet='{}[]":,\\ \naction').map(str))
def test_no_text_breaks_the_reader(text: str) -> None:
    reply = parse_reply(text)
    assert bool(reply.actions) != (reply.error is not None)
    assert reply.raw_response == text


@pytest.mark.parametrize("text", ['{"a":' * 3000, "{" * 3000, "[" * 3000 + "{", '{"action": ' + "9" * 5000 + "}"])
def test_a_hostile_text_breaks_nothing_either(text: str) -> None:
    reply = parse_reply(text)
    assert reply.actions == ()
    assert reply.error is not None


@pytest.mark.parametrize("done", ["true", 1, "yes", None])
def test_done_is_true_or_it_is_not_done(done: Any) -> None:
    assert parse_reply(json.dumps({"action": "wait", "done": done})).done is False


def test_half_a_surrogate_pair_can_be_recorded(tmp_path: Path) -> None:
    reply = parse_reply('{"analysis": "\\ud83d", "action": "press_a", "report": ["\\udc00"]} \ud800')
    step = a_step(analysis=reply.analysis, raw_response=reply.raw_response, report=reply.report)
    with ShardWriter(tmp_path / "steps.arrow", Step) as shard:
        shard.write(step)
    [row] = read_rows(tmp_path / "steps.arrow", ["analysis", "action"])
    assert row["analysis"] == "?"


# -- prompts


def a_turn(**changes: Any) -> Turn:
    """The turn of FACTS; `changes` are fields of the turn, its task and its observation."""
    task = {
        "task_id": "check_bag",
        "instruction": FACTS.instruction,
        "goal": FACTS.goal,
        "task_type": TaskType.menu,
        "max_steps": 30,
        "starts": (Start(start_id="w0001"),),
    }
    observation = {
        "picture": a_picture(),
        "png": a_png(),
        "frame_hash": "0" * 32,
        "frame": 100,
        "state": {"screen": "field"},
        "memory_context": FACTS.memory_context,
        "memory_hash": "1" * 32,
    }
    turn = {"step": FACTS.step, "step_budget": FACTS.step_budget, "previous_actions": FACTS.previous_actions}
    for part in (task, observation, turn):
        part.update({name: value for name, value in changes.items() if name in part})
    return Turn(task=Task(**task), observation=Observation(**observation), **turn)  # type: ignore[arg-type]


def a_row(**changes: Any) -> dict[str, Any]:
    """The recorded row of FACTS."""
    return row_of(a_step(**{name: getattr(FACTS, name) for name in PromptFacts.__slots__} | changes))


def test_facts_of_a_turn_and_of_its_row_are_the_same() -> None:
    assert PromptFacts.of_turn(a_turn()) == FACTS
    assert PromptFacts.of_row(a_row()) == FACTS


@given(st.data())
def test_nothing_but_the_facts_of_a_row_reaches_the_prompt(data: st.DataObject) -> None:
    kinds = {str: TEXTS, bool: st.booleans(), int: st.integers(0, 10**6), type(None): st.none() | TEXTS}
    row = a_row()
    others = [name for name in row if name not in PromptFacts.__slots__ and type(row[name]) in kinds]
    changed = {name: data.draw(kinds[type(row[name])], label=name) for name in others}
    assert len(changed) > 35
    assert render(PromptFacts.of_row(row | changed)) == render()


@pytest.mark.parametrize(
    "changes",
    [
        {"picture": a_picture(9), "png": a_png(9), "frame_hash": "9" * 32, "frame": 9},
        {"state": {"screen": "bag"}, "memory_hash": "9" * 32},
        {"task_id": "other", "task_type": TaskType.item, "max_steps": 99, "starts": (Start(start_id="w0009"),)},
    ],
)
def test_nothing_but_the_facts_of_a_turn_reaches_the_prompt(changes: Mapping[str, Any]) -> None:
    turn = a_turn(**changes)
    assert turn != a_turn()
    assert render(PromptFacts.of_turn(turn)) == render()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("instruction", "other"),
        ("goal", "other"),
        ("step", 4),
        ("step_budget", 16),
        ("memory_context", "In the bag."),
        ("previous_actions", ("press_a",)),
    ],
)
def test_every_fact_is_shown(name: str, value: Any) -> None:
    assert render(dataclasses.replace(FACTS, **{name: value})) != render()


@pytest.mark.parametrize("images", [1, 2, 4])
@pytest.mark.parametrize("mode", ObservationMode)
def test_there_is_one_place_for_each_image(images: int, mode: ObservationMode) -> None:
    system, user = render(screens=images, mode=mode)
    parts = [part["type"] for part in user["content"]]
    assert parts == ["image"] * images + ["text"]
    assert [part["type"] for part in system["content"]] == ["text"]
    assert [system["role"], user["role"]] == ["system", "user"]


def test_a_sheet_is_one_picture_of_several_screens() -> None:
    user = render(screens=4, on_sheet=True)[1]
    assert [part["type"] for part in user["content"]] == ["image", "text"]
    assert "The last 4 screens in one picture" in user["content"][-1]["text"]


def test_notes_are_shown_where_there_are_any_and_asked_for_where_they_can_be_kept() -> None:
    told = render(dataclasses.replace(FACTS, memory_notes="the bag is full"))
    assert "From your notes: the bag is full" in told[1]["content"][-1]["text"]
    assert "From your notes" not in json.dumps(render())
    assert "remember" in json.dumps(render(remember=True))
    assert "remember" not in json.dumps(render())


def test_a_reply_of_several_buttons_is_asked_for_as_a_list() -> None:
    assert "or a list of up to 3 of them" in render(max_actions=3)[0]["content"][0]["text"]
    assert "a list of" not in render()[0]["content"][0]["text"]


@given(REPLIES)
def test_a_reply_fits_the_schema_it_is_asked_for_with(reply: Reply) -> None:
    schema = reply_schema(4, remember=False)
    raw = json.loads(render_reply(dataclasses.replace(reply, remember=())))
    assert list(raw) == schema["required"] == list(schema["properties"])
    named = raw["action"] if isinstance(raw["action"], list) else [raw["action"]]
    assert set(named) <= set(schema["properties"]["action"]["items"]["enum"])
    assert list(reply_schema(1, remember=True)["properties"]) == [*REPLY_FIELDS, "remember"]


def test_memory_is_shown_only_where_it_may_be_seen() -> None:
    assert FACTS.memory_context in json.dumps(render(mode=ObservationMode.IMAGE_AND_MEMORY))
    assert FACTS.memory_context not in json.dumps(render(mode=ObservationMode.IMAGE))


@given(TEXTS)
def test_dollars_and_braces_in_a_fact_are_shown_as_they_are(text: str) -> None:
    shown = render(dataclasses.replace(FACTS, instruction=f"[{text} $goal {{x}}]"))
    assert f"Task: [{text} $goal {{x}}]" in shown[1]["content"][-1]["text"]


def test_the_last_actions_are_told_and_no_more() -> None:
    actions = tuple(ACTIONS[:8])
    text = render(dataclasses.replace(FACTS, previous_actions=actions))[1]["content"][-1]["text"]
    assert f"Last buttons: {', '.join(actions[-6:])}." in text
    assert "Last buttons: none." in render(dataclasses.replace(FACTS, previous_actions=()))[1]["content"][-1]["text"]


def test_the_system_message_names_every_action_and_key() -> None:
    text = render()[0]["content"][0]["text"]
    for word in (*ACTIONS, *REPLY_FIELDS):
        assert word in text


@pytest.mark.parametrize("field", ["system", "user", "memory"])
@pytest.mark.parametrize(("wording", "problem"), [("see $score", r"unknown \$score"), ("costs $5", r"write \$\$")])
def test_a_wording_with_an_unknown_name_is_refused(field: str, wording: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=rf"prompt default\.{field}: .*{problem}"):
        dataclasses.replace(TEMPLATE, **{field: wording})  # type: ignore[arg-type]


def test_the_id_follows_the_wording_not_the_name() -> None:
    assert dataclasses.replace(TEMPLATE, name="other").prompt_id == TEMPLATE.prompt_id
    ids = {TEMPLATE.prompt_id}
    changes: tuple[dict[str, Any], ...] = ({"system": "s"}, {"user": "u"}, {"memory": "m"}, {"recent_actions": 2})
    for change in changes:
        ids.add(dataclasses.replace(TEMPLATE, **change).prompt_id)
    assert len(ids) == 5

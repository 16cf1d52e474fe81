import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.judge.reply import BadReply, Judgement, parse_judgement
from tests.unit.scoring.judge.asked import verdict

JUDGEMENTS = st.builds(
    Judgement,
    score=st.none() | st.integers(1, 10),
    goal_reached=st.none() | st.booleans(),
    justification=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(str.strip).filter(bool),
    wrong_steps=st.sets(st.integers(1, 12)).map(lambda steps: tuple(sorted(steps))),
)


@given(JUDGEMENTS, st.sampled_from(["{}", "```json\n{}\n```", "Well: {} That is all."]))
def test_what_is_said_in_form_is_read_as_it_was_meant(said: Judgement, around: str) -> None:
    text = json.dumps(
        {
            "justification": said.justification,
            "goal_reached": said.goal_reached,
            "wrong_steps": list(said.wrong_steps),
            "score": said.score,
        }
    )
    assert parse_judgement(around.replace("{}", text), steps=12) == said


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_anything_else_is_a_bad_reply(text: str) -> None:
    with pytest.raises(BadReply):
        parse_judgement(text, steps=3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I would rather not.", "no JSON object with a score in 'I would rather not.'"),
        ('{"verdict": 3}', "no JSON object with a score"),
        (verdict(0), "the score is 0, not a whole number from 1 to 10 or null"),
        (verdict(11), "the score is 11"),
        (verdict(7.5), "the score is 7.5"),
        (verdict("7"), "the score is '7'"),
        (verdict(True), "the score is True"),
        (verdict(math.nan), "the score is nan"),
        (verdict(math.inf), "the score is inf"),
        (verdict(8, justification=" "), "the justification is missing"),
        (verdict(None, justification=None), "the justification is missing"),
        (verdict(8, goal_reached="yes"), "goal_reached is 'yes'"),
        (verdict(8, wrong_steps=[1, 13]), r"wrong_steps is \[1, 13\], not a list of step numbers from 1 to 12"),
        (verdict(8, wrong_steps=[0]), r"wrong_steps is \[0\]"),
        (verdict(8, wrong_steps=["2"]), r"wrong_steps is \['2'\]"),
        (verdict(8, wrong_steps=2), "wrong_steps is 2"),
    ],
)
def test_what_can_not_be_used_is_said_and_never_bent(text: str, problem: str) -> None:
    with pytest.raises(BadReply, match=problem):
        parse_judgement(text, steps=12)


def test_a_whole_number_may_have_a_point_and_steps_come_in_any_order() -> None:
    said = parse_judgement(verdict(7.0, wrong_steps=[5, 2, 2.0, 5]), steps=12)
    assert (said.score, said.wrong_steps) == (7, (2, 5))


def test_half_a_surrogate_pair_is_no_way_to_break_the_log() -> None:
    text = '{"justification": "so \\ud83d", "goal_reached": null, "wrong_steps": [], "score": null}'
    assert parse_judgement(text, steps=1).justification == "so ?"

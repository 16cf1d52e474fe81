"""The predicate algebra against its meaning over whole histories, and what the parser refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import TaskError
from collector.games.predicate_parser import parse_predicate
from collector.games.predicates import Predicate, Track, states_value
from collector.records import State

FIELDS = ("a", "b")
states = st.fixed_dictionaries({name: st.integers(0, 3) for name in FIELDS})
histories = st.lists(states, min_size=1, max_size=8)
compares = st.one_of(
    st.builds(
        lambda field, op, value: {"field": field, "op": op, "value": value},
        st.sampled_from(FIELDS),
        st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
        st.integers(0, 3),
    ),
    st.builds(
        lambda field, op: {"field": field, "op": op},
        st.sampled_from(FIELDS),
        st.sampled_from(["changed", "increased", "decreased"]),
    ),
)
trees = st.recursive(
    compares,
    lambda parts: st.one_of(
        st.builds(lambda name, body: {name: body}, st.sampled_from(["not", "ever"]), parts),
        st.builds(
            lambda name, body: {name: body},
            st.sampled_from(["all", "any", "then"]),
            st.lists(parts, min_size=1, max_size=3),
        ),
    ),
    max_leaves=6,
)


def tracks(predicate: Predicate, history: list[Any]) -> Track:
    """The track after the whole history."""
    track = predicate.begin(history[0])
    for state in history[1:]:
        track = predicate.follow(track, state)
    return track


def meaning(tree: dict[str, Any], history: list[Any]) -> bool:
    """What the tree says of the history's end, told from the whole history at once."""
    if "field" in tree:
        first, now = history[0][tree["field"]], history[-1][tree["field"]]
        value = tree.get("value")
        return {
            "eq": lambda: now == value,
            "ne": lambda: now != value,
            "lt": lambda: now < value,
            "le": lambda: now <= value,
            "gt": lambda: now > value,
            "ge": lambda: now >= value,
            "changed": lambda: now != first,
            "increased": lambda: now > first,
            "decreased": lambda: now < first,
        }[tree["op"]]()
    [(name, body)] = tree.items()
    match name:
        case "all":
            return all(meaning(part, history) for part in body)
        case "any":
            return any(meaning(part, history) for part in body)
        case "not":
            return not meaning(body, history)
        case "ever":
            return any(meaning(body, history[:end]) for end in range(1, len(history) + 1))
    reached = 0
    for end in range(1, len(history) + 1):
        if reached < len(body) and meaning(body[reached], history[:end]):
            reached += 1
    return reached == len(body)


@given(trees, histories)
def test_following_step_by_step_is_the_meaning_of_the_whole_history(tree: Any, history: list[Any]) -> None:
    predicate = parse_predicate(tree)
    assert predicate.holds(tracks(predicate, history), None) is meaning(tree, history)


@given(trees, histories)
def test_tracks_are_hashable_and_progress_is_a_share(tree: Any, history: list[Any]) -> None:
    predicate = parse_predicate(tree)
    track = tracks(predicate, history)
    assert hash(track) == hash(tracks(predicate, history))
    assert 0.0 <= predicate.progress(track, None) <= 1.0
    assert set(predicate.fields()) <= set(FIELDS)


@given(compares, histories)
def test_not_not_is_the_same(tree: Any, history: list[Any]) -> None:
    plain, twice = parse_predicate(tree), parse_predicate({"not": {"not": tree}})
    assert plain.holds(tracks(plain, history), None) is twice.holds(tracks(twice, history), None)


@given(trees, histories)
def test_ever_stays_true(tree: Any, history: list[Any]) -> None:
    ever = parse_predicate({"ever": tree})
    verdicts = [ever.holds(tracks(ever, history[:end]), None) for end in range(1, len(history) + 1)]
    assert verdicts == sorted(verdicts)


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_report_is_right_only_with_the_right_number(told: int, held: int) -> None:
    predicate = parse_predicate({"reports": {"jars": ["Honey Jar", "Honey Jars"]}})
    track = predicate.begin({"jars": held})
    assert predicate.holds(track, f"There are {told} Honey Jars.") is (told == held)


@pytest.mark.parametrize(
    "report",
    ["3 Sap Drops", "Sap Drop x3", "sap drops: 3", "I have 3 sap drops and 12 jars", "Sap Drop x 3", "3x Sap Drop"],
)
def test_numbers_beside_a_word_count(report: str) -> None:
    assert states_value(report, 3, ("Sap Drop", "Sap Drops"))


@pytest.mark.parametrize(
    "report", ["", "13 Sap Drops", "3 jars", "Sap Drops: 2, jars: 3", "3 Sap Dropsies", "3/5 Sap Drops"]
)
def test_other_numbers_do_not(report: str) -> None:
    assert not states_value(report, 3, ("Sap Drop", "Sap Drops"))


def test_a_report_follows_the_state() -> None:
    predicate = parse_predicate({"reports": {"jars": ["jars"], "who": []}})
    track = predicate.follow(predicate.begin({"jars": 1, "who": "Mossle"}), {"jars": 2, "who": "Thrum"})
    assert predicate.holds(track, "thrum has 2 jars")
    assert predicate.progress(track, "Mossle has 2 jars") == 0.5
    assert not predicate.holds(track, None)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ("bag", "expected a mapping"),
        ({}, "expected one of"),
        ({"all": [], "any": []}, "expected one of"),
        ({"never": []}, "'never' is no predicate"),
        ({"all": []}, "expected a list"),
        ({"all": "screen"}, "expected a list"),
        ({"all": [{"field": "a", "op": "is", "value": 1}]}, r"success\.all\[0\].*op 'is'"),
        ({"field": "a", "op": "eq"}, "needs a value"),
        ({"field": "a", "op": "eq", "value": [1]}, "needs a value"),
        ({"field": "a", "op": "changed", "value": 1}, "takes no value"),
        ({"field": "a", "op": "eq", "value": 1, "than": 2}, "unknown keys"),
        ({"field": 3, "op": "eq", "value": 1}, "field 3"),
        ({"reports": []}, "expected {field"),
        ({"reports": {"a": "word"}}, "list of words"),
        ({"then": [{"ever": {"not": 3}}]}, r"success\.then\[0\]\.ever\.not"),
    ],
)
def test_a_tree_that_cannot_be_read_is_named_by_its_place(tree: object, said: str) -> None:
    with pytest.raises(TaskError, match=said):
        parse_predicate(tree)


def test_an_unknown_field_names_those_there_are() -> None:
    predicate = parse_predicate({"field": "c", "op": "eq", "value": 1})
    first: State = {"a": 1, "b": 2}
    with pytest.raises(TaskError, match="no field 'c'; it has a, b"):
        predicate.begin(first)


def test_values_that_cannot_be_compared_are_named() -> None:
    predicate = parse_predicate({"field": "a", "op": "gt", "value": 1})
    with pytest.raises(TaskError, match="'bag'"):
        predicate.begin({"a": "bag"})

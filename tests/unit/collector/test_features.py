"""Records become columns: types, rows, and the lines the docs are made of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest
from datasets import Dataset, Features, Image, List, Value

from collector.features import features_of, field_docs, record_of, row_of, schema_of
from collector.kept_memory import KeptMemory
from collector.labels import StepLabel
from collector.records import Png, Session, Step
from scoring.records import Annotation
from tests.records import a_png, a_session, a_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A record inside another."""

    word: str | None
    """A word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """One field of every kind there is."""

    text: str
    """Text."""
    whole: int | None
    """A whole number."""
    share: float
    """A share."""
    yes: bool
    """Yes or no."""
    picture: Png
    """A picture."""
    words: tuple[str, ...]
    """Words."""
    inner: Inner
    """A record."""
    several: tuple[Inner, ...]
    """Records."""


EXPECTED = Features(
    {
        "text": Value("string"),
        "whole": Value("int64"),
        "share": Value("float64"),
        "yes": Value("bool"),
        "picture": Image(),
        "words": List(Value("string")),
        "inner": {"word": Value("string")},
        "several": List({"word": Value("string")}),
    }
)


def everything(**changes: Any) -> Everything:
    fields: dict[str, Any] = {
        "text": "a",
        "whole": None,
        "share": 0.5,
        "yes": True,
        "picture": a_png(),
        "words": ("b", "c"),
        "inner": Inner(word=None),
        "several": (Inner(word="d"),),
    }
    return Everything(**(fields | changes))


def test_each_kind_of_field_has_its_column() -> None:
    assert features_of(Everything) == EXPECTED


@pytest.mark.parametrize("record", [Everything, Step, Session, StepLabel, Annotation, KeptMemory])
def test_a_schema_is_that_of_the_features_with_its_metadata(record: type) -> None:
    made, expected = schema_of(record), features_of(record).arrow_schema
    assert made.equals(expected, check_metadata=True)
    assert made.metadata == expected.metadata


def test_a_row_holds_every_value() -> None:
    assert row_of(everything()) == {
        "text": "a",
        "whole": None,
        "share": 0.5,
        "yes": True,
        "picture": {"bytes": a_png(), "path": None},
        "words": ["b", "c"],
        "inner": {"word": None},
        "several": [{"word": "d"}],
    }


def test_rows_go_through_datasets_unchanged() -> None:
    rows = [row_of(everything()), row_of(everything(whole=3, words=(), several=()))]
    stored = Dataset.from_list(rows, features=features_of(Everything))
    assert stored.cast_column("picture", Image(decode=False)).to_list() == rows
    assert stored[0]["picture"].size == (160, 144)


@pytest.mark.parametrize("kind", [dict, bytes, object])
def test_a_type_without_a_column_is_refused(kind: type) -> None:
    record = dataclasses.make_dataclass("Odd", [("field", kind)])
    with pytest.raises(TypeError, match="no column type"):
        features_of(record)
    with pytest.raises(TypeError, match="no column type"):
        schema_of(record)


def test_field_docs_are_the_lines_under_the_fields() -> None:
    assert field_docs(Everything)["yes"] == "Yes or no."
    assert list(field_docs(Everything)) == [field.name for field in dataclasses.fields(Everything)]


@pytest.mark.parametrize("example", [a_step(), a_session()], ids=["step", "session"])
def test_real_records_fit_their_columns(example: Step | Session) -> None:
    assert list(row_of(example)) == list(features_of(type(example)))
    Dataset.from_list([row_of(example)], features=features_of(type(example)))


def test_no_json_column_is_used() -> None:
    kinds = {type(feature).__name__ for feature in features_of(Step).values()}
    assert kinds == {"Value", "Image", "List"}


RAW = dataclasses.asdict(a_session())


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("progress", 1, 1.0),
        ("progress", None, None),
        ("final_score", 7, 7.0),
        ("optimal_steps", None, None),
        ("task_completed", False, False),
    ],
)
def test_a_value_that_fits_its_field_is_read(name: str, written: Any, read: Any) -> None:
    found = getattr(record_of(Session, RAW | {name: written}), name)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("total_steps", True),
        ("total_steps", 3.0),
        ("total_steps", None),
        ("progress", "1"),
        ("progress", True),
        ("task_completed", 1),
        ("session_id", None),
        ("final_result", None),
        ("usage", {"replies": "3"}),
        ("usage", [3]),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, written: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        record_of(Session, RAW | {name: written})


def test_fields_that_are_missing_or_unknown_are_named() -> None:
    with pytest.raises(ValueError, match=r"missing: seed$"):
        record_of(Session, {name: value for name, value in RAW.items() if name != "seed"})
    with pytest.raises(ValueError, match=r"unknown fields \['sead'\]"):
        record_of(Session, RAW | {"sead": 1})


def test_a_field_with_a_default_may_be_left_out() -> None:
    assert record_of(Session, RAW | {"usage": {}}).usage.replies == 0

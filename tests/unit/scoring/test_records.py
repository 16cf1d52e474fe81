"""An annotation survives its file and refuses what no reader could use."""

import dataclasses
import json

import pyarrow as pa
import pytest
from hypothesis import given

from collector.errors import InputError
from collector.features import features_of, field_docs, row_of, schema_of
from scoring.records import Annotation, annotation_from_json, annotation_to_json
from tests.unit.scoring.strategies import annotations

CONTRACT_COLUMNS = (
    "annotation_id session_id rater source score verdict feedback justification wrong_steps seconds_spent "
    "rubric_version timestamp supersedes"
).split()
SCHEMA = schema_of(Annotation)


def an_annotation(**changes: object) -> Annotation:
    fields: dict[str, object] = {"session_id": "s", "rater": "r", "source": "human", "score": 7, "rubric_version": "1"}
    return Annotation(**(fields | changes))  # type: ignore[arg-type]


@given(annotations)
def test_an_annotation_read_back_from_its_line_is_equal(annotation: Annotation) -> None:
    line = annotation_to_json(annotation)
    assert "\n" not in line
    assert annotation_from_json(line) == annotation


@given(annotations)
def test_an_annotation_fits_its_columns_in_arrow(annotation: Annotation) -> None:
    [row] = pa.RecordBatch.from_pylist([row_of(annotation)], schema=SCHEMA).to_pylist()
    assert Annotation(**{**row, "wrong_steps": tuple(row["wrong_steps"])}) == annotation


def test_the_columns_are_those_of_the_contract_and_each_is_documented() -> None:
    assert list(features_of(Annotation)) == CONTRACT_COLUMNS
    assert list(field_docs(Annotation)) == CONTRACT_COLUMNS


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"score": 0}, "score=0"),
        ({"score": 11}, "score=11"),
        ({"score": 7.5}, "score=7.5"),
        ({"score": True}, "score=True"),
        ({"score": None}, "say why"),
        ({"source": "robot"}, "human, auto, judge"),
        ({"rater": ""}, "rater"),
        ({"session_id": ""}, "session_id"),
        ({"wrong_steps": (0,)}, "from 1"),
        ({"wrong_steps": (3, 2)}, "ascending"),
        ({"wrong_steps": (2, 2)}, "ascending"),
        ({"seconds_spent": -1.0}, "seconds_spent"),
        ({"seconds_spent": float("nan")}, "seconds_spent"),
        ({"timestamp": "yesterday"}, "ISO 8601"),
        ({"timestamp": "2026-01-02T03:04:05"}, "ISO 8601"),
        ({"timestamp": "2026-01-02T03:04:05+02:00"}, "ISO 8601"),
        ({"annotation_id": "a", "supersedes": "a"}, "earlier"),
        ({"feedback": "\ud800"}, "UTF-8"),
    ],
)
def test_an_impossible_annotation_is_refused_with_the_field(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        an_annotation(**changes)


def test_no_score_is_fine_with_a_reason() -> None:
    assert an_annotation(score=None, feedback="the pictures are black").score is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rater": 3}, "rater=3: expected str"),
        ({"score": "7"}, "score='7'"),
        ({"verdict": 1}, "verdict=1"),
        ({"wrong_steps": None}, "wrong_steps"),
        ({"wrong_steps": ["2"]}, "from 1"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_a_line_with_other_types_or_keys_is_refused(changes: dict[str, object], said: str) -> None:
    raw = dataclasses.asdict(an_annotation()) | changes
    with pytest.raises(InputError, match=said):
        annotation_from_json(json.dumps(raw))


@pytest.mark.parametrize("line", ["", "{", "[]", "7", '{"score": 7}', "[" * 100_000, "9" * 10_000])
def test_a_line_that_holds_no_annotation_is_an_input_error(line: str) -> None:
    with pytest.raises(InputError):
        annotation_from_json(line)

"""The nouns: every status says the same thing everywhere, every field says what it holds."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from collector import records
from collector.features import field_docs
from collector.records import ACTIONS, BUTTONS, STATUS_TABLE, WAIT, Picture, Status
from tests.records import a_picture, a_session, a_step

RECORDS = [
    kind for kind in vars(records).values() if dataclasses.is_dataclass(kind) and kind.__module__ == records.__name__
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_field_has_a_line(record: type) -> None:
    docs = field_docs(record)
    assert list(docs) == [field.name for field in dataclasses.fields(record)]
    for name, line in docs.items():
        assert line.endswith("."), f"{record.__name__}.{name}: {line!r}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_records_are_frozen_and_take_keywords_only(record: type) -> None:
    settings = record.__dataclass_params__  # type: ignore[attr-defined]
    assert settings.frozen
    assert all(field.kw_only for field in dataclasses.fields(record))
    assert hasattr(record, "__slots__")


def test_the_status_table_is_total() -> None:
    assert set(STATUS_TABLE) == set(Status)


@pytest.mark.parametrize("status", Status)
def test_a_status_never_contradicts_itself(status: Status) -> None:
    rule = STATUS_TABLE[status]
    assert rule.meaning
    assert not (rule.terminated and rule.truncated)
    assert rule.terminated == (rule.task_completed == (True,))
    assert rule.terminated == (rule.completion_status == "success")
    assert rule.truncated == (status is Status.TRUNCATED)
    assert len(set(rule.task_completed)) == len(rule.task_completed) > 0


def test_completion_words_are_those_the_docs_name() -> None:
    words = {rule.completion_status for rule in STATUS_TABLE.values()}
    assert words == {"success", "failure", "error", "interrupted", "running"}


def test_actions_are_the_buttons_and_wait() -> None:
    assert ACTIONS == (*BUTTONS, WAIT)
    assert len(set(ACTIONS)) == len(ACTIONS)


def test_the_digest_is_over_pixels_and_size() -> None:
    wide = Picture(width=4, height=2, rgb=bytes(24))
    tall = Picture(width=2, height=4, rgb=bytes(24))
    assert wide.digest() == Picture(width=4, height=2, rgb=bytes(24)).digest()
    assert wide.digest() != tall.digest()
    assert a_picture(1).digest() != a_picture(2).digest()


@pytest.mark.parametrize("record", [a_step(), a_session()], ids=["step", "session"])
def test_records_travel_between_processes(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record

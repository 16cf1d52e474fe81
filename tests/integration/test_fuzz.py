"""Damaged and mutated files of every kind: a clear error or a correct read, never a traceback, never a silent drop."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.config import TaskConfig
from collector.errors import EeveeError, InputError, ShardError
from collector.records import Step
from collector.run_directory import NAME_PATTERN, SessionDirectory, create_session_directory
from collector.shards import ShardWriter, read_rows, salvage
from collector.task_file import read_task_file
from collector.tasks import task_from_mapping
from scoring.annotations import append_annotation, read_annotations
from scoring.records import Annotation
from tests.records import a_session, a_step, write_session

FEW = 400


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with a byte flipped, a span zeroed, cut out, doubled or filled with noise, or the end cut off."""
    changed, at, length = bytearray(data), chance.randrange(len(data)), chance.choice((1, 4, 8, 64, 1000))
    match chance.randrange(6):
        case 0:
            changed[at] ^= 1 << chance.randrange(8)
        case 1:
            changed[at : at + length] = bytes(len(changed[at : at + length]))
        case 2:
            del changed[at : at + length]
        case 3:
            changed[at:at] = changed[at : at + length]
        case 4:
            changed[at:at] = chance.randbytes(length)
        case _:
            del changed[at:]
    return bytes(changed)


def test_a_damaged_shard_is_never_read_as_something_else(tmp_path: Path) -> None:
    path, chance, seen = tmp_path / "steps.arrow", random.Random(1), Counter[str]()
    with ShardWriter(path, Step) as writer:
        for number in range(1, 6):
            writer.write(a_step(step=number, reasoning=f"because of {number}"))
    whole, rows = path.read_bytes(), list(read_rows(path))
    for _ in range(FEW):
        path.write_bytes(mutated(whole, chance))
        try:
            found = list(read_rows(path))
        except ShardError:
            seen["error"] += 1
            with pytest.raises(ShardError):
                list(read_rows(path))
        else:
            assert found == rows[: len(found)]
            seen["whole" if len(found) == len(rows) else "torn"] += 1
            salvage(path)
            assert list(read_rows(path)) == found
    assert min(seen["error"], seen["whole"], seen["torn"]) > 10, seen


def test_damaged_metadata_is_read_right_or_refused(tmp_path: Path) -> None:
    session, chance, seen = a_session(), random.Random(2), Counter[str]()
    directory = write_session(tmp_path, session, [a_step(session_id=session.session_id)])
    whole = directory.metadata.read_bytes()
    for _ in range(FEW):
        directory.metadata.write_bytes(mutated(whole, chance))
        try:
            found = directory.read_session()
        except InputError as error:
            assert "session_metadata.json" in str(error)
            seen["error"] += 1
        else:
            kinds = {name: type(value) for name, value in dataclasses.asdict(session).items() if value is not None}
            for name, kind in kinds.items():
                assert isinstance(dataclasses.asdict(found)[name], kind | int | None), name
            seen["read"] += 1
    assert min(seen.values()) > 10, seen


def test_no_damaged_rating_is_dropped_silently(tmp_path: Path) -> None:
    session, chance = a_session(), random.Random(3)
    directory = write_session(tmp_path, session, [a_step(session_id=session.session_id)])
    for number in range(1, 9):
        append_annotation(directory.annotations, a_rating(session.session_id, number))
    whole = directory.annotations.read_bytes()
    for _ in range(FEW):
        damaged = mutated(whole, chance)
        directory.annotations.write_bytes(damaged)
        try:
            log = read_annotations(directory)
        except EeveeError:
            continue
        lines = [line for line in damaged.split(b"\n") if line.strip()]
        assert len(log.annotations) + len(log.problems) >= len(lines)


def a_rating(session_id: str, number: int) -> Annotation:
    return Annotation(
        annotation_id=f"rating-{number}",
        session_id=session_id,
        rater=f"rater-{number}",
        source="human",
        score=number,
        justification="seen",
        rubric_version="1",
        timestamp="2026-01-02T03:04:05.000Z",
    )


TASK: dict[str, Any] = {
    "task_id": "visit_otto",
    "instruction": "Visit Otto",
    "goal": "He was spoken to",
    "task_type": "interaction",
    "max_steps": 40,
    "success": {"then": [{"field": "dialogue", "op": "eq", "value": "otto"}, {"not": {"field": "x", "op": "changed"}}]},
    "starts": [{"world_seed": 0}, {"world_seed": 77, "presses": ["press_start"]}],
    "aliases": ["see otto"],
}


def test_mutated_task_files_are_read_or_refused_by_file_and_line(tmp_path: Path) -> None:
    path, chance, seen = tmp_path / "tasks.yaml", random.Random(4), Counter[str]()
    entries = ["check healing items in bag", {"task": "heal_party", "max_steps": 40, "repeat": 2}, TASK]
    whole = yaml.safe_dump({"tasks": entries}).encode()
    for _ in range(FEW):
        path.write_bytes(mutated(whole, chance))
        try:
            assert all(isinstance(task, TaskConfig) for task in read_task_file(path))
            seen["read"] += 1
        except InputError as error:
            assert str(path) in str(error)
            seen["error"] += 1
    assert min(seen.values()) > 10, seen


NASTY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=FEW)
@given(st.sampled_from(sorted(TASK)), NASTY)
def test_a_task_with_a_strange_value_is_read_or_refused(key: str, value: Any) -> None:
    refused_or(lambda: task_from_mapping({**TASK, key: value}, "here.yaml"), "here.yaml")


@settings(max_examples=FEW)
@given(st.dictionaries(st.text(max_size=8), NASTY, max_size=3))
def test_a_predicate_of_strange_shape_is_read_or_refused(value: Any) -> None:
    refused_or(lambda: task_from_mapping({**TASK, "success": value}, "here.yaml"), "here.yaml")


def refused_or(read: Callable[[], object], where: str) -> None:
    try:
        read()
    except InputError as error:
        assert where in str(error)


@pytest.mark.parametrize(
    "name", ["a/b", "../up", "", "a\0b", "\N{GRINNING FACE}", "a b", "x" * 65, "-\n", "con:1", "a\\b"]
)
def test_names_that_are_no_names_are_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"session\.name"):
        create_session_directory(tmp_path / "runs", name)
    assert not list(tmp_path.iterdir())


@given(st.text(max_size=70))
def test_a_name_is_taken_only_if_it_stays_in_its_folder(name: str) -> None:
    if NAME_PATTERN.fullmatch(name):
        path = Path("/runs", f"session_20260101_000000_{name}")
        assert path.parent == Path("/runs")
        assert SessionDirectory(path).session_id.endswith(name)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!evil {a: 1}"])
def test_yaml_tags_are_refused(tmp_path: Path, tag: str) -> None:
    path = tmp_path / "tasks.yaml"
    path.write_text(f"tasks:\n  - {tag}\n")
    with pytest.raises(InputError, match=r"tasks\.yaml:2"):
        read_task_file(path)


def test_json_that_is_no_session_is_refused(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session(), [])
    for value in ([], 1, "x", None, {}, {"session_id": 3}, {"usage": 1}, {"final_result": []}):
        directory.metadata.write_text(json.dumps(value))
        with pytest.raises(InputError):
            directory.read_session()

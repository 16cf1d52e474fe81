"""Labels are written and read back as they were; stale, changed and torn ones are refused; the shard stays as it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import InputError
from collector.labels import StepLabel, labels_of, sealed, write_labels
from collector.records import ACTIONS
from collector.run_directory import SessionDirectory
from collector.shards import read_rows
from tests.records import a_session, a_step, write_session


def a_label(**changes: Any) -> StepLabel:
    fields: dict[str, Any] = {
        "session_id": a_session().session_id,
        "step": 1,
        "step_row_hash": "",
        "expert_actions": ("press_start", "press_b"),
        "expert_done": False,
        "expert_report": None,
        "expert_analysis": "The map is shown.",
        "expert_reasoning": "START opens the menu.",
        "expert_outcome": "The menu is open.",
        "cost_to_go": 3,
        "cost_to_go_after": 2,
        "solvable_after": True,
        "reason": None,
        "planner_version": 1,
        "rom_sha256": "0" * 64,
    }
    return StepLabel(**(fields | changes))


def labels_for(directory: SessionDirectory, **changes: Any) -> list[StepLabel]:
    rows = read_rows(directory.shard, ["step", "row_hash"])
    return [a_label(step=row["step"], step_row_hash=row["row_hash"], **changes) for row in rows]


@pytest.fixture
def directory(tmp_path: Path) -> SessionDirectory:
    return write_session(tmp_path, a_session(total_steps=3))


def test_a_session_without_labels_has_none(directory: SessionDirectory) -> None:
    assert labels_of(directory) == {}


@given(
    st.fixed_dictionaries(
        {
            "expert_actions": st.lists(st.sampled_from(ACTIONS)).map(tuple),
            "expert_reasoning": st.text(),
            "expert_report": st.none() | st.text(),
            "cost_to_go": st.none() | st.integers(0, 2**31),
            "cost_to_go_after": st.none() | st.integers(0, 2**31),
            "solvable_after": st.none() | st.booleans(),
            "reason": st.none() | st.text(),
        }
    )
)
def test_labels_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]
) -> None:
    directory = write_session(tmp_path_factory.mktemp("runs"), a_session(total_steps=2))
    labels = labels_for(directory, **changes)
    write_labels(directory, labels)
    assert labels_of(directory) == {label.step: sealed(label) for label in labels}


def test_the_shard_stays_as_it_is(directory: SessionDirectory) -> None:
    before = directory.shard.read_bytes()
    write_labels(directory, labels_for(directory))
    write_labels(directory, labels_for(directory, cost_to_go=4))
    assert directory.shard.read_bytes() == before
    assert labels_of(directory)[1].cost_to_go == 4
    assert not list(directory.path.glob(".*"))


def test_labels_of_other_steps_are_refused(directory: SessionDirectory, tmp_path: Path) -> None:
    fewer = write_session(tmp_path / "fewer", a_session(total_steps=2))
    write_labels(fewer, labels_for(directory))
    with pytest.raises(InputError, match=r"labels 3 steps, and steps\.arrow has 2.*collector\.relabel"):
        labels_of(fewer)
    steps = tuple(a_step(step=n, action="press_a" if n == 2 else "press_start") for n in (1, 2, 3))
    other = write_session(tmp_path / "other", a_session(total_steps=3), steps)
    write_labels(other, labels_for(directory))
    with pytest.raises(InputError, match="label of step"):
        labels_of(other)


def test_a_changed_label_is_refused(directory: SessionDirectory) -> None:
    write_labels(directory, labels_for(directory, expert_reasoning="because of the fox"))
    content = directory.labels.read_bytes()
    directory.labels.write_bytes(content.replace(b"of the fox", b"of the cat", 1))
    with pytest.raises(InputError, match="not as it was written"):
        labels_of(directory)


@pytest.mark.parametrize("kept", [0, 40, 2000])
def test_a_torn_file_is_refused(directory: SessionDirectory, kept: int) -> None:
    write_labels(directory, labels_for(directory))
    directory.labels.write_bytes(directory.labels.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"labels"):
        labels_of(directory)


def test_a_label_tells_what_the_action_cost() -> None:
    assert a_label().regret == 0
    assert a_label(cost_to_go_after=5).regret == 3
    assert a_label(cost_to_go_after=None, solvable_after=False).regret is None
    assert dataclasses.replace(a_label(), cost_to_go=None).regret is None

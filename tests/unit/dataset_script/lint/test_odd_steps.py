"""What does not fit into a session is found at its step; what a whole session has, or what is right, is no fault."""

from collections.abc import Mapping
from typing import Any

import pytest

from collector.features import row_of
from collector.recording import record_session
from collector.shards import read_rows
from dataset_script.lint.odd_steps import odd_steps
from tests.playing import a_job
from tests.rated_runs import steps_of
from tests.records import a_session

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    directory, _ = record_session(a_job(tmp_path_factory.mktemp("odd"), "use_sap_drop"))
    return list(read_rows(directory.shard))


@pytest.fixture
def rows(played: Rows) -> Rows:
    """A session of the bundled cartridge, whose reader can tell its contexts again."""
    assert len(played) > 4
    return [dict(row) for row in played]


def odd(rows: Rows, notes: Mapping[int, frozenset[str]] | None = None) -> dict[int, list[str]]:
    return {step: [one.fact for one in found] for step, found in odd_steps(rows, notes or {}).items()}


def test_nothing_is_odd_in_what_was_played(rows: Rows) -> None:
    assert all(row["memory_context"] for row in rows)
    assert odd(rows) == {}


@pytest.mark.parametrize("column", ["instruction", "goal", "memory_context"])
@pytest.mark.parametrize("step", [1, 3])
def test_a_fact_that_was_changed_at_one_step_is_odd(rows: Rows, column: str, step: int) -> None:
    rows[step - 1][column] += " Press the right button."
    assert odd(rows) == {step: [column]}


@pytest.mark.parametrize("column", ["instruction", "goal"])
def test_facts_that_never_agree_are_odd_everywhere(rows: Rows, column: str) -> None:
    for row in rows:
        row[column] += f" {row['step']}"
    assert odd(rows) == {row["step"]: [column] for row in rows}


def test_of_a_reader_that_says_it_otherwise_now_nothing_is_said_unless_it_is_late(rows: Rows) -> None:
    contexts = [row["memory_context"] for row in rows]
    for row in rows:
        row["memory_context"] = "In other words: " + row["memory_context"]
    assert odd(rows) == {}
    for row, later in zip(rows, contexts[1:], strict=False):
        row["memory_context"] = later
    late = {row["step"] for row, own in zip(rows, contexts, strict=True) if row["memory_context"] not in (own, "")}
    assert set(odd(rows)) >= late - {rows[-1]["step"]} != set()


def test_without_a_reader_nothing_is_said_of_contexts(rows: Rows) -> None:
    for row in rows:
        row["state"], row["memory_context"] = "{}", f"Anything {row['step']}."
    assert odd(rows) == {}


TOLD = "On this very screen: press_a changed it in 1 of 2 tries"


@pytest.mark.parametrize(
    ("line", "is_odd"),
    [("The right button now is press_b", True), ("Press START now", True), ("wait", True), ("Nell is at home", False)],
)
def test_a_note_that_names_a_button_and_was_not_told_by_the_memory_is_odd(rows: Rows, line: str, is_odd: bool) -> None:
    notes = {row["step"]: frozenset({TOLD}) for row in rows}
    for row in rows[1:]:
        row["memory_notes"] = TOLD
    assert odd(rows, notes) == {}
    rows[2]["memory_notes"] = f"{TOLD}\n{line}"
    assert odd(rows, notes) == ({3: ["memory_notes"]} if is_odd else {})


def test_a_memory_that_is_lost_is_no_fault(rows: Rows) -> None:
    for row in rows[1:]:
        row["memory_notes"] = TOLD
    assert odd(rows) == {}


def test_notes_of_later_buttons_are_those_of_their_first(rows: Rows) -> None:
    rows[3] |= {"reply_index": 1, "memory_notes": TOLD}
    assert odd(rows, {}) == {}


def synthetic(count: int) -> Rows:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=count)
    return [dict(row_of(step)) for step in steps_of(session)]


def test_a_screen_that_the_step_before_did_not_leave_is_odd() -> None:
    rows = synthetic(3)
    assert odd(rows) == {}
    rows[1]["frame_hash"] = rows[1]["frame_hash_after"]
    assert odd(rows) == {2: ["screenshot"]}


def test_an_undone_step_a_failed_reply_and_a_session_that_goes_on_from_another_are_not_odd() -> None:
    rows = synthetic(4)
    first, undone, again, failed = rows
    again |= {"parent_step": 1, "frame_hash": first["frame_hash_after"]}
    failed |= {"action": None, "frame_hash": again["frame_hash_after"], "frame_hash_after": again["frame_hash_after"]}
    assert odd(rows) == {}
    assert odd(rows[1:]) == {}
    undone["frame_hash"] = again["frame_hash_after"]
    assert odd(rows) == {2: ["screenshot"]}


def test_a_step_without_a_state_has_nothing_to_tell_its_context_from(rows: Rows) -> None:
    rows[1]["state"] = ""
    assert odd(rows) == {}

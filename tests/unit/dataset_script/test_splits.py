from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import InputError
from collector.records import Session
from dataset_script.config import SplitUnit
from dataset_script.splits import Split, place, read_splits, splits_text, unit_name
from tests.records import a_session


def in_world(world: int, name: str = "", **changes: object) -> Session:
    return a_session(session_id=f"s{world}{name}", world_seed=world, start_id=f"w{world:04d}", **changes)


@given(st.sets(st.integers(0, 9999), min_size=3, max_size=60))
def test_no_split_is_empty_from_three_units_on(worlds: set[int]) -> None:
    placement = place([in_world(world) for world in worlds], SplitUnit.START, {})
    assert set(placement.units.values()) == set(Split)


@given(st.sets(st.integers(0, 200), min_size=6), st.data())
def test_no_split_is_without_examples_from_three_units_with_some_on(worlds: set[int], data: st.DataObject) -> None:
    good = data.draw(st.sets(st.sampled_from(sorted(worlds)), min_size=3))
    placement = place([in_world(world) for world in worlds], SplitUnit.START, {}, lambda s: s.world_seed in good)
    assert {placement.split_of(f"s{world}") for world in good} == set(Split)


@given(st.sets(st.integers(0, 200), min_size=8), st.data())
def test_no_split_has_one_unit_with_examples_from_eight_on(worlds: set[int], data: st.DataObject) -> None:
    good = data.draw(st.sets(st.sampled_from(sorted(worlds)), min_size=8))
    placement = place([in_world(world) for world in worlds], SplitUnit.START, {}, lambda s: s.world_seed in good)
    counts = Counter(placement.split_of(f"s{world}") for world in good)
    assert min(counts[split] for split in Split) >= 2


def test_shares_are_met_with_many_units() -> None:
    placement = place([in_world(world) for world in range(200)], SplitUnit.START, {})
    assert Counter(placement.units.values()) == {Split.TRAIN: 160, Split.VALIDATION: 20, Split.TEST: 20}


@given(st.sets(st.integers(0, 200), min_size=1), st.sets(st.integers(0, 200), min_size=1))
def test_more_sessions_move_no_unit(first: set[int], second: set[int]) -> None:
    before = place([in_world(world) for world in first], SplitUnit.START, {})
    after = place([in_world(world) for world in second], SplitUnit.START, before.units)
    assert {unit: after.units[unit] for unit in before.units} == before.units


@given(st.permutations(range(12)))
def test_the_order_of_sessions_does_not_matter(worlds: list[int]) -> None:
    expected = place([in_world(world) for world in range(12)], SplitUnit.START, {})
    assert place([in_world(world) for world in worlds], SplitUnit.START, {}).units == expected.units


def test_sessions_of_one_world_share_a_split_whatever_their_task() -> None:
    sessions = [in_world(world, task, task_id=task) for world in range(9) for task in ("a", "b", "c")]
    placement = place(sessions, SplitUnit.START, {})
    for world in range(9):
        assert len({placement.split_of(f"s{world}{task}") for task in ("a", "b", "c")}) == 1


def test_worlds_that_only_held_out_tasks_have_are_test_beside_its_share() -> None:
    sessions = [in_world(world) for world in range(6)] + [in_world(world, held_out=True) for world in (90, 91)]
    placement = place(sessions, SplitUnit.START, {})
    assert {placement.split_of("s90"), placement.split_of("s91")} == {Split.TEST}
    assert not placement.shares_start("s90")
    assert Split.TEST in {placement.split_of(f"s{world}") for world in range(6)}


def test_a_held_out_session_in_a_train_world_is_told_apart() -> None:
    known = {"thistledown world 1": Split.TRAIN}
    placement = place([in_world(1), in_world(1, "h", held_out=True)], SplitUnit.START, known)
    assert placement.split_of("s1") is Split.TRAIN
    assert placement.split_of("s1h") is Split.TEST
    assert placement.shares_start("s1h")
    assert not placement.shares_start("s1")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (SplitUnit.START, "thistledown world 1"),
        (SplitUnit.TASK, "task check_bag"),
        (SplitUnit.SESSION, "session s1"),
    ],
)
def test_units(unit: SplitUnit, expected: str) -> None:
    assert unit_name(in_world(1), unit) == expected


def test_without_a_world_the_start_is_the_unit() -> None:
    assert (
        unit_name(a_session(world_seed=None, start_id="before_gym"), SplitUnit.START) == "thistledown start before_gym"
    )


def test_splits_survive_the_file(tmp_path: Path) -> None:
    units = {"task b": Split.TEST, "task a": Split.TRAIN}
    (tmp_path / "splits.json").write_text(splits_text(units, SplitUnit.TASK))
    assert read_splits(tmp_path, SplitUnit.TASK) == units


@pytest.mark.parametrize("split_by", [SplitUnit.START, SplitUnit.SESSION])
def test_another_kind_of_unit_is_refused(tmp_path: Path, split_by: SplitUnit) -> None:
    """Split anew, what was test yesterday could be train today."""
    (tmp_path / "splits.json").write_text(splits_text({"task a": Split.TEST}, SplitUnit.TASK))
    with pytest.raises(InputError, match=rf"split_by={split_by}: .*say split_by=task, or build into another folder"):
        read_splits(tmp_path, split_by)


def test_no_file_means_no_units(tmp_path: Path) -> None:
    assert read_splits(tmp_path, SplitUnit.START) == {}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"units": {"a": "trian"}}', '{"units": 3}'])
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "splits.json").write_text(text)
    with pytest.raises(InputError, match=r"splits\.json: not a file of splits"):
        read_splits(tmp_path, SplitUnit.START)

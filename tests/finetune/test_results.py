from __future__ import annotations

from pathlib import Path

import pytest
from loop.results import INTACT, difference, rate, read_played, summary, table, task_table

from collector.records import Status
from tests.records import a_session, write_session

WORLDS = range(2000, 2012)


def played(folder: Path, reached: set[int], worlds: range = WORLDS) -> Path:
    """Sessions of one task, a world each, that reached their goal in some of them."""
    for world in worlds:
        won = world in reached
        write_session(
            folder,
            a_session(
                session_id=f"20260102_030405_{world}",
                task_id="save_game" if world % 2 else "enter_house",
                world_seed=world,
                start_id=f"w{world}",
                status=str(Status.COMPLETED if won else Status.FAILED if world % 3 else Status.TRUNCATED),
                task_completed=True if won else None if world % 3 else False,
            ),
        )
    return folder


def test_a_rate_counts_failed_sessions_as_not_reached(tmp_path: Path) -> None:
    told = rate(read_played({None: played(tmp_path, set(WORLDS[:3]))}))
    assert (told["reached"], told["sessions"], told["share"]) == (3, 12, 0.25)
    assert told["wilson"] == pytest.approx([0.0889, 0.5323], abs=1e-4)  # Wilson's formula by hand
    assert told["by_seed"] == {}


def test_a_difference_is_taken_start_by_start_and_seed_by_seed(tmp_path: Path) -> None:
    first = {seed: played(tmp_path / f"a{seed}", set(WORLDS[:9])) for seed in (0, 1, 2)}
    second = {seed: played(tmp_path / f"b{seed}", set(WORLDS[: seed + 1])) for seed in (0, 1, 2)}
    told = difference(read_played(first), read_played(second))
    assert (told["pairs"], told["worlds"], told["training_seeds"]) == (36, 12, 3)
    assert told["difference"] == pytest.approx(9 / 12 - 2 / 12)
    assert told["interval"][0] < told["difference"] < told["interval"][1]


def test_a_player_without_seeds_stands_against_every_seed(tmp_path: Path) -> None:
    first = {seed: played(tmp_path / f"a{seed}", set(WORLDS)) for seed in (0, 1, 2)}
    second = {None: played(tmp_path / "b", set(WORLDS[6:]))}
    told = difference(read_played(first), read_played(second))
    assert (told["pairs"], told["difference"]) == (36, 0.5)


def test_only_starts_that_both_played_are_paired(tmp_path: Path) -> None:
    first = {0: played(tmp_path / "a", set(WORLDS))}
    second = {None: played(tmp_path / "b", set(), range(2006, 2020))}
    assert difference(read_played(first), read_played(second))["pairs"] == 6


def test_the_table_says_who_reached_what_and_how_far_the_intact_model_is_ahead(tmp_path: Path) -> None:
    found = summary(
        {
            INTACT: read_played({0: played(tmp_path / "a", set(WORLDS[:9])), 1: played(tmp_path / "c", set(WORLDS))}),
            "repeat last": read_played({None: played(tmp_path / "b", set(WORLDS[:3]))}),
        }
    )
    assert found[INTACT]["ahead"] is None
    assert found[INTACT]["rate"]["by_seed"] == {"0": 0.75, "1": 1.0}
    assert found["repeat last"]["statuses"] == {"completed": 3, "truncated": 3, "failed": 6}
    lines = table(found).splitlines()
    assert lines[1].split()[:5] == ["fine-tuned", "21", "of", "24", "0.88"]
    assert lines[2].split()[:5] == ["repeat", "last", "3", "of", "12"]
    assert "0.62" in lines[2]
    assert task_table(found).splitlines()[0].split() == ["player", "enter_house", "save_game"]
    assert task_table(found).splitlines()[2].split() == ["repeat", "last", "0.33", "0.17"]

"""The rule's table, row by row, and what holds for every session."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.rubric import BANDS, band_of, efficiency, rule_score
from tests.records import a_session


@pytest.mark.parametrize(
    ("optimal", "used", "score"),
    [
        (3, 3, 10),
        (4, 3, 10),
        (0, 0, 10),
        (4, 5, 9),
        (8, 10, 9),
        (3, 4, 8),
        (5, 10, 8),
        (5, 11, 7),
        (0, 1, 7),
        (None, 9, 8),
    ],
)
def test_a_reached_goal_is_scored_by_efficiency(optimal: int | None, used: int, score: int) -> None:
    said = rule_score(a_session(task_completed=True, optimal_steps=optimal, total_steps=used))
    assert said is not None
    assert said.score == score


@pytest.mark.parametrize(
    ("progress", "score"),
    [(0.0, 1), (0.01, 2), (0.49, 2), (0.5, 3), (0.74, 3), (0.75, 4), (1.0, 4), (None, 2)],
)
def test_a_missed_goal_is_scored_by_progress(progress: float | None, score: int) -> None:
    said = rule_score(a_session(task_completed=False, status="truncated", progress=progress))
    assert said is not None
    assert said.score == score


def test_without_a_verdict_there_is_no_score() -> None:
    assert rule_score(a_session(task_completed=None, status="gave_up")) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"total_steps": 1, "optimal_steps": 1}, "Goal reached in 1 step; the fewest possible."),
        ({"total_steps": 6, "optimal_steps": 3}, "Goal reached in 6 steps; 3 would do."),
        ({"optimal_steps": None}, "Goal reached in 3 steps; the fewest possible is not known."),
        ({"task_completed": False, "progress": 0.5}, "Goal not reached in 3 steps of 15, with 50% of its parts done."),
        (
            {"task_completed": False, "progress": None},
            "Goal not reached in 3 steps of 15; how much of it was done is not known.",
        ),
    ],
)
def test_the_justification_gives_the_facts(changes: dict[str, object], sentence: str) -> None:
    said = rule_score(a_session(**changes))
    assert said is not None
    assert said.justification == sentence


_optimum = st.none() | st.integers(0, 60)
_progress = st.none() | st.floats(0, 1)


@given(_optimum, st.integers(0, 200), _progress)
def test_reaching_the_goal_always_scores_higher_and_five_and_six_never_occur(
    optimal: int | None, used: int, progress: float | None
) -> None:
    facts = {"optimal_steps": optimal, "total_steps": used, "progress": progress}
    reached = rule_score(a_session(task_completed=True, **facts))
    missed = rule_score(a_session(task_completed=False, **facts))
    assert reached is not None
    assert missed is not None
    assert 1 <= missed.score <= 4
    assert 7 <= reached.score <= 10


@given(st.integers(0, 60), st.integers(0, 200))
def test_a_spare_step_never_raises_the_score(optimal: int, used: int) -> None:
    fewer = rule_score(a_session(optimal_steps=optimal, total_steps=used))
    more = rule_score(a_session(optimal_steps=optimal, total_steps=used + 1))
    assert fewer is not None
    assert more is not None
    assert fewer.score >= more.score


def test_the_bands_cover_the_scale_once_and_a_median_between_two_falls_to_the_lower() -> None:
    covered = [score for band in BANDS for score in range(band.lowest, band.highest + 1)]
    assert sorted(covered) == list(range(1, 11))
    assert [band_of(score).lowest for score in (10, 9, 8.5, 6, 1)] == [9, 9, 7, 5, 1]


def test_efficiency_is_known_only_for_a_reached_goal_with_a_known_optimum() -> None:
    assert efficiency(a_session(optimal_steps=3, total_steps=4)) == 0.75
    assert efficiency(a_session(optimal_steps=None)) is None
    assert efficiency(a_session(task_completed=False)) is None

"""When roll-outs from one state say that an action is better: the exact test against counting, and what is left out."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.evidence import StepEvidence, evidence_in, rank_sum_p
from collector.records import Branch, Start, Timing
from tests.records import a_session, a_step, write_session

NEVER = math.inf


def evidence(**steps_to_goal: Sequence[float]) -> StepEvidence:
    outcomes = {action: tuple(steps) for action, steps in steps_to_goal.items()}
    return StepEvidence(session_id="p", step=3, player="{}", steps_to_goal=outcomes)


def counted_p(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The same by dealing the values out in every way."""
    values = [*ours, *theirs]
    ranks = [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2 for value in values
    ]
    middle = len(ours) * (len(values) + 1) / 2
    sums = [sum(dealt) for dealt in itertools.combinations(ranks, len(ours))]
    distance = abs(sum(ranks[: len(ours)]) - middle)
    return sum(abs(total - middle) >= distance - 1e-9 for total in sums) / len(sums)


@given(*(st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, NEVER]), min_size=1, max_size=5) for _ in range(2)))
def test_the_test_is_exact_with_ties(ours: list[float], theirs: list[float]) -> None:
    assert rank_sum_p(ours, theirs) == pytest.approx(counted_p(ours, theirs))


@pytest.mark.parametrize(
    ("ours", "theirs", "p"),
    [((1, 2, 3, 4), (5, 6, 7, 8), 2 / 70), ((1, 2, 3), (4, 5, 6), 2 / 20), ((5, 5, 5, 5), (5, 5, 5, 5), 1.0)],
)
def test_figures_of_the_tables(ours: Sequence[float], theirs: Sequence[float], p: float) -> None:
    assert rank_sum_p(ours, theirs) == pytest.approx(p)


def test_two_outcomes_prove_nothing() -> None:
    assert not list(evidence(a=[3], b=[NEVER]).better_pairs())
    assert not list(evidence(a=[3, 3, 3], b=[NEVER] * 3).better_pairs())
    assert not list(evidence(a=[3, 3, 3], b=[NEVER] * 3).better_pairs(least=2))


def test_a_clear_difference_is_told_in_one_direction() -> None:
    assert list(evidence(a=[3, 3, 4, 5], b=[9, NEVER, 8, NEVER]).better_pairs()) == [("a", "b")]
    assert not list(evidence(a=[3, 9, 4, 5], b=[8, NEVER, 3, 4]).better_pairs())
    assert not evidence(a=[3, 3, 4, 5]).is_better("a", "b")


def test_the_bar_can_be_moved() -> None:
    clear = evidence(a=[3, 3, 4, 5], b=[9, NEVER, 8, NEVER])
    assert not list(clear.better_pairs(least=5))
    assert not list(clear.better_pairs(level=0.01))


@given(st.lists(st.integers(1, 30), min_size=4, max_size=8), st.lists(st.integers(1, 30), min_size=4, max_size=8))
def test_two_actions_are_never_better_than_each_other(ours: list[int], theirs: list[int]) -> None:
    assert len(list(evidence(a=ours, b=theirs).better_pairs())) <= 1


def a_branch(runs: Path, number: int, action: str, **changes: Any) -> None:
    """A session of the tree that left session p before step 3."""
    session = a_session(session_id=f"20260102_030405_{number}", seed=number, total_steps=2)
    session = dataclasses.replace(session, **changes)
    steps = tuple(a_step(session_id=session.session_id, step=step, action=action) for step in (1, 2))
    directory = write_session(runs, session, steps)
    branch = Branch(session_id="p", step=3, way=("press_up",), frame_hash="", memory_hash="", first_action=action)
    directory.write_start(Start(start_id="w0001", world_seed=1), Timing(), branch)
    directory.config.write_text("task: {max_steps: 15}\nbudget: {extension_steps: 25}\n", encoding="utf-8")


def test_branches_are_read_by_step_and_first_action(tmp_path: Path) -> None:
    for number in range(4):
        a_branch(tmp_path, number, "press_a", total_steps=2 + number % 2)
        a_branch(tmp_path, 10 + number, "press_b", status="truncated", task_completed=False)
    write_session(tmp_path, a_session())  # no branch
    a_branch(tmp_path, 20, "press_b", status="failed", task_completed=None)
    a_branch(tmp_path, 21, "press_b", seed=13, total_steps=1)  # a seed that was played before
    a_branch(tmp_path, 22, "press_b", agent="random")
    ours, other = sorted(evidence_in(tmp_path), key=lambda one: len(one.steps_to_goal), reverse=True)
    assert (ours.session_id, ours.step) == ("p", 3)
    assert ours.steps_to_goal == {"press_a": (2.0, 3.0, 2.0, 3.0), "press_b": (NEVER,) * 4}
    assert list(ours.better_pairs()) == [("press_a", "press_b")]
    assert other.steps_to_goal == {"press_b": (2.0,)}


def test_a_roll_out_that_earned_an_extension_stays_among_the_others(tmp_path: Path) -> None:
    """The late successes of B would make it look better if they stood alone."""
    for number in range(4):
        a_branch(tmp_path, number, "press_a")
        a_branch(tmp_path, 10 + number, "press_b", max_steps=15 + 25 * (number % 2))
    [found] = evidence_in(tmp_path)
    assert {action: len(steps) for action, steps in found.steps_to_goal.items()} == {"press_a": 4, "press_b": 4}


def test_roll_outs_with_other_budgets_are_kept_apart(tmp_path: Path) -> None:
    a_branch(tmp_path, 1, "press_a")
    a_branch(tmp_path, 2, "press_a")
    [config] = tmp_path.glob("*_2/config.yaml")
    config.write_text("task: {max_steps: 15}\nbudget: {max_steps: 5}\n", encoding="utf-8")
    assert len(evidence_in(tmp_path)) == 2

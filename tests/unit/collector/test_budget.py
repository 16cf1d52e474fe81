"""The budget is exact, and warns once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.budget import StepBudget
from collector.errors import InputError


@given(st.integers(1, 300), st.floats(0.01, 1.0))
def test_it_is_spent_exactly_at_its_limit_and_warns_at_most_once(limit: int, share: float) -> None:
    budget = StepBudget(limit, soft_share=share)
    warnings = []
    while not budget.is_spent:
        if budget.take():
            warnings.append(budget.taken)
    assert budget.taken == limit
    assert warnings == ([budget.soft_limit] if budget.soft_limit < limit else [])


@pytest.mark.parametrize(("limit", "share", "warns_at"), [(15, 0.8, 12), (8, 0.8, 7), (1, 0.8, None), (10, 1.0, None)])
def test_the_warning_comes_at_the_share_rounded_up(limit: int, share: float, warns_at: int | None) -> None:
    budget = StepBudget(limit, soft_share=share)
    warned = [number for number in range(1, limit + 1) if budget.take()]
    assert warned == ([] if warns_at is None else [warns_at])


@pytest.mark.parametrize("limit", [0, -1])
def test_no_steps_are_no_budget(limit: int) -> None:
    with pytest.raises(InputError, match=rf"budget\.max_steps={limit}"):
        StepBudget(limit)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_a_share_is_above_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(InputError, match=r"budget\.soft_share"):
        StepBudget(5, soft_share=share)

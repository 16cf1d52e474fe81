"""The budget is exact, warns once, follows the optimum where asked, and extends only where the goal is close."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.budget import Budget, BudgetRules
from collector.errors import InputError
from collector.records import SessionUsage


def budget_of(max_steps: int, optimal_steps: int | None = None, **rules: Any) -> Budget:
    return Budget(BudgetRules(max_steps=max_steps, **rules), optimal_steps)


@given(st.integers(1, 300), st.floats(0.01, 1.0))
def test_it_is_spent_exactly_at_its_limit_and_warns_at_most_once(limit: int, share: float) -> None:
    budget = budget_of(limit, soft_share=share)
    warnings = []
    while not budget.is_spent:
        if budget.take():
            warnings.append(budget.taken)
    assert budget.taken == limit
    assert len(warnings) <= 1
    assert all(limit * share <= number < limit for number in warnings)


@pytest.mark.parametrize(("limit", "share", "warns_at"), [(15, 0.8, 12), (8, 0.8, 7), (1, 0.8, None), (10, 1.0, None)])
def test_the_warning_comes_at_the_share_rounded_up(limit: int, share: float, warns_at: int | None) -> None:
    budget = budget_of(limit, soft_share=share)
    warned = [number for number in range(1, limit + 1) if budget.take()]
    assert warned == ([] if warns_at is None else [warns_at])


@pytest.mark.parametrize(
    ("factor", "optimal", "limit"),
    [(2.0, 7, 14), (1.5, 7, 11), (2.0, 1, 3), (9.0, 7, 40), (2.0, None, 40), (None, 7, 40)],
)
def test_an_adaptive_limit_follows_the_optimum_below_the_hard_one(
    factor: float | None, optimal: int | None, limit: int
) -> None:
    assert budget_of(40, optimal, adaptive=factor).max_steps == limit


def test_extensions_are_granted_at_the_limit_close_to_the_goal_and_only_so_often() -> None:
    budget = budget_of(4, extension_steps=2, max_extensions=2, extension_progress=0.5)
    granted = []
    for progress in (1.0, 0.5, 0.5, None, 0.4, 0.5, 0.9, 0.9, 0.9, 0.9):
        if budget.is_spent:
            break
        budget.take()
        granted.append(budget.extend(progress))
    assert granted == [False, False, False, False]
    assert budget.extend(0.49) is False
    assert budget.extend(0.5) is True
    assert budget.max_steps == 6
    assert budget.extend(0.5) is False, "there are steps left"
    budget.take(), budget.take()
    assert budget.extend(1.0) is True
    budget.take(), budget.take()
    assert budget.extend(1.0) is False, "two were allowed"
    assert budget.is_spent


def test_without_extension_steps_nothing_is_granted() -> None:
    budget = budget_of(1)
    budget.take()
    assert not budget.extend(1.0)


@pytest.mark.parametrize(
    ("rules", "usage", "said"),
    [
        ({"max_tokens": 100}, {"input_tokens": 60, "output_tokens": 40}, "100 of 100 tokens"),
        ({"max_tokens": 100}, {"input_tokens": 60, "output_tokens": 39}, None),
        ({"max_cost_usd": 0.5}, {"cost_usd": 0.75}, "0.75 of 0.5 US dollars"),
        ({"max_seconds": 9.0}, {"wall_seconds": 9.5}, "9.5 of 9 seconds"),
        ({}, {"input_tokens": 10**9, "cost_usd": 1e9, "wall_seconds": 1e9}, None),
    ],
)
def test_tokens_money_and_time_are_limits_too(rules: dict[str, Any], usage: dict[str, Any], said: str | None) -> None:
    assert budget_of(5, **rules).overspent(SessionUsage(**usage)) == said


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"max_steps": 0}, r"budget\.max_steps=0"),
        ({"max_steps": -1}, r"budget\.max_steps=-1"),
        *(({"max_steps": 5, "soft_share": share}, r"budget\.soft_share") for share in (0, -0.1, 1.01, float("nan"))),
        ({"max_steps": 5, "adaptive": 0.9}, r"budget\.adaptive"),
        ({"max_steps": 5, "extension_steps": -1}, r"budget\.extension_steps"),
        ({"max_steps": 5, "max_cost_usd": 0}, r"budget\.max_cost_usd"),
        ({"max_steps": 5, "max_seconds": -1}, r"budget\.max_seconds"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        BudgetRules(**rules)

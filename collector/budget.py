"""What a session may spend: steps to the exact count, and tokens, money and time.

The hard limit is exact. The soft one warns once. An adaptive limit follows the fewest steps that would do. An
extension is granted only at the hard limit, only while the goal is close, and only so many times; each grant is told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from collector.errors import InputError
from collector.records import SessionUsage

_FEWEST_ADAPTIVE: Final = 3
"""An adaptive limit is never below this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRules:
    """What a session may spend."""

    max_steps: int
    """The hard limit."""
    soft_share: float = 0.8
    """Share of the limit at which a warning is due."""
    adaptive: float | None = None
    """Limit the steps to this many times the fewest that would do, where those are known; never above max_steps."""
    extension_steps: int = 0
    """Steps that an extension grants; 0 grants none."""
    max_extensions: int = 1
    """How often it may be granted."""
    extension_progress: float = 0.5
    """Share of the goal's parts that must be reached for a grant."""
    max_tokens: int | None = None
    """Tokens read and written together."""
    max_cost_usd: float | None = None
    """Money, by the price list."""
    max_seconds: float | None = None
    """Wall time from the first observation on."""

    def __post_init__(self) -> None:
        if self.max_steps < 1:
            raise InputError(f"budget.max_steps={self.max_steps}: a session takes at least 1 step")
        for name, share in (("soft_share", self.soft_share), ("extension_progress", self.extension_progress)):
            if not 0 < share <= 1:
                raise InputError(f"budget.{name}={share}: give a share above 0 and up to 1")
        if self.adaptive is not None and self.adaptive < 1:
            raise InputError(f"budget.adaptive={self.adaptive}: below 1 no session could reach its goal")
        if self.extension_steps < 0 or self.max_extensions < 0:
            raise InputError("budget.extension_steps and budget.max_extensions: give whole numbers from 0")
        for name in ("max_tokens", "max_cost_usd", "max_seconds"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(f"budget.{name}={value}: give a number above 0, or null for no limit")


class Budget:
    """Counts what a session spends against its rules."""

    def __init__(self, rules: BudgetRules, optimal_steps: int | None = None) -> None:
        """`optimal_steps` are the fewest that reach the goal, if known: an adaptive limit follows them."""
        self.rules = rules
        self.max_steps = rules.max_steps
        if rules.adaptive is not None and optimal_steps is not None:
            wanted = max(_FEWEST_ADAPTIVE, math.ceil(rules.adaptive * optimal_steps))
            self.max_steps = min(rules.max_steps, wanted)
        self.taken = 0
        self.extensions = 0
        self._soft_limit = math.ceil(self.max_steps * rules.soft_share)

    @property
    def is_spent(self) -> bool:
        """Whether no further step may be taken."""
        return self.taken >= self.max_steps

    def take(self) -> bool:
        """Count one step; True exactly once, when the soft limit is reached with steps still left."""
        self.taken += 1
        return self.taken == self._soft_limit and not self.is_spent

    def extend(self, progress: float | None) -> bool:
        """Grant more steps if the limit is reached, the goal is close enough and a grant is left."""
        close = progress is not None and progress >= self.rules.extension_progress
        if not (self.is_spent and close and self.rules.extension_steps and self.extensions < self.rules.max_extensions):
            return False
        self.extensions += 1
        self.max_steps += self.rules.extension_steps
        return True

    def overspent(self, usage: SessionUsage) -> str | None:
        """What else is spent up, in words; None if nothing is."""
        tokens = usage.input_tokens + usage.output_tokens
        spent = (
            ("tokens", tokens, self.rules.max_tokens),
            ("US dollars", usage.cost_usd, self.rules.max_cost_usd),
            ("seconds", usage.wall_seconds, self.rules.max_seconds),
        )
        for name, amount, limit in spent:
            if limit is not None and amount >= limit:
                return f"{amount:g} of {limit:g} {name}"
        return None

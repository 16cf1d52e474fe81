"""How many steps a session may take: a hard limit that is exact, and a soft one that warns once."""

from __future__ import annotations

import math

from collector.errors import InputError


class StepBudget:
    """Counts steps against a limit."""

    def __init__(self, max_steps: int, *, soft_share: float = 0.8) -> None:
        """`max_steps` is exact; at `soft_share` of it, rounded up, the warning is due."""
        if max_steps < 1:
            raise InputError(f"budget.max_steps={max_steps}: a session takes at least 1 step")
        if not 0 < soft_share <= 1:
            raise InputError(f"budget.soft_share={soft_share}: give a share above 0 and up to 1")
        self.max_steps = max_steps
        self.soft_limit = math.ceil(max_steps * soft_share)
        self.taken = 0

    @property
    def is_spent(self) -> bool:
        """Whether no further step may be taken."""
        return self.taken >= self.max_steps

    def take(self) -> bool:
        """Count one step; True exactly once, when the soft limit is reached with steps still left."""
        self.taken += 1
        return self.taken == self.soft_limit and not self.is_spent

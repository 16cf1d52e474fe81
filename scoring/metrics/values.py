"""The kinds of figure there are: each knows what it was counted over, and is None, never 0, where that is nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many."""

    part: int
    """Those that have it."""
    of: int
    """All that could."""

    @property
    def value(self) -> float | None:
        """0..1; None where nothing could."""
        return self.part / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """An average and its count."""

    value: float | None
    """The arithmetic mean; None of nothing."""
    of: int
    """Values it was taken over."""

    @classmethod
    def over(cls, values: Iterable[float | None]) -> Mean:
        """The mean of the values that are known."""
        known = [value for value in values if value is not None]
        return cls(value=statistics.fmean(known) if known else None, of=len(known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """How many different ones among how many."""

    different: int
    """Each counted once."""
    of: int
    """Each counted as often as it occurred."""

    @property
    def value(self) -> int | None:
        """The different ones; None where there was nothing to tell apart."""
        return self.different if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So much for each of something."""

    amount: float | None
    """All of it; None if it is not known."""
    per: float
    """What it is divided by."""

    @property
    def value(self) -> float | None:
        """The amount for each one; None if the amount is not known or there is nothing to divide by."""
        return None if self.amount is None or not self.per else self.amount / self.per

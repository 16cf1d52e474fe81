"""Chance that is the same in every build: drawn from a seed and an example's name, never from its place in a list."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


def rank(seed: int, purpose: str, session_id: str, step: int) -> float:
    """A number in [0, 1) for an example; other purposes give it other numbers."""
    drawn = hashlib.blake2b(f"{seed}/{purpose}/{session_id}/{step}".encode(), digest_size=7).digest()
    return int.from_bytes(drawn, "big") / 2**56


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDropout:
    """A share of train whose prompts leave out what was pressed and shown before."""

    seed: int = 0
    """Of the draw."""
    share: float = 0.0
    """0 to 1."""

    def takes(self, session_id: str, step: int) -> bool:
        """Whether an example is one of them."""
        return self.share > 0 and rank(self.seed, "history", session_id, step) < self.share

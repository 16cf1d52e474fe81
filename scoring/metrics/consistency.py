"""How alike the ways of playing a task are: the edit distance between the action sequences of its sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from scoring.metrics.values import Mean

_ROWS_AT_ONCE: Final = 256
"""Sequences compared with all others at once: a few megabytes for 10,000 sessions."""


def consistency(tasks: Iterable[Sequence[tuple[str, ...]]]) -> Mean:
    """The mean over tasks of the mean likeness of two of its sequences; `of` counts the pairs of sequences.

    Two sequences are 1 - d / n alike, where d is the fewest actions to insert, remove or exchange that make one the
    other (Levenshtein 1966), and n the length of the longer one; two empty ones are alike.
    """
    likeness, pairs = [], 0
    for sequences in tasks:
        of = len(sequences) * (len(sequences) - 1) // 2
        if of:
            likeness.append(_sum_of_pairs(sequences) / of)
            pairs += of
    return Mean(value=Mean.over(likeness).value, of=pairs)


def _sum_of_pairs(sequences: Sequence[tuple[str, ...]]) -> float:
    """The likeness of all pairs, summed; equal sequences are compared once, with their number as weight."""
    import numpy as np
    from rapidfuzz.distance.Levenshtein import normalized_similarity
    from rapidfuzz.process import cdist

    counts = Counter(sequences)
    different, weights = list(counts), np.asarray(list(counts.values()), dtype=np.float64)
    total = 0.0
    for begin in range(0, len(different), _ROWS_AT_ONCE):
        block = different[begin : begin + _ROWS_AT_ONCE]
        alike = cdist(block, different, scorer=normalized_similarity, dtype=np.float64)
        total += float(weights[begin : begin + _ROWS_AT_ONCE] @ alike @ weights)
    return (total - len(sequences)) / 2

"""How far figures can be trusted: intervals for rates and for paired differences, and tests of paired yes and no.

Rates take Wilson's interval (Wilson 1927), differences of paired rates Newcombe's square-and-add interval (Newcombe
1998, method 10) and McNemar's mid-p test (Fagerland, Lydersen and Laake 2013), differences of anything else a bootstrap
over clusters: what one start or one training seed did is drawn together or not at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from collector.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL: Final = 0.95
"""The share of intervals that should hold the truth."""

RESAMPLES: Final = 10_000
"""Draws of a bootstrap."""

_DRAWN_AT_ONCE: Final = 1_000_000
"""Cells of a block of draws: a few megabytes."""

_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a figure may lie."""

    low: float
    """Its lower end."""
    high: float
    """Its upper end."""
    level: float
    """The share of such intervals that should hold the truth, 0..1."""

    def holds(self, value: float) -> bool:
        """Whether the value lies in it, ends included."""
        return self.low <= value <= self.high


def wilson(successes: int, n: int, level: float = LEVEL) -> Interval:
    """The interval of a rate; 0 to 1 where nothing was counted. InputError for counts that can't be."""
    if not 0 <= successes <= n:
        raise InputError(f"{successes} of {n}: expected a part from 0 to the whole")
    if n == 0:
        return Interval(low=0.0, high=1.0, level=_checked(level))
    z = _quantile(level)
    middle, spread = successes + z * z / 2, z * math.sqrt(successes * (n - successes) / n + z * z / 4)
    low = 0.0 if successes == 0 else (middle - spread) / (n + z * z)
    high = 1.0 if successes == n else (middle + spread) / (n + z * z)
    return Interval(low=low, high=high, level=level)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCounts:
    """Pairs by what each side of them did."""

    both: int
    """Both sides succeeded."""
    only_first: int
    """The first alone did."""
    only_second: int
    """The second alone did."""
    neither: int
    """Neither did."""

    @property
    def first(self) -> int:
        """Successes of the first side."""
        return self.both + self.only_first

    @property
    def second(self) -> int:
        """Successes of the second side."""
        return self.both + self.only_second

    @property
    def of(self) -> int:
        """All pairs."""
        return self.both + self.only_first + self.only_second + self.neither


def newcombe(counts: PairedCounts, level: float = LEVEL) -> Interval:
    """The interval of the first rate less the second over pairs that don't depend on each other."""
    if counts.of == 0:
        return Interval(low=-1.0, high=1.0, level=_checked(level))
    rates = counts.first / counts.of, counts.second / counts.of
    first, second = wilson(counts.first, counts.of, level), wilson(counts.second, counts.of, level)
    shared = _correlation(counts)

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(0.0, one**2 + other**2 - 2 * shared * one * other))

    difference = rates[0] - rates[1]
    return Interval(
        low=difference - reach(rates[0] - first.low, second.high - rates[1]),
        high=difference + reach(rates[1] - second.low, first.high - rates[0]),
        level=level,
    )


def mcnemar_mid_p(counts: PairedCounts) -> float:
    """Chance of pairs at least as uneven if both sides were equally good (two-sided, ties counted half)."""
    fewer, more = sorted((counts.only_first, counts.only_second))
    ways = [math.comb(fewer + more, number) for number in range(fewer + 1)]
    whole = 1 << (fewer + more)
    return 1 - ways[fewer] / (2 * whole) if fewer == more else (2 * sum(ways) - ways[fewer]) / whole


def clustered_bootstrap(
    differences: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    seconds: Sequence[Hashable] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The interval of the mean of paired differences whose clusters (worlds, starts) are drawn with replacement.

    `seconds` names what else the differences share, across clusters (training seeds): it is drawn beside them, and a
    difference counts as often as both of its names were drawn (the pigeonhole bootstrap, Owen 2007: rather wide, but
    too narrow where three seeds differ much; docs/comparing.md has figures). The percentiles are widened for few
    clusters as by Hesterberg 2015; below 10 they still hold the truth less often than they say. InputError if there are
    no differences, or not a name for each.
    """
    import numpy as np

    names = (clusters,) if seconds is None else (clusters, seconds)
    if not differences or any(len(each) != len(differences) for each in names):
        sizes = ", ".join(str(len(each)) for each in names)
        raise InputError(
            f"{len(differences)} differences with {sizes} names: expected one or more, and a name for each"
        )
    rows, columns = _numbered(clusters), _numbered(["all"] * len(differences) if seconds is None else seconds)
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    sums, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (rows, columns), np.asarray(differences, dtype=np.float64))
    np.add.at(counts, (rows, columns), 1.0)
    random = np.random.default_rng(seed)
    means: list[Floats] = []
    for block in _blocks(resamples, max(shape)):
        drawn_rows = _drawn(random, block, shape[0])
        drawn_columns = np.ones((block, 1)) if seconds is None else _drawn(random, block, shape[1])
        total = ((drawn_rows @ sums) * drawn_columns).sum(axis=1)
        of = ((drawn_rows @ counts) * drawn_columns).sum(axis=1)
        means.append(total[of > 0] / of[of > 0])
    return _percentiles(np.concatenate(means), shape[0], level)


def bootstrap(
    statistic: Callable[[NDArray[np.intp]], float | None],
    n: int,
    *,
    level: float = LEVEL,
    resamples: int = 1_000,
    seed: int = 0,
) -> Interval | None:
    """The interval of any figure over n units, of which `statistic` is given the numbers drawn, with repetitions.

    Draws for which it has no figure (None or nan) are left out; None if that is more than half of them, or n is 0.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    figures = [statistic(random.integers(0, n, n)) for _ in range(resamples if n else 0)]
    known = np.asarray([figure for figure in figures if figure is not None and not math.isnan(figure)])
    return None if 2 * len(known) <= len(figures) else _percentiles(known, n, level)


def _correlation(counts: PairedCounts) -> float:
    """Newcombe's estimate of how the two rates move together, with his correction where they do so the same way."""
    product = counts.first * (counts.of - counts.first) * counts.second * (counts.of - counts.second)
    if product == 0:
        return 0.0
    excess = counts.both * counts.neither - counts.only_first * counts.only_second
    corrected = max(excess - counts.of / 2, 0.0) if excess > 0 else excess
    return corrected / math.sqrt(product)


def _numbered(names: Sequence[Hashable]) -> NDArray[np.intp]:
    """Each name's number, from 0 in the order in which they are first met."""
    import numpy as np

    numbers: dict[Hashable, int] = {}
    return np.asarray([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp)


def _blocks(resamples: int, width: int) -> list[int]:
    """The draws in blocks that fit in memory."""
    size = max(1, _DRAWN_AT_ONCE // width)
    return [min(size, resamples - begun) for begun in range(0, resamples, size)]


def _drawn(random: np.random.Generator, draws: int, n: int) -> Floats:
    """How often each of n was drawn in each of the draws: draws x n."""
    import numpy as np

    numbers = random.integers(0, n, (draws, n)) + np.arange(draws)[:, None] * n
    return np.bincount(numbers.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)


def _percentiles(figures: Floats, n: int, level: float) -> Interval:
    """The middle of the figures, widened because n units vary less among themselves than others would."""
    import numpy as np

    reach = _student(level, n - 1) * math.sqrt(n / (n - 1)) if n > 1 else math.inf
    tail = 1 - _NORMAL.cdf(reach)
    low, high = np.quantile(figures, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high), level=level)


def _student(level: float, freedom: int) -> float:
    """Student's quantile of a two-sided level: Abramowitz and Stegun 26.7.5, four terms; from 2 degrees within 1 %."""
    z = _quantile(level)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / math.pow(freedom, power) for power, term in enumerate(terms))


def _quantile(level: float) -> float:
    """The normal quantile of a two-sided level."""
    return _NORMAL.inv_cdf((1 + _checked(level)) / 2)


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise InputError(f"level={level}: expected a share between 0 and 1, such as 0.95")
    return level

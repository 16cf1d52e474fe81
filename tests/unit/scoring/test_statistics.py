import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.errors import InputError
from scoring.statistics import (
    Interval,
    PairedCounts,
    bootstrap,
    clustered_bootstrap,
    mcnemar_mid_p,
    newcombe,
    wilson,
)


def ends(interval: Interval) -> tuple[float, float]:
    return round(interval.low, 4), round(interval.high, 4)


def pairs(both: int, only_first: int, only_second: int, neither: int) -> PairedCounts:
    return PairedCounts(both=both, only_first=only_first, only_second=only_second, neither=neither)


# Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17:857, table I,
# method 3.
@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson_gives_the_published_intervals(successes: int, n: int, expected: tuple[float, float]) -> None:
    assert ends(wilson(successes, n)) == expected


def test_nothing_counted_leaves_everything_possible() -> None:
    assert ends(wilson(0, 0)) == (0.0, 1.0)
    assert ends(newcombe(pairs(0, 0, 0, 0))) == (-1.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (1, 0)])
def test_wilson_refuses_a_part_that_is_no_part(successes: int, n: int) -> None:
    with pytest.raises(InputError, match="from 0 to the whole"):
        wilson(successes, n)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(InputError, match=r"such as 0\.95"):
        wilson(1, 2, level)


# Newcombe (1998), Improved confidence intervals for the difference between binomial proportions based on paired data,
# Statistics in Medicine 17:2635, method 10 (36 12 2 0); Fagerland, Lydersen and Laake (2017), Statistical Analysis of
# Contingency Tables, chapter 8: complete response before and after consolidation (Cavo 2012), airway
# hyper-responsiveness before and after transplantation (Bentur 2009).
@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (pairs(36, 12, 2, 0), (0.0569, 0.3404)),
        (pairs(59, 6, 16, 80), (-0.1186, -0.0046)),
        (pairs(1, 1, 7, 12), (-0.5069, -0.0256)),
    ],
)
def test_newcombe_gives_the_published_intervals_of_paired_rates(
    counts: PairedCounts, expected: tuple[float, float]
) -> None:
    assert ends(newcombe(counts)) == expected


@given(st.tuples(*[st.integers(0, 60)] * 4))
def test_newcombe_turns_round_with_its_sides_and_holds_the_difference(cells: tuple[int, int, int, int]) -> None:
    both, first, second, neither = cells
    one, other = newcombe(pairs(*cells)), newcombe(pairs(both, second, first, neither))
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert -1 - 1e-9 <= one.low <= (first - second) / max(1, sum(cells)) <= one.high <= 1 + 1e-9


# Fagerland, Lydersen and Laake (2013), The McNemar test for binary matched-pairs data, BMC Medical Research Methodology
# 13:91: 0.0391 for the airways; the even case is 1 - P(X = 5) / 2 of ten.
@pytest.mark.parametrize(
    ("counts", "expected"),
    [(pairs(1, 1, 7, 12), 0.0391), (pairs(9, 7, 1, 9), 0.0391), (pairs(0, 5, 5, 0), 0.8770), (pairs(3, 0, 0, 4), 0.5)],
)
def test_mcnemar_gives_the_published_mid_p(counts: PairedCounts, expected: float) -> None:
    assert round(mcnemar_mid_p(counts), 4) == expected


def test_one_difference_a_cluster_gives_the_interval_of_student() -> None:
    differences = np.random.default_rng(5).normal(0.3, 1.0, 40)
    found = clustered_bootstrap(differences.tolist(), range(40))
    reach = 2.0227 * differences.std(ddof=1) / math.sqrt(40)  # t, 39 degrees
    assert found.low == pytest.approx(differences.mean() - reach, abs=0.03)
    assert found.high == pytest.approx(differences.mean() + reach, abs=0.03)


def test_repeating_what_a_cluster_did_tells_nothing_new() -> None:
    differences = np.random.default_rng(5).normal(0.3, 1.0, 40).tolist()
    once = clustered_bootstrap(differences, range(40))
    thrice = clustered_bootstrap(differences * 3, [*range(40)] * 3)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))
    apart = clustered_bootstrap(differences * 3, range(120))
    assert apart.high - apart.low < 0.7 * (once.high - once.low)


def test_what_the_training_seeds_share_widens_the_interval() -> None:
    random = np.random.default_rng(6)
    worlds, seeds = 60, 6
    by_seed = random.normal(0.0, 1.0, seeds)
    differences = [
        float(by_seed[seed] + random.normal(0.0, 0.2) + 0.0 * world) for world in range(worlds) for seed in range(seeds)
    ]
    names = [world for world in range(worlds) for _ in range(seeds)]
    one = clustered_bootstrap(differences, names)
    two = clustered_bootstrap(differences, names, seconds=[*range(seeds)] * worlds)
    assert two.high - two.low > 5 * (one.high - one.low)
    assert two.high - two.low == pytest.approx(2 * 1.96 * by_seed.std() / math.sqrt(seeds), rel=0.25)


def test_a_bootstrap_is_the_same_each_time_and_another_with_another_seed() -> None:
    differences, names = [0.0, 1.0, 0.5, -0.25, 2.0, 0.125], list("aabbcd")
    assert clustered_bootstrap(differences, names) == clustered_bootstrap(differences, names)
    blocks = clustered_bootstrap(differences * 400, [*range(2400)], resamples=1000, seed=1)
    assert blocks != clustered_bootstrap(differences * 400, [*range(2400)], resamples=1000, seed=2)


@pytest.mark.parametrize(
    ("differences", "clusters", "seconds"), [([], [], None), ([1.0], [], None), ([1.0], ["a"], [1, 2])]
)
def test_differences_without_their_names_are_refused(
    differences: list[float], clusters: list[Any], seconds: Sequence[Any] | None
) -> None:
    with pytest.raises(InputError, match="a name for each"):
        clustered_bootstrap(differences, clusters, seconds=seconds)


def test_a_cross_with_holes_leaves_empty_draws_out() -> None:
    found = clustered_bootstrap([0.0, 1.0], ["a", "b"], seconds=["x", "y"], resamples=200)
    assert (found.low, found.high) == (0.0, 1.0)


@pytest.mark.parametrize("n", [10, 20])
def test_the_interval_of_few_clusters_holds_the_truth_as_often_as_it_says(n: int) -> None:
    random, tries = np.random.default_rng(8), 1000
    held = sum(
        clustered_bootstrap(random.normal(0.0, 1.0, n).tolist(), range(n), resamples=1000).holds(0.0)
        for _ in range(tries)
    )
    assert 0.93 <= held / tries <= 0.97, f"{held} of {tries}"


def test_any_figure_can_be_bootstrapped() -> None:
    values = np.random.default_rng(8).normal(10.0, 2.0, 200)

    def mean(drawn: NDArray[np.intp]) -> float:
        return float(values[drawn].mean())

    found = bootstrap(mean, len(values))
    assert found is not None
    assert found.low == pytest.approx(values.mean() - 1.97 * values.std() / math.sqrt(200), abs=0.06)
    assert found.high == pytest.approx(values.mean() + 1.97 * values.std() / math.sqrt(200), abs=0.06)


@pytest.mark.parametrize(("n", "figure"), [(0, 1.0), (5, None), (5, math.nan)])
def test_a_figure_that_is_rarely_there_has_no_interval(n: int, figure: float | None) -> None:
    assert bootstrap(lambda drawn: figure, n) is None

import pytest

from collector.records import Status
from scoring.compare.figures import Figure, contrast, figure_of, measures_for
from scoring.compare.pairs import Pair, pair_up
from scoring.records import Source
from scoring.sessions import RatedSession
from scoring.statistics import wilson
from tests.unit.scoring.compare.sides import a_rated, a_world, planted

COMPLETION = measures_for(Source.AUTO)[0]


def by_name(pairs: list[tuple[RatedSession, RatedSession]]) -> dict[str, Figure]:
    found = contrast(pair_up("a", [a for a, _ in pairs], "b", [b for _, b in pairs]), Source.AUTO)
    return {figure.measure: figure for figure in found.overall}


def test_paired_rates_are_those_of_the_textbook() -> None:
    """Complete response before and after consolidation (Cavo 2012; Fagerland, Lydersen and Laake 2017, chapter 8)."""
    cells = [(True, True)] * 59 + [(True, False)] * 6 + [(False, True)] * 16 + [(False, False)] * 80
    figure = by_name(
        [(a_world("a", world, "t", a), a_world("b", world, "t", b)) for world, (a, b) in enumerate(cells)]
    )["completion"]
    assert figure.table is not None and figure.interval is not None
    assert (figure.pairs, figure.starts) == (161, 161)
    assert (round(figure.a or 0, 4), round(figure.b or 0, 4)) == (0.4037, 0.4658)
    assert round(figure.difference or 0, 4) == -0.0621
    assert (round(figure.table.newcombe.low, 4), round(figure.table.newcombe.high, 4)) == (-0.1186, -0.0046)
    assert figure.table.a_interval == wilson(65, 161)
    assert figure.table.b_interval == wilson(75, 161)
    assert figure.interval.low == pytest.approx(figure.table.newcombe.low, abs=0.006)
    assert figure.interval.high == pytest.approx(figure.table.newcombe.high, abs=0.006)
    assert figure.higher == "b"


def test_a_planted_difference_is_found_and_none_is_not() -> None:
    found = figure_of(COMPLETION, planted(0.2, seed=1).pairs)
    assert found.higher == "a"
    assert found.interval is not None and found.interval.holds(0.2)
    none = figure_of(COMPLETION, planted(0.0, seed=1).pairs)
    assert none.higher is None
    assert none.interval is not None and none.interval.holds(0.0)


@pytest.mark.slow
def test_power_and_size_over_many_runs(capsys: pytest.CaptureFixture[str]) -> None:
    tries = 400
    power = sum(figure_of(COMPLETION, planted(0.2, seed).pairs).higher == "a" for seed in range(tries))
    size = sum(figure_of(COMPLETION, planted(0.0, seed).pairs).higher is not None for seed in range(tries))
    with capsys.disabled():
        print(f"\n0.2 found in {power} of {tries}; a difference that is not there, in {size} of {tries} (20 expected)")
    assert power >= 0.95 * tries
    assert wilson(size, tries, 0.999).holds(0.05)


def test_tasks_of_one_world_count_as_one_start() -> None:
    """Three tasks a world that always go alike tell no more than one."""
    once = planted(0.2, seed=3, tasks=1)
    thrice = [
        Pair(a=a_world("a", world, f"t{number}", a), b=a_world("b", world, f"t{number}", b))
        for number in range(3)
        for world, (a, b) in enumerate(
            (bool(pair.a.session.task_completed), bool(pair.b.session.task_completed)) for pair in once.pairs
        )
    ]
    one, three = figure_of(COMPLETION, once.pairs), figure_of(COMPLETION, thrice)
    assert one.interval is not None and three.interval is not None
    assert (one.starts, three.starts, three.pairs) == (100, 100, 300)
    assert three.interval.low == pytest.approx(one.interval.low)
    assert three.interval.high == pytest.approx(one.interval.high)


def test_each_measure_takes_the_pairs_that_have_it() -> None:
    sides = [
        (a_rated("a1", 9, start_id="w1", total_steps=6), a_rated("b1", 7, start_id="w1", total_steps=4)),
        (
            a_rated("a2", 3, start_id="w2", total_steps=15, status=Status.TRUNCATED, task_completed=False),
            a_rated("b2", start_id="w2", total_steps=3),
        ),
        (
            a_rated("a3", start_id="w3", total_steps=2, status=Status.FAILED, task_completed=None),
            a_rated("b3", start_id="w3", status=Status.GAVE_UP, task_completed=None),
        ),
    ]
    figures = by_name(sides)
    assert {name: (figure.pairs, figure.a, figure.b, figure.difference) for name, figure in figures.items()} == {
        "completion": (2, 0.5, 1.0, -0.5),
        "reliability": (3, pytest.approx(2 / 3), 1.0, pytest.approx(-1 / 3)),
        "score": (1, 9.0, 7.0, 2.0),
        "efficiency": (1, 0.5, 0.75, -0.25),
        "steps": (2, 10.5, 3.5, 7.0),
    }


def test_scores_are_of_one_source() -> None:
    a, b = a_rated("a1", 9), a_rated("b1", 7)
    human = contrast(pair_up("a", [a], "b", [b]), Source.HUMAN)
    assert [figure.pairs for figure in human.overall if figure.measure == "score"] == [0]


def test_an_interval_is_missing_for_a_reason() -> None:
    few = figure_of(COMPLETION, planted(0.2, seed=1, worlds=9).pairs)
    assert (few.interval, few.no_interval) == (None, "9 different starts; an interval takes 10")
    alike = [Pair(a=a_world("a", world, "t", True), b=a_world("b", world, "t", False)) for world in range(12)]
    figure = figure_of(COMPLETION, alike)
    assert figure.interval is None and figure.no_interval is not None and "differ alike" in figure.no_interval
    assert figure.table is not None and figure.table.newcombe.low > 0
    nothing = figure_of(COMPLETION, [])
    assert (nothing.a, nothing.difference, nothing.no_interval) == (None, None, "no pair has it on both sides")

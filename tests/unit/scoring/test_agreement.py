"""Agreement between people, raters over time, and people beside the rule: textbook and hand-counted figures."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from collector.run_directory import SessionDirectory
from scoring.agreement import agreement_among, confusion_between, disagreements, rater_reports
from scoring.agreement import among as among_module
from scoring.metrics import Mean, ScoreFilter, Share
from scoring.records import Annotation, Source, retraction_of
from scoring.sessions import RatedSession
from tests.records import a_session

SIX = ScoreFilter()


def rating(number: int, rater: str, score: int | None, source: str = "human", **changes: Any) -> Annotation:
    fields: dict[str, Any] = {"justification": "because", "rubric_version": "1"}
    return Annotation(session_id=f"s{number:03d}", rater=rater, source=source, score=score, **fields | changes)


def session(number: int, annotations: Iterable[Annotation], **changes: Any) -> RatedSession:
    record = a_session(session_id=f"s{number:03d}", **changes)
    directory = SessionDirectory(Path(f"session_{record.session_id}"))
    return RatedSession(directory=directory, session=record, annotations=tuple(annotations))


def scored(number: int, auto: int | None = None, **people: int) -> RatedSession:
    rule = [] if auto is None else [rating(number, "auto", auto, "auto")]
    return session(number, [*rule, *(rating(number, rater, score) for rater, score in people.items())])


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C: four observers, twelve units, ordinal 0.815.
TEXTBOOK = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_alpha_is_the_textbooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(among_module, "FEWEST_DOUBLES", 11)
    units = list(zip(*TEXTBOOK, strict=True))
    found = agreement_among(
        scored(number, **{f"r{place}": score for place, score in enumerate(unit) if score is not None})
        for number, unit in enumerate(units)
    )
    assert found.alpha == pytest.approx(0.815, abs=0.0005)
    assert (found.doubles, found.ratings, found.raters) == (11, 40, 4)
    assert found.interval is not None and found.interval.holds(0.815)


def test_too_few_doubles_give_no_alpha_and_say_so() -> None:
    found = agreement_among(scored(number, a=7, b=number % 10 + 1) for number in range(29))
    assert (found.alpha, found.interval, found.doubles) == (None, None, 29)
    assert found.reason == "29 of the 30 sessions rated by two or more that it takes"


def test_agreement_that_chance_would_give_as_well_has_no_figure() -> None:
    found = agreement_among(scored(number, a=7, b=7) for number in range(40))
    assert found.alpha is None
    assert found.reason is not None and "chance" in found.reason


def test_people_who_agree_have_an_alpha_near_1_and_people_who_guess_near_0() -> None:
    pick = random.Random(0)
    same = agreement_among(scored(number, a=number % 10 + 1, b=number % 10 + 1) for number in range(40))
    guessed = agreement_among(scored(number, a=pick.randint(1, 10), b=pick.randint(1, 10)) for number in range(200))
    assert same.alpha == pytest.approx(1.0)
    assert guessed.alpha is not None and guessed.interval is not None
    assert abs(guessed.alpha) < 0.2
    assert guessed.interval.holds(0.0)
    assert not guessed.interval.holds(0.5)


def test_one_rater_twice_and_ratings_taken_back_are_no_doubles() -> None:
    taken_back = rating(2, "b", 3)
    found = agreement_among(
        [
            session(1, [rating(1, "a", 7), rating(1, "a", 8)]),
            session(2, [rating(2, "a", 7), taken_back, retraction_of(taken_back)]),
            session(3, [rating(3, "a", 7), rating(3, "auto", 9, "auto"), rating(3, "m", 9, "judge")]),
            session(4, [rating(4, "a", 7), rating(4, "b", None)]),
            session(5, [rating(5, "a", 7), rating(5, "b", 7)]),
        ]
    )
    assert (found.doubles, found.ratings, found.raters) == (1, 2, 2)


@pytest.mark.slow
def test_the_interval_of_alpha_holds_the_truth_as_often_as_it_says() -> None:
    pick = random.Random(3)

    def judged(number: int) -> RatedSession:
        true = pick.choice((1, 2, 3, 4, 7, 8, 9, 10))
        return scored(number, **{rater: min(10, max(1, round(true + pick.gauss(0, 2)))) for rater in "ab"})

    truth = agreement_among(judged(number) for number in range(3_000)).alpha
    assert truth is not None
    intervals = [agreement_among(judged(number) for number in range(30)).interval for _ in range(100)]
    assert sum(interval is not None and interval.holds(truth) for interval in intervals) >= 89


def test_a_rater_is_measured_against_others_and_gold() -> None:
    sessions = [
        scored(1, a=9, b=7, gold=8),
        scored(2, a=6, gold=4),
        scored(3, a=5, b=8),
        session(4, [rating(4, "a", None), rating(4, "gold", 9)]),
    ]
    found = {report.rater: report for report in rater_reports(sessions, gold="gold")}
    assert found["a"].ratings == 4
    assert found["a"].cannot_judge == 1
    assert found["a"].score == Mean(value=pytest.approx(20 / 3), of=3)
    # above b and gold's median 7.5, above gold's 4, below b's 8
    assert found["a"].above_others == Mean(value=pytest.approx((1.5 + 2 - 3) / 3), of=3)
    assert found["a"].above_gold == Mean(value=1.5, of=2)
    assert found["b"].above_gold == Mean(value=-1.0, of=1)
    assert found["b"].gold_distance == Mean(value=1.0, of=1)
    assert found["gold"].above_gold == Mean(value=None, of=0)
    assert rater_reports(sessions)[0].above_gold == Mean(value=None, of=0)


def timed(number: int, score: int, seconds: float | None, auto: int | None = 5) -> RatedSession:
    rule = [] if auto is None else [rating(number, "auto", auto, "auto")]
    when = f"2026-01-02T03:{number:02d}:00.000Z"
    return session(number, [*rule, rating(number, "a", score, seconds_spent=seconds, timestamp=when)])


def test_speed_is_the_median_and_changes_from_third_to_third() -> None:
    sessions = [timed(number, 5, seconds) for number, seconds in enumerate((60, 50, 40, None, 30, 20, 10))]
    [found] = rater_reports(reversed(sessions))
    assert (found.speed.median, found.speed.first_third, found.speed.last_third) == (35, 55, 15)
    assert found.speed.of == 6


def test_growing_milder_is_found_and_harder_sessions_are_not_taken_for_it() -> None:
    milder = [timed(number, 4 + number // 6 + number % 2, None) for number in range(18)]
    [found] = rater_reports(milder)
    assert found.drift.points == pytest.approx(2.0)
    assert found.drift.interval is not None and found.drift.interval.low > 0
    steady = [timed(number, 3 + number // 6 + number % 2, None, auto=3 + number // 6) for number in range(18)]
    [found] = rater_reports(steady)
    assert found.drift.points == pytest.approx(0.0)
    assert found.drift.interval is not None and found.drift.interval.holds(0.0)


def test_drift_takes_enough_ratings_beside_the_rule() -> None:
    [found] = rater_reports([timed(number, 5, None, auto=5 if number < 14 else None) for number in range(20)])
    assert (found.drift.points, found.drift.of) == (None, 14)
    assert found.drift.reason is not None and found.drift.reason.startswith("14 of the 15")


CONFUSED = (
    scored(1, auto=10, a=9),
    scored(2, auto=8, a=5),
    scored(3, auto=2, a=7, b=10),
    scored(4, auto=1, a=2),
    scored(5, a=2),
    scored(6, auto=7),
)


def test_the_confusion_is_that_counted_by_hand() -> None:
    found = confusion_between(CONFUSED, Source.HUMAN, Source.AUTO, SIX)
    assert found.bands == ("perfect", "good", "acceptable", "poor", "failed")
    assert found.counts == ((1, 0, 0, 0, 0), (0, 0, 0, 0, 1), (0, 1, 0, 0, 0), (0, 0, 0, 0, 0), (0, 0, 0, 0, 1))
    assert found.same_band == Share(part=2, of=4)
    assert found.within_a_point == Share(part=2, of=4)
    assert found.same_side == Share(part=2, of=4)
    assert found.difference == Mean(value=pytest.approx((-1 - 3 + 6.5 + 1) / 4), of=4)
    assert confusion_between(CONFUSED, Source.JUDGE, Source.AUTO, SIX).same_band.value is None


def test_disagreements_are_those_that_change_something_the_farthest_first() -> None:
    sessions = [
        session(
            3,
            [
                rating(3, "auto", 2, "auto", justification="Goal not reached."),
                rating(3, "a", 7, justification="It is on the screen.", feedback="Look."),
                rating(3, "b", 10, justification="", feedback="Reached!"),
            ],
        ),
        scored(2, auto=8, a=5),
        scored(1, auto=10, a=7),
        scored(4, auto=7, a=6),
        scored(5, auto=6, a=5),
    ]
    found = disagreements(sessions, SIX)
    assert [(one.session_id, one.human, one.auto) for one in found] == [
        ("s003", 8.5, 2),
        ("s001", 7, 10),
        ("s002", 5, 8),
        ("s005", 5, 6),
    ]
    assert found[0].rule_says == "Goal not reached."
    assert found[0].people_say == "It is on the screen. / Look. / Reached!"

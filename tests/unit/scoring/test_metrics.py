"""The quality metrics, against figures counted by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.errors import InputError
from collector.run_directory import SessionDirectory
from collector.safe_files import bytes_on_disk
from scoring.metrics import (
    Distinct,
    Mean,
    MeasuredSession,
    Metrics,
    Rate,
    ScoreFilter,
    Share,
    StepFacts,
    by_game,
    game_report,
    measure,
    metrics_of,
)
from scoring.metrics.consistency import consistency
from scoring.metrics.definitions import DEFINITIONS
from scoring.records import Annotation, Source
from scoring.sessions import RatedSession, read_rated
from tests.playing import ROOT
from tests.records import a_session, a_step, write_session

SIX_BY_RULE = ScoreFilter()


def rated(name: str, *scores: tuple[str, str, int], **changes: object) -> RatedSession:
    session = a_session(session_id=name, **changes)
    annotations = tuple(
        Annotation(session_id=name, source=source, rater=rater, score=score, rubric_version="1")
        for source, rater, score in scores
    )
    return RatedSession(directory=SessionDirectory(Path(f"session_{name}")), session=session, annotations=annotations)


def measured(session: RatedSession, **steps: Any) -> MeasuredSession:
    return MeasuredSession(rated=session, steps=StepFacts(**steps), size=250_000)


MISSED = {"status": "truncated", "task_completed": False, "total_steps": 15}
UNCHECKED = {"expected_outcomes": 0, "expected_outcomes_met": 0}
BROKEN = {"status": "failed", "task_completed": None, "total_steps": 1, **UNCHECKED}
SESSIONS = tuple(
    measured(session)
    for session in (
        rated("1", ("auto", "auto", 10), ("human", "a", 8), ("human", "b", 9), total_steps=3, optimal_steps=3),
        rated("2", ("auto", "auto", 8), ("human", "a", 5), total_steps=6, optimal_steps=3, expected_outcomes_met=1),
        rated("3", ("auto", "auto", 8), total_steps=5, optimal_steps=None),
        rated("4", ("auto", "auto", 1), **MISSED, expected_outcomes=15, expected_outcomes_met=5, policy="random"),
        rated("5", **BROKEN, policy="random"),
        rated("6", **{**BROKEN, "status": "interrupted", "total_steps": 0}, task_id="heal"),
        rated("7", **{**BROKEN, "status": "running", "total_steps": 9}, task_id="heal"),
        rated("8", status="gave_up", task_completed=None, total_steps=4, **UNCHECKED),
    )
)


def test_the_figures_are_those_counted_by_hand() -> None:
    found = metrics_of(SESSIONS, SIX_BY_RULE)
    assert found.sessions == 8
    assert found.by_status == {
        **{"completed": 3, "failed": 1, "gave_up": 1},
        **{"interrupted": 1, "running": 1, "truncated": 1},
    }
    assert found.completion == Share(part=3, of=4)
    assert found.reliability == Share(part=5, of=7)
    assert found.efficiency == Mean(value=0.75, of=2)
    assert found.steps == Mean(value=pytest.approx(34 / 7), of=7)
    assert found.expected_outcomes == Share(part=3 + 1 + 3 + 5, of=3 + 3 + 3 + 15)
    assert found.scores == {
        "human": Mean(value=pytest.approx((8.5 + 5) / 2), of=2),
        "judge": Mean(value=None, of=0),
        "auto": Mean(value=6.75, of=4),
    }
    assert found.approval == Share(part=1, of=2)
    assert found.megabytes == 2.0


def test_a_figure_of_nothing_has_no_value_and_a_reason() -> None:
    found = metrics_of([], SIX_BY_RULE)
    figures = {
        **{field.name: getattr(found, field.name) for field in dataclasses.fields(Metrics)},
        **found.coverage,
        **{"scores": found.scores["human"]},
    }
    for name, definition in DEFINITIONS.items():
        assert figures[name].value is None, name
        assert definition.missing, name


def test_every_metric_is_defined() -> None:
    plain = {"sessions", "by_status", "errors", "megabytes"}
    found = metrics_of([], SIX_BY_RULE)
    names = {field.name for field in dataclasses.fields(Metrics)} - plain - {"coverage"} | found.coverage.keys()
    assert names == DEFINITIONS.keys()


def test_coverage_and_rows_count_what_differs_and_what_the_filter_accepts() -> None:
    sessions = [
        measured(
            rated("1", ("auto", "auto", 9), start_id="w1", world_seed=1),
            actions=("press_a", "press_a", "press_b"),
            screens=("s1", "s2", "s2", "s3"),
            states=("x", "y", "y"),
            maps=("town", "town", "town"),
            rows=(("x", "press_a"), ("y", "press_a"), ("y", "press_b")),
        ),
        measured(
            rated("2", ("auto", "auto", 6), start_id="w2", world_seed=2),
            actions=("press_a", "wait"),
            screens=("s1", "s2", "s9"),
            states=("x", "y"),
            maps=("town", "house"),
            rows=(("x", "press_a"), ("y", "wait")),
        ),
        measured(
            rated("3", ("auto", "auto", 5), start_id="w2", world_seed=2, task_id="heal"),
            actions=("press_start",),
            screens=("s4", "s5"),
            rows=(("s4", "press_start"),),
        ),
    ]
    found = metrics_of(sessions, SIX_BY_RULE)
    assert found.coverage == {
        "tasks": Distinct(different=2, of=3),
        "starts": Distinct(different=2, of=3),
        "buttons": Distinct(different=4, of=6),
        "screens": Distinct(different=6, of=9),
        "states": Distinct(different=2, of=5),
        "maps": Distinct(different=2, of=5),
        "state_actions": Distinct(different=5, of=6),
    }
    assert found.accepted_rows == Distinct(different=4, of=5)
    assert found.megabytes_per_row == Rate(amount=0.75, per=4)
    assert found.seconds_per_row.value == 4.5 / 4


def test_the_same_state_and_button_in_two_tasks_are_two_rows() -> None:
    row = {"actions": ("press_a",), "rows": (("x", "press_a"),)}
    found = metrics_of(
        [
            measured(rated("1", ("auto", "auto", 9)), **row),
            measured(rated("2", ("auto", "auto", 9), task_id="heal"), **row),
        ],
        SIX_BY_RULE,
    )
    assert found.accepted_rows == Distinct(different=2, of=2)
    assert found.coverage["state_actions"] == Distinct(different=1, of=2)


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({}, True),
        ({"status": "gave_up", "task_completed": None}, True),
        ({"status": "interrupted", "task_completed": None}, False),
        ({"status": "failed", "task_completed": None}, False),
        ({"status": "running", "task_completed": None}, False),
        ({"policy": "random"}, False),
    ],
)
def test_the_filter_takes_sessions_that_ended_by_themselves(changes: dict[str, Any], accepted: bool) -> None:
    assert SIX_BY_RULE.accepts(rated("1", ("auto", "auto", 6), **changes)) is accepted


def test_the_filter_is_the_builders_unless_told_otherwise() -> None:
    settings = yaml.safe_load((ROOT / "configs" / "build.yaml").read_text(encoding="utf-8"))
    found = ScoreFilter()
    assert found.min_score == settings["min_score"]
    assert found.source == settings["score_source"]
    assert found.exclude_policies == frozenset(settings["exclude_policies"])


def test_the_filter_asks_one_source() -> None:
    both = rated("1", ("auto", "auto", 9), ("human", "a", 2))
    assert SIX_BY_RULE.accepts(both)
    assert not ScoreFilter(source=Source.HUMAN).accepts(both)
    assert not ScoreFilter(source=Source.JUDGE).accepts(both)
    with pytest.raises(InputError, match="from 1 to 10"):
        ScoreFilter(min_score=11)


def test_hours_that_overlap_count_once_and_long_pauses_do_not() -> None:
    def at(name: str, begin: str, end: str | None, **changes: Any) -> MeasuredSession:
        day = "2026-01-02T"
        return measured(
            rated(name, start_time=f"{day}{begin}Z", end_time=None if end is None else f"{day}{end}Z", **changes)
        )

    sessions = [
        at("1", "10:00:00", "10:30:00"),
        at("2", "10:15:00", "10:45:00"),
        at("3", "10:20:00", "10:25:00"),
        at("4", "15:00:00", "15:10:00"),
        at("6", "15:11:00", "15:15:00"),
        at("5", "16:00:00", None, **BROKEN),
    ]
    found = metrics_of(sessions, SIX_BY_RULE).sessions_per_hour
    assert (found.amount, found.per, found.value) == (5, 1.0, 5.0)


def test_minutes_of_ratings_that_were_replaced_do_not_count() -> None:
    def rating(rater: str, seconds: float | None) -> Annotation:
        return Annotation(
            session_id="1", source="human", rater=rater, score=7, seconds_spent=seconds, rubric_version="1"
        )

    one = dataclasses.replace(rated("1"), annotations=(rating("a", 600), rating("a", 90), rating("b", 30)))
    other = dataclasses.replace(rated("2"), annotations=(rating("a", None),))
    found = metrics_of([measured(one), measured(other)], SIX_BY_RULE)
    assert found.rating_minutes == Mean(value=2.0, of=1)


def test_money_is_not_known_where_an_answer_has_no_price() -> None:
    paid = {"rows": (("x", "press_a"),)}
    usage = dataclasses.replace(a_session().usage, cost_usd=0.5)
    known = measured(rated("1", ("auto", "auto", 9), usage=usage), **paid)
    unknown = measured(rated("2", ("auto", "auto", 9)), **paid, priced=False)
    assert metrics_of([known], SIX_BY_RULE).usd_per_row.value == 0.5
    assert metrics_of([known, unknown], SIX_BY_RULE).usd_per_row.value is None


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([], Mean(value=None, of=0)),
        ([["a"]], Mean(value=None, of=0)),
        ([["ab", "ab"]], Mean(value=1.0, of=1)),
        ([["ab", "cd"]], Mean(value=0.0, of=1)),
        ([["", ""]], Mean(value=1.0, of=1)),
        # kitten and sitting are 3 edits apart and 7 long: Wagner and Fischer's example
        ([["kitten", "sitting"]], Mean(value=pytest.approx(4 / 7), of=1)),
        # pairs (ab, ab) 1, (ab, a) 1/2 twice: 2/3; and one pair at 0: the mean of the two tasks
        ([["ab", "ab", "a"], ["x", "y"], ["z"]], Mean(value=pytest.approx((2 / 3 + 0) / 2), of=4)),
    ],
)
def test_consistency_is_the_mean_likeness_of_pairs(tasks: list[list[str]], expected: Mean) -> None:
    assert consistency([[tuple(sequence) for sequence in task] for task in tasks]) == expected


def test_consistency_of_many_sequences_is_that_of_their_pairs_one_by_one() -> None:
    from rapidfuzz.distance.Levenshtein import normalized_similarity

    sequences = [tuple(f"{number:b}") for number in range(400)] + [("1",)] * 5
    pairs = [normalized_similarity(one, other) for n, one in enumerate(sequences) for other in sequences[:n]]
    found = consistency([sequences])
    assert (found.of, found.value) == (405 * 404 // 2, pytest.approx(sum(pairs) / len(pairs)))


def test_sessions_that_broke_off_say_nothing_of_consistency() -> None:
    whole = [measured(rated(name), actions=("press_a", "press_b")) for name in "12"]
    broken = measured(rated("3", **BROKEN), actions=("press_start",))
    assert metrics_of([*whole, broken], SIX_BY_RULE).consistency == Mean(value=1.0, of=1)


def test_the_report_has_every_task_and_policy_and_keeps_games_apart() -> None:
    others = [measured(rated("9", game="another")), measured(rated("10", synthetic=False))]
    another, real, own = (game_report(played, SIX_BY_RULE) for played in by_game([*SESSIONS, *others]))
    assert (another.game, another.synthetic, another.overall.sessions) == ("another", True, 1)
    assert (real.game, real.synthetic, real.overall.sessions) == ("thistledown", False, 1)
    assert (own.game, own.synthetic, own.overall.sessions) == ("thistledown", True, 8)
    assert {task: metrics.sessions for task, metrics in own.by_task.items()} == {"check_bag": 6, "heal": 2}
    assert {policy: metrics.completion for policy, metrics in own.by_policy.items()} == {
        "expert": Share(part=3, of=3),
        "random": Share(part=0, of=1),
    }
    assert own.accepted.overall.sessions == 3
    assert own.accepted.by_task.keys() == {"check_bag"}
    assert own.accepted.by_policy["expert"].completion == Share(part=3, of=3)


def test_steps_are_read_from_the_shard(tmp_path: Path) -> None:
    steps = (
        a_step(step=1, state='{"map": "town"}', action="press_a", frame_hash="s1", frame_hash_after="s2"),
        a_step(step=2, state='{"map": null}', action=None, frame_hash="s2", frame_hash_after="s2"),
        a_step(step=3, state="{}", action="wait", frame_hash="s2", frame_hash_after="s3", input_tokens=9),
    )
    directory = write_session(tmp_path, a_session(), steps)
    [found] = measure([read_rated(directory)]).sessions
    assert found.steps == StepFacts(
        actions=("press_a", "wait"),
        screens=("s1", "s2", "s2", "s3"),
        states=('{"map": "town"}', '{"map": null}'),
        maps=("town",),
        rows=(('{"map": "town"}', "press_a"), ("s2", "wait")),
        priced=False,
    )
    assert found.size == bytes_on_disk(directory.path)


def test_a_session_whose_steps_cannot_be_read_is_said_and_counted(tmp_path: Path) -> None:
    good = write_session(tmp_path, a_session(session_id="20260102_030405_a"))
    bad = write_session(tmp_path, a_session(session_id="20260102_030405_b"))
    bad.shard.write_bytes(b"no shard")
    found = measure([read_rated(good), read_rated(bad)])
    assert [bool(one.steps.actions) for one in found.sessions] == [True, False]
    [problem] = found.problems
    assert str(bad.shard) in problem


def test_disk_use_counts_every_file_below(tmp_path: Path) -> None:
    (tmp_path / "screenshots").mkdir()
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "screenshots" / "b").write_bytes(b"x" * 234)
    assert bytes_on_disk(tmp_path) == 1234

"""Figures over sessions small enough to be counted by hand."""

from pathlib import Path

import pytest

from collector.run_directory import SessionDirectory
from collector.safe_files import bytes_on_disk
from scoring.metrics import Mean, Share, metrics_of, report_of
from scoring.records import Annotation
from scoring.sessions import RatedSession
from tests.records import a_session


def rated(name: str, *scores: tuple[str, str, int], **changes: object) -> RatedSession:
    session = a_session(session_id=name, **changes)
    annotations = tuple(
        Annotation(session_id=name, source=source, rater=rater, score=score, rubric_version="1")
        for source, rater, score in scores
    )
    return RatedSession(directory=SessionDirectory(Path(f"session_{name}")), session=session, annotations=annotations)


MISSED = {"status": "truncated", "task_completed": False, "total_steps": 15}
UNCHECKED = {"expected_outcomes": 0, "expected_outcomes_met": 0}
BROKEN = {"status": "failed", "task_completed": None, "total_steps": 1, **UNCHECKED}
SESSIONS = (
    rated("1", ("auto", "auto", 10), ("human", "a", 8), ("human", "b", 9), total_steps=3, optimal_steps=3),
    rated("2", ("auto", "auto", 8), ("human", "a", 6), total_steps=6, optimal_steps=3, expected_outcomes_met=1),
    rated("3", ("auto", "auto", 8), total_steps=5, optimal_steps=None),
    rated("4", ("auto", "auto", 1), **MISSED, expected_outcomes=15, expected_outcomes_met=5, policy="random"),
    rated("5", **BROKEN, policy="random"),
    rated("6", **{**BROKEN, "status": "interrupted", "total_steps": 0}, task_id="heal"),
    rated("7", **{**BROKEN, "status": "running", "total_steps": 9}, task_id="heal"),
    rated("8", status="gave_up", task_completed=None, total_steps=4, **UNCHECKED),
)
SIZES = {rated.directory.path: 250_000 for rated in SESSIONS}


def test_the_figures_are_those_counted_by_hand() -> None:
    found = metrics_of(SESSIONS, SIZES)
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
        "human": Mean(value=pytest.approx((8.5 + 6) / 2), of=2),
        "judge": Mean(value=None, of=0),
        "auto": Mean(value=6.75, of=4),
    }
    assert found.megabytes == 2.0


def test_a_share_of_nothing_has_no_value() -> None:
    found = metrics_of([], {})
    assert (found.completion.value, found.completion.of) == (None, 0)
    assert found.efficiency == Mean(value=None, of=0)


def test_the_report_has_every_task_and_policy_and_keeps_games_apart() -> None:
    other = rated("9", game="another", synthetic=False)
    another, own = report_of([*SESSIONS, other])
    assert (another.game, another.synthetic, another.overall.sessions) == ("another", False, 1)
    assert (own.game, own.synthetic, own.overall.sessions) == ("thistledown", True, 8)
    assert {task: metrics.sessions for task, metrics in own.by_task.items()} == {"check_bag": 6, "heal": 2}
    assert {policy: metrics.completion for policy, metrics in own.by_policy.items()} == {
        "expert": Share(part=3, of=3),
        "random": Share(part=0, of=1),
    }


def test_disk_use_counts_every_file_below(tmp_path: Path) -> None:
    (tmp_path / "screenshots").mkdir()
    (tmp_path / "a").write_bytes(b"x" * 1000)
    (tmp_path / "screenshots" / "b").write_bytes(b"x" * 234)
    assert bytes_on_disk(tmp_path) == 1234

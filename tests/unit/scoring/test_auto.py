"""The rule rates what has ended and has a verdict, once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.records import Session, Step
from collector.run_directory import SESSION_PREFIX, SessionDirectory, find_sessions
from collector.shards import ShardWriter
from scoring.annotations import annotate, read_annotations
from scoring.auto import AutoReport, Outcome, rate_all
from scoring.records import Annotation
from scoring.sessions import read_sessions
from tests.records import a_session, a_step, write_session


def rate(runs: Path) -> AutoReport:
    return rate_all(read_sessions(find_sessions(runs)).sessions)


@contextmanager
def a_running_session(runs: Path, name: str) -> Iterator[SessionDirectory]:
    """A session whose writer holds its lock."""
    directory = SessionDirectory(runs / f"{SESSION_PREFIX}{name}")
    directory.path.mkdir(parents=True)
    directory.write_session(a_session(session_id=name, status="running", task_completed=None, end_time=None))
    with ShardWriter(directory.shard, Step) as shard:
        shard.write(a_step(session_id=name))
        yield directory


def test_every_kind_of_session_gets_what_it_should(tmp_path: Path) -> None:
    reached = write_session(tmp_path, a_session(session_id="1_reached"))
    missed = write_session(
        tmp_path,
        a_session(session_id="2_missed", status="truncated", task_completed=False, progress=0.5),
    )
    free = write_session(tmp_path, a_session(session_id="3_free", status="gave_up", task_completed=None))
    write_session(tmp_path, a_session(session_id="4_failed", status="failed", task_completed=None, error="no answer"))
    with a_running_session(tmp_path, "5_running") as running:
        report = rate(tmp_path)
        assert not running.annotations.exists()
    assert report.problems == ()
    assert report.outcomes == Counter({Outcome.RATED: 2, Outcome.NO_VERDICT: 2, Outcome.RUNNING: 1})
    assert not free.annotations.exists()
    assert (reached.read_session().final_score, missed.read_session().final_score) == (10.0, 3.0)
    [annotation] = read_annotations(missed).annotations
    assert (annotation.source, annotation.rater, annotation.verdict) == ("auto", "auto", False)
    assert missed.read_session().final_result.score_justification == annotation.justification


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session())
    assert rate(tmp_path).outcomes == Counter({Outcome.RATED: 1})
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in directory.path.iterdir()}
    assert rate(tmp_path).outcomes == Counter({Outcome.UNCHANGED: 1})
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in directory.path.iterdir()} == before


def test_a_changed_rule_supersedes_its_old_rating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = write_session(tmp_path, a_session())
    rate(tmp_path)
    monkeypatch.setattr("scoring.auto.RUBRIC_VERSION", "next")
    assert rate(tmp_path).outcomes == Counter({Outcome.RATED_ANEW: 1})
    old, new = read_annotations(directory).annotations
    assert (new.supersedes, new.rubric_version) == (old.annotation_id, "next")


def test_the_rule_never_overrides_a_person(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session())
    annotate(directory, human(directory.read_session(), 2))
    rate(tmp_path)
    assert directory.read_session().final_score == 2.0
    assert len(read_annotations(directory).annotations) == 2


def test_views_that_fell_behind_the_log_are_brought_up_to_date(tmp_path: Path) -> None:
    session = a_session()
    directory = write_session(tmp_path, session)
    rate(tmp_path)
    directory.write_session(session)
    assert directory.read_session().final_score is None
    assert rate(tmp_path).outcomes == Counter({Outcome.UNCHANGED: 1})
    assert directory.read_session().final_score == 10.0


def test_a_session_that_can_not_be_rated_is_reported_and_the_others_are_rated(tmp_path: Path) -> None:
    broken = write_session(tmp_path, a_session(session_id="1_broken"))
    broken.annotations.mkdir()
    spoilt = write_session(tmp_path, a_session(session_id="2_spoilt"))
    spoilt.metadata.write_text("{")
    fine = write_session(tmp_path, a_session(session_id="3_fine"))
    (tmp_path / "session_4_empty").mkdir()
    found = read_sessions(find_sessions(tmp_path))
    assert found.empty == ("4_empty",)
    assert [
        str(path) in problem
        for path, problem in zip((broken.annotations, spoilt.metadata), found.problems, strict=True)
    ]
    assert rate_all(found.sessions).outcomes == Counter({Outcome.RATED: 1})
    assert fine.read_session().final_score == 10.0


def human(session: Session, score: int) -> Annotation:
    return Annotation(session_id=session.session_id, rater="ann", source="human", score=score, rubric_version="1")

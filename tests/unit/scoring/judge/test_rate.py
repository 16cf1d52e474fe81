from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.run_directory import find_sessions
from collector.safe_files import replace_text
from scoring.annotations import current, resolve
from scoring.judge import rate
from scoring.judge.asking import Judge, NotJudged, make_judge
from scoring.judge.question import JUDGED_BY
from scoring.judge.rate import JudgeReport, Outcome, judge_all
from scoring.records import Source
from scoring.sessions import RatedSession, read_sessions
from tests.fakes.model_server import Fault, dropped, half_a_body, instead, silence, status, written
from tests.fakes.openai_server import OpenAIServer
from tests.unit.scoring.judge.asked import MODEL, answers, patient_judge, settings_for, verdict, write_runs
from tests.unit.scoring.test_auto import a_running_session


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_runs(tmp_path / "runs")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(answers(verdict())) as running:
        yield running


def rated(runs: Path) -> tuple[RatedSession, ...]:
    return read_sessions(find_sessions(runs)).sessions


def judged(runs: Path, server: OpenAIServer, **changes: object) -> tuple[JudgeReport, Judge]:
    with patient_judge(server, settings_for(server, runs, **changes)) as judge:
        return judge_all(rated(runs), judge), judge


def test_a_rating_carries_what_the_judge_said_and_leaves_the_others_alone(runs: Path, server: OpenAIServer) -> None:
    before = {one.session.session_id: one.annotations for one in rated(runs)}
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), report.problems, judge.asked) == ({"rated": 3}, [], 3)
    for one in rated(runs):
        *others, mine = one.annotations
        assert tuple(others) == before[one.session.session_id]
        assert (mine.source, mine.rater, mine.score, mine.verdict, mine.wrong_steps) == ("judge", MODEL, 8, True, (2,))
        assert (mine.justification, mine.rubric_version, mine.supersedes) == ("The bag was opened.", JUDGED_BY, None)
        assert mine.seconds_spent is not None
        assert one.score_source is Source.HUMAN


def test_the_request_is_what_the_protocol_has_and_nothing_of_it_sways(runs: Path, server: OpenAIServer) -> None:
    judged(runs, server)
    asked = server.received[0]
    assert asked.body["model"] == MODEL
    assert asked.body["temperature"] == 0.0
    assert asked.body["response_format"]["json_schema"]["schema"]["properties"]["score"]["enum"][-1] is None
    assert len(asked.pictures) == 5
    for hidden in ("ebulon", "Auto says", "person was", "completed", "w0001"):
        assert hidden not in asked.system + "".join(asked.texts)


def test_a_second_run_asks_nothing_and_writes_nothing(runs: Path, server: OpenAIServer) -> None:
    judged(runs, server)
    texts = [directory.annotations.read_bytes() for directory in find_sessions(runs)]
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked) == ({"rated already": 3}, 0)
    assert [directory.annotations.read_bytes() for directory in find_sessions(runs)] == texts


def test_an_answer_is_kept_though_its_rating_was_lost(runs: Path, server: OpenAIServer) -> None:
    before = [directory.annotations.read_text() for directory in find_sessions(runs)]
    judged(runs, server)
    for directory, text in zip(find_sessions(runs), before, strict=True):
        replace_text(directory.annotations, text)
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked) == ({"rated": 3}, 0)


def test_another_rubric_or_wording_supersedes_and_another_model_stands_beside(
    runs: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(runs, server)
    first = rated(runs)[0].annotations[-1]
    monkeypatch.setattr(rate, "JUDGED_BY", "2.1")
    server.text_for = answers(verdict(5))
    report, _ = judged(runs, server, store=runs.parent / "fresh")
    assert dict(report.outcomes) == {"rated anew, by another rubric or wording": 3}
    session = rated(runs)[0]
    assert first in session.annotations
    assert session.annotations[-1].supersedes == first.annotation_id
    assert [one.score for one in current(session.annotations, Source.JUDGE)] == [5]
    server.text_for = answers(verdict(8))
    report, _ = judged(runs, server, model="judge-2")
    assert dict(report.outcomes) == {"rated": 3}
    assert resolve(rated(runs)[0].annotations, Source.JUDGE) == 6.5


def test_a_judge_that_can_not_tell_says_why(runs: Path, server: OpenAIServer) -> None:
    server.text_for = answers(verdict(None, goal_reached=None, justification="The last screen is black."))
    report, _ = judged(runs, server)
    assert dict(report.outcomes) == {"could not be judged, says the judge": 3}
    mine = rated(runs)[0].annotations[-1]
    assert (mine.score, mine.justification) == (None, "The last screen is black.")


@pytest.mark.parametrize("bad", ["no idea", verdict(11), verdict(8, wrong_steps=[99])])
def test_a_bad_reply_is_mended_once(runs: Path, server: OpenAIServer, bad: str) -> None:
    server.text_for = answers(bad, verdict(9))
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked) == ({"rated": 3}, 4)
    assert "That answer can't be used:" in server.received[1].texts[-1]
    assert rated(runs)[0].annotations[-1].score == 9


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (written("no idea"), NotJudged.BAD_REPLY),
        (written(verdict(0)), NotJudged.BAD_REPLY),
        (OpenAIServer.blocked(), NotJudged.BLOCKED),
        (OpenAIServer.empty(), NotJudged.EMPTY),
        (instead(b"<html>"), NotJudged.NO_ANSWER),
        (status(503), NotJudged.NO_ANSWER),
        (status(429), NotJudged.NO_ANSWER),
        (dropped, NotJudged.NO_ANSWER),
        (half_a_body, NotJudged.NO_ANSWER),
        (silence, NotJudged.NO_ANSWER),
    ],
)
def test_a_fault_leaves_the_session_unrated_and_is_counted(
    runs: Path, server: OpenAIServer, fault: Fault, kind: NotJudged
) -> None:
    """The first session meets the fault at every try; the others are judged, and so is it by the next run."""
    first = "World 1 "
    server.fault_for = lambda number: fault if first in "".join(server.received[number].texts) else None
    report, _ = judged(runs, server, timeout_s=0.3)
    assert dict(report.outcomes) == {kind: 1, Outcome.RATED: 2}
    assert len(report.problems) == 1 and report.problems[0].startswith(f"2026_zebulon_1: {kind}: ")
    assert [resolve(one.annotations, Source.JUDGE) for one in rated(runs)] == [None, 8, 8]
    server.fault_for = lambda number: None
    report, _ = judged(runs, server)
    assert dict(report.outcomes) == {Outcome.RATED: 1, Outcome.ALREADY: 2}


@pytest.mark.parametrize("code", [401, 404])
def test_what_every_question_would_meet_ends_the_run(runs: Path, server: OpenAIServer, code: int) -> None:
    server.fault_for = lambda number: status(code, "no such model")
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked, len(report.problems)) == ({}, 1, 1)
    assert "no further session was asked about" in report.problems[0]


def test_a_server_that_is_gone_is_given_up(tmp_path: Path, server: OpenAIServer) -> None:
    runs = write_runs(tmp_path / "many", 5)
    server.fault_for = lambda number: dropped
    report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked) == ({"no answer": 3}, 3)
    assert report.problems[-1] == "3 sessions in a row without an answer; the others were not asked about"


def test_a_server_that_answers_now_and_then_is_not_given_up(tmp_path: Path, server: OpenAIServer) -> None:
    runs = write_runs(tmp_path / "many", 5)
    server.fault_for = lambda number: None if "World 3 " in "".join(server.received[number].texts) else status(503)
    report, _ = judged(runs, server)
    assert (dict(report.outcomes), len(report.problems)) == ({"no answer": 4, "rated": 1}, 4)


def test_a_call_that_money_does_not_reach_for_is_not_made_and_ends_the_run(runs: Path, server: OpenAIServer) -> None:
    settings = settings_for(server, runs, model="gpt-4.1-mini", max_cost_usd=0.0001)
    with closing(make_judge(settings, runs)) as judge:
        report = judge_all(rated(runs), judge)
    assert (dict(report.outcomes), server.received, len(report.problems)) == ({}, [], 1)
    assert "--max-cost-usd" in report.problems[0] and "no further session was asked about" in report.problems[0]


def test_what_can_not_be_seen_is_not_judged(tmp_path: Path, server: OpenAIServer) -> None:
    runs = write_runs(tmp_path / "empty", 1, total_steps=0)
    with a_running_session(runs, "4_live"):
        report, judge = judged(runs, server)
    assert (dict(report.outcomes), judge.asked) == ({"no step to see": 1, "still running": 1}, 0)


def test_a_model_that_judges_itself_is_counted(runs: Path, server: OpenAIServer) -> None:
    assert judged(runs, server)[0].own == 0
    assert judged(runs, server, model="Zebulon-9")[0].own == 3
    assert judged(runs, server, model="Zebulon-9")[0].own == 0


def test_a_store_that_can_not_be_written_ends_the_run(runs: Path, server: OpenAIServer) -> None:
    (runs.parent / "answers").write_text("a file")
    report, _ = judged(runs, server)
    assert (report.outcomes, len(report.problems)) == (Counter(), 1)
    assert str(runs.parent / "answers") in report.problems[0]

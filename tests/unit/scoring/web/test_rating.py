"""Ratings by the page: kept once, blind until they are given, and never lost to a failure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from collector.records import Step
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import ShardWriter
from scoring.annotations import append_annotation, read_annotations, resolve
from scoring.records import Source
from scoring.web.asking import LONGEST_BODY, LONGEST_TEXT
from tests.records import a_session, a_step, write_session
from tests.serving import PageClient, serving
from tests.unit.scoring.test_records import an_annotation

SECRETS = ("SECRETMODEL", "secret_policy", "SECRETJUDGE", "r_secretother", "SECRETOUTCOME", "secretname", "0.8125")
"""What a rater may not know before the rating: who played, the verdict in words, who else rated, the session's name."""


def some_runs(runs: Path, count: int) -> list[SessionDirectory]:
    return [write_session(runs, a_session(session_id=f"20260102_0304{number:02}_s")) for number in range(count)]


def ratings(runs: Path) -> list[tuple[int | None, str]]:
    found = [one for directory in find_sessions(runs) for one in read_annotations(directory).annotations]
    return [(one.score, one.feedback) for one in found if one.source == Source.HUMAN]


def test_a_rating_is_kept_as_it_was_given_and_the_next_session_comes_with_what_is_revealed(tmp_path: Path) -> None:
    some_runs(tmp_path, 3)
    with serving(tmp_path) as client:
        first, second = client.desk()["items"]
        answer = client.rate(first, 7, feedback="well done", wrong_steps=[2, 1]).json()
    assert answer["items"][0]["name"] == second["name"]
    assert answer["tally"] == {"rated": 1, "skipped": 0, "left": 2}
    assert (answer["revealed"]["score"], answer["revealed"]["verdict"]) == (7, True)
    [directory] = [one for one in find_sessions(tmp_path) if one.annotations.exists()]
    [kept] = read_annotations(directory).annotations
    assert (kept.score, kept.feedback, kept.wrong_steps, kept.seconds_spent) == (7, "well done", (1, 2), 1.5)
    assert directory.read_session().final_score == 7


def test_a_rating_that_arrives_twice_is_one_row_also_after_the_server_was_started_again(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        item = client.desk()["items"][0]
        first = client.rate(item, 7, key="a" * 32)
        again = client.rate(item, 7, key="a" * 32)
    with serving(tmp_path) as client:
        later = client.rate(item, 7, key="a" * 32)
    assert [answer.status_code for answer in (first, again, later)] == [200, 200, 200]
    assert again.json()["revealed"] == later.json()["revealed"] == first.json()["revealed"]
    assert ratings(tmp_path) == [(7, "")]


def test_another_window_of_the_same_rater_can_not_rate_a_session_again(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        item = client.desk()["items"][0]
        client.rate(item, 7)
        other = client.rate(item, 3)
        assert other.status_code == 409 and "another window" in other.json()["error"]
        client.send_json("/api/undo")
        assert client.rate(item, 3).status_code == 200
    assert ratings(tmp_path) == [(7, ""), (None, ""), (3, "")]


def test_a_page_that_was_open_while_the_server_was_started_again_goes_on(tmp_path: Path) -> None:
    some_runs(tmp_path, 3)
    with serving(tmp_path) as client:
        before = client.desk()
    with serving(tmp_path) as client:
        assert client.rate(before["items"][0], 9).status_code == 200
        assert client.desk()["items"][0] == before["items"][1]


def test_skip_undo_and_what_was_skipped(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        first, second = client.desk()["items"]
        assert client.send_json("/api/skip", item=first["name"]).json()["items"][0] == second
        undone = client.send_json("/api/undo").json()
        assert undone["undone"] and undone["items"][0] == first
        client.send_json("/api/skip", item=first["name"])
        assert client.rate(second, 5).json()["items"] == []
        assert client.send_json("/api/show-skipped").json()["items"] == [first]
        client.send_json("/api/undo")
        assert not client.send_json("/api/undo").json()["undone"]
    assert ratings(tmp_path) == [(5, ""), (None, "")]


def test_a_session_that_can_not_be_judged_has_the_reason(tmp_path: Path) -> None:
    [directory] = some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        item = client.desk()["items"][0]
        assert client.rate(item, None).status_code == 400
        assert client.rate(item, None, reason="the screens are black").json()["revealed"]["score"] is None
    [kept] = read_annotations(directory).annotations
    assert (kept.score, kept.justification) == (None, "the screens are black")


def a_secret_session(runs: Path) -> SessionDirectory:
    names = {"model_used": "SECRETMODEL", "policy": "secret_policy"}
    session = a_session(
        session_id="20260102_030400_secretname", session_name="secretname", progress=0.8125, status="truncated", **names
    )
    session = session.__class__(**{**_fields(session), "task_completed": False, "error": "SECRETOUTCOME"})
    steps = tuple(a_step(step=number, session_id=session.session_id, **names) for number in (1, 2, 3))
    directory = write_session(runs, session, steps)
    append_annotation(
        directory.annotations,
        an_annotation(session_id=session.session_id, rater="SECRETJUDGE", source="judge", score=3, feedback="3"),
    )
    append_annotation(
        directory.annotations, an_annotation(session_id=session.session_id, rater="r_secretother", score=4)
    )
    return directory


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def everything(client: PageClient) -> str:
    """All that a browser can get to know without rating: bodies, headers, addresses."""
    desk = client.desk()
    [item] = desk["items"]
    pictures = [f"/pictures/{item['name']}/{step}/{when}" for step in (1, 2, 3) for when in ("before", "after")]
    static = re.findall(r'"(/static/[^"]+)"', client.get("/").text)
    answers = [client.get(path) for path in ["/", "/pairs", "/api/about", "/api/desk", "/api/pair", *pictures, *static]]
    assert all(answer.status_code == 200 for answer in answers)
    failures = [client.rate(item, 11), client.rate(item, None), client.rate(item, 5, wrong_steps=[-1])]
    assert {failure.status_code for failure in failures} == {400}
    return "\n".join(f"{one.url} {one.headers} {one.content.decode('latin-1')}" for one in [*answers, *failures])


def test_nothing_that_is_sent_before_the_rating_says_who_played_how_it_ended_or_what_others_said(
    tmp_path: Path,
) -> None:
    a_secret_session(tmp_path)
    from scoring.rating.desk import Rules

    with serving(tmp_path, rules=Rules(doubles=1.0), live=False) as client:
        seen = everything(client)
        assert [secret for secret in SECRETS if secret in seen] == []
        [item] = client.desk()["items"]
        assert not {"verdict", "status", "model", "policy", "score", "session_id"} & item.keys()
        told = client.rate(item, 5).text
    for secret in ("SECRETMODEL", "secret_policy", "secretname"):  # the search finds them where they are
        assert secret in told
    assert json.loads(told)["revealed"]["judge_score"] == 3 and json.loads(told)["revealed"]["other_scores"] == [4]


@pytest.mark.parametrize(
    "feedback",
    [
        "<script>alert(1)</script><b>&amp;",
        "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
        "🐢👩‍🚀",
        "a\x00\r\n\tb",
        "é" * (LONGEST_TEXT // 2),
    ],
    ids=["markup", "right-to-left", "emoji", "control", "1 MB"],
)
def test_feedback_is_kept_as_it_was_typed(tmp_path: Path, feedback: str) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        assert client.rate(client.desk()["items"][0], 4, feedback=feedback).status_code == 200
    assert ratings(tmp_path) == [(4, feedback)]


def test_what_is_too_long_is_refused_and_the_session_stays(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        [item] = client.desk()["items"]
        assert client.rate(item, 4, feedback="x" * (LONGEST_TEXT + 1)).status_code == 413
        assert client.rate(item, 4, feedback="x" * LONGEST_BODY).status_code == 413
        assert client.desk()["items"] == [item]
    assert ratings(tmp_path) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"score": 0},
        {"score": 11},
        {"score": 7.5},
        {"score": True},
        {"score": "7"},
        {"seconds_spent": -1},
        {"seconds_spent": None},
        {"feedback": 7},
        {"feedback": "\ud800"},
        {"wrong_steps": "1"},
        {"wrong_steps": [0]},
        {"wrong_steps": ["1"]},
        {"key": "short"},
        {"key": None},
        {"item": "nobody"},
        {"item": {"a": 1}},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_with_a_reason_and_nothing_is_kept(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        body = {"item": client.desk()["items"][0]["name"], "score": 7, "key": "a" * 32, "seconds_spent": 1} | changes
        answer = client.post(
            "/api/rate",
            content=json.dumps(body),
            headers={"origin": str(client.base_url).rstrip("/"), "content-type": "application/json"},
        )
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"] and "20260102" not in answer.text
    assert ratings(tmp_path) == []


@pytest.mark.parametrize("body", ["", "[]", "{", "nonsense", '{"item": NaN}', "[" * 100_000])
def test_a_body_that_is_no_object_is_refused(tmp_path: Path, body: str) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        headers = {"origin": str(client.base_url).rstrip("/"), "content-type": "application/json"}
        assert client.post("/api/rate", content=body, headers=headers).status_code in (400, 404)


def test_a_rating_that_the_disk_refuses_can_be_sent_again(tmp_path: Path) -> None:
    [directory] = some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        [item] = client.desk()["items"]
        directory.shard.parent.joinpath("execution_trace.json").mkdir()  # the rating is kept, a view is not
        failed = client.rate(item, 6, key="b" * 32)
        assert failed.status_code == 503 and "20260102" not in failed.text
        directory.trace.rmdir()
        assert client.rate(item, 6, key="b" * 32).status_code == 200
    assert ratings(tmp_path) == [(6, "")]
    assert directory.trace.exists()
    assert resolve(read_annotations(directory).annotations, Source.HUMAN) == 6


def test_sessions_that_can_not_be_read_are_put_aside_and_do_not_bar_the_way(tmp_path: Path) -> None:
    without_steps, torn, _ = some_runs(tmp_path, 3)
    without_steps.shard.unlink()
    ShardWriter(without_steps.shard, Step).close()
    with torn.shard.open("r+b") as shard:
        shard.truncate(300)
    with serving(tmp_path) as client:
        desk = client.desk()
    assert len(desk["items"]) == 1
    assert desk["tally"] == {"rated": 0, "skipped": 2, "left": 1}

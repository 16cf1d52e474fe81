"""The live tab tells what is on disk, reads what has ended once, and says nothing where it is switched off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from collector.records import Session, Step
from collector.run_directory import SESSION_PREFIX, SessionDirectory
from collector.shards import ShardWriter
from scoring.web import following
from scoring.web.following import Follower
from tests.records import a_session, a_step, write_session
from tests.serving import serving
from tests.unit.scoring.web.test_rating import some_runs


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_running_session(runs: Path, name: str) -> tuple[SessionDirectory, Session, ShardWriter]:
    """A session as the collector has it between two steps."""
    session = a_session(session_id=f"20260102_030500_{name}", status="running", total_steps=0, task_completed=None)
    directory = SessionDirectory(runs / f"{SESSION_PREFIX}{session.session_id}")
    directory.path.mkdir()
    shard = ShardWriter(directory.shard, Step)
    directory.write_session(session)
    return directory, session, shard


def test_a_running_session_is_followed_to_its_end(tmp_path: Path) -> None:
    clock, ended = Clock(), some_runs(tmp_path, 2)
    follower = Follower(tmp_path, [one.read_session() for one in ended], clock)
    assert (follower.look().ended, follower.look().rows, follower.look().running) == ({"completed": 2}, 6, ())

    directory, session, shard = a_running_session(tmp_path, "run")
    for number in (1, 2):
        shard.write(a_step(step=number, session_id=session.session_id, error="no button" if number == 2 else None))
    clock.now = 4.0
    look = follower.look()
    [running] = look.running
    assert (running.rows, running.last["step"], look.rows, look.rows_per_s) == (2, 2, 8, 0.5)
    assert look.errors == ("check_bag, step 2: no button",)
    assert follower.picture(running.last["frame_hash_after"]) == running.last["screenshot_after"]["bytes"]
    assert follower.picture("0" * 32) is None

    directory.write_session(a_session(session_id=session.session_id, total_steps=2, plan_key="k"))
    shard.close()
    clock.now = 8.0
    look = follower.look()
    assert (look.running, look.ended, look.rows, look.kept_rows) == ((), {"completed": 3}, 8, 8)


def test_one_look_a_second_is_shared_and_a_shard_that_has_not_grown_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, session, shard = a_running_session(tmp_path, "run")
    shard.write(a_step(session_id=session.session_id))
    reads: list[Path] = []
    real = following.read_batches
    monkeypatch.setattr(following, "read_batches", lambda path: reads.append(path) or real(path))
    clock = Clock()
    follower = Follower(tmp_path, now=clock)
    for clock.now in (0.0, 0.5, 2.0, 4.0):
        follower.look()
    assert len(reads) == 1
    shard.write(a_step(step=2, session_id=session.session_id))
    clock.now = 4.5
    assert follower.look().rows == 1  # the look of half a second ago
    clock.now = 6.0
    assert follower.look().rows == 2
    assert len(reads) == 2
    shard.close()


def test_a_session_that_has_ended_is_never_read_again(tmp_path: Path) -> None:
    directories, clock = some_runs(tmp_path, 3), Clock()
    follower = Follower(tmp_path, now=clock)
    assert follower.look().ended == {"completed": 3}
    for directory in directories:
        os.chmod(directory.metadata, 0o200)
        directory.metadata.write_text("no longer JSON")
    clock.now = 2.0
    look = follower.look()
    assert (look.ended, look.errors) == ({"completed": 3}, ())


def test_a_session_that_can_not_be_read_is_an_error_and_the_others_go_on(tmp_path: Path) -> None:
    [broken] = some_runs(tmp_path, 1)
    broken.metadata.write_text("{")
    write_session(tmp_path, a_session(session_id="20260102_030600_whole"))
    look = Follower(tmp_path, now=Clock()).look()
    assert look.ended == {"completed": 1}
    assert "not JSON" in look.errors[0]


def test_the_newest_batch_is_counted_by_its_plan(tmp_path: Path) -> None:
    batch = tmp_path / "batch_training_20260102_030000"
    batch.mkdir()
    (batch / "plan.json").write_text('{"entries": [{"key": "a"}, {"key": "b"}]}')
    write_session(tmp_path, a_session(plan_key="a"))
    plan = Follower(tmp_path, now=Clock()).look().plan
    assert plan is not None and (plan.planned, plan.ended, plan.is_over) == (2, 1, False)
    (batch / "summary_report.json").write_text("{}")
    plan = Follower(tmp_path, now=Clock()).look().plan
    assert plan is not None and plan.is_over


def test_the_page_is_told_and_gets_the_picture(tmp_path: Path) -> None:
    _, session, shard = a_running_session(tmp_path, "run")
    with shard, serving(tmp_path) as client:
        assert client.get("/api/live").json()["shown"][0]["picture"] is None
        shard.write(a_step(session_id=session.session_id))
    with serving(tmp_path) as client:
        assert client.get("/api/live").json()["running"] == 0  # nobody holds its lock: it was interrupted


def test_where_it_is_switched_off_nothing_is_told(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path, live=False) as client:
        assert client.get("/api/live").status_code == 404
        assert client.get("/api/about").json()["live"] is False

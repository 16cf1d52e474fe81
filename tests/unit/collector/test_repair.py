"""Sessions broken in every way a crash can break them, repaired, and repaired once more without a change."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from collector.records import Status, Step
from collector.repair.__main__ import main
from collector.repair.mending import Outcome, mend
from collector.run_directory import SessionDirectory, create_batch_directory, create_session_directory
from collector.shards import ShardWriter, check_shard, read_rows
from collector.views import Ratings, rebuild_views, write_training_data
from tests.planting import tear
from tests.records import a_session, a_step, write_session


def sound_session(runs: Path, **changes: Any) -> SessionDirectory:
    """A session as it stands when its recording has ended."""
    directory = write_session(runs, a_session(**changes))
    rebuild_views(directory, Ratings())
    return directory


def dead_session(runs: Path, *steps: Step, config: str = "") -> SessionDirectory:
    """A session whose process was killed after these steps: it says running, and has no view."""
    session = a_session(status=str(Status.RUNNING), end_time=None, total_steps=0, task_completed=None)
    directory = write_session(runs, session, steps or (a_step(step=1), a_step(step=2)))
    if config:
        directory.config.write_text(config)
    return directory


def files_of(directory: SessionDirectory) -> dict[str, tuple[bytes, int]]:
    """Every file's content and the time it was last written."""
    return {
        str(path.relative_to(directory.path)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(directory.path.rglob("*"))
        if path.is_file()
    }


def last_event(directory: SessionDirectory) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(directory.events.read_text().splitlines()[-1])
    return event


def assert_repaired_for_good(directory: SessionDirectory) -> tuple[str, ...]:
    """Repair, see that the event says the same, and that a second repair writes nothing; what was done."""
    done = mend(directory)
    assert done.outcome is Outcome.REPAIRED, done
    event = last_event(directory)
    assert (event["event"], event["done"]) == ("repaired", list(done.notes))
    before = files_of(directory)
    assert mend(directory).outcome is Outcome.SOUND
    assert files_of(directory) == before
    return done.notes


def test_a_sound_session_is_not_touched(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    before = files_of(directory)
    assert mend(directory).outcome is Outcome.SOUND
    assert files_of(directory) == before


@pytest.mark.parametrize("lost", [1, 2, 100, 700])
def test_a_torn_tail_is_cut_and_whole_steps_stay(tmp_path: Path, lost: int) -> None:
    directory = dead_session(tmp_path)
    whole = list(read_rows(directory.shard))
    tear(directory, lost)
    notes = assert_repaired_for_good(directory)
    assert notes[0].startswith("cut ") and notes[0].endswith(" torn bytes off steps.arrow")
    assert list(read_rows(directory.shard)) == whole[:1]
    assert check_shard(directory.shard).torn_bytes == 0
    assert directory.read_metadata().total_steps == 1


def test_a_dead_writers_session_is_interrupted_on_disk(tmp_path: Path) -> None:
    directory = dead_session(tmp_path)
    assert "running became interrupted after 2 steps" in assert_repaired_for_good(directory)
    session = directory.read_metadata()
    assert (session.status, session.task_completed, session.total_steps) == ("interrupted", None, 2)
    assert session.final_result.completion_status == "interrupted"
    assert len(json.loads(directory.trace.read_text())["execution_trace"]) == 2


@pytest.mark.parametrize(
    ("ending", "status", "verdict"),
    [({"terminated": True, "report": "3 Sap Drops"}, "completed", True), ({"truncated": True}, "truncated", None)],
)
def test_a_session_killed_after_its_last_step_ended_as_that_step_says(
    tmp_path: Path, ending: dict[str, Any], status: str, verdict: bool | None
) -> None:
    directory = dead_session(tmp_path, a_step(step=1), a_step(step=2, **ending))
    assert_repaired_for_good(directory)
    session = directory.read_metadata()
    assert (session.status, session.task_completed, session.total_steps) == (status, verdict, 2)
    assert session.final_result.task_outcome.startswith(ending.get("report", "check healing items"))


def test_steps_that_the_metadata_counts_and_the_shard_lost_are_not_counted(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    tear(directory, 5)
    assert_repaired_for_good(directory)
    session = directory.read_metadata()
    assert (session.status, session.total_steps) == ("interrupted", 2)


@pytest.mark.parametrize("status", [Status.FAILED, Status.INTERRUPTED])
def test_a_broken_session_stays_what_it_was_when_it_lost_steps(tmp_path: Path, status: Status) -> None:
    directory = sound_session(tmp_path, status=str(status), task_completed=None, error="the emulator hung")
    tear(directory, 5)
    assert_repaired_for_good(directory)
    session = directory.read_metadata()
    assert (session.status, session.total_steps, session.error) == (str(status), 2, "the emulator hung")


def test_views_that_were_asked_for_are_made(tmp_path: Path) -> None:
    directory = dead_session(tmp_path, config="recording:\n  screenshots: true\n  training_data: true\n")
    notes = assert_repaired_for_good(directory)
    assert {"wrote screenshots", "wrote training_data.jsonl", "wrote execution_trace.json"} <= set(notes)
    rows = list(read_rows(directory.shard))
    for row in rows:
        assert directory.screenshot(row["step"], "before").read_bytes() == row["screenshot"]["bytes"]
        assert directory.screenshot(row["step"], "after").read_bytes() == row["screenshot_after"]["bytes"]
    assert len(directory.training_data.read_text().splitlines()) == 2
    trace = json.loads(directory.trace.read_text())["execution_trace"]
    assert trace[0]["screenshot"] == "screenshots/step_0001_before_action.png"


def test_views_that_were_not_asked_for_stay_absent(tmp_path: Path) -> None:
    directory = dead_session(tmp_path, config="recording:\n  screenshots: false\n  training_data: false\n")
    assert_repaired_for_good(directory)
    assert not directory.screenshots.exists()
    assert not directory.training_data.exists()


def test_half_written_views_are_made_whole(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    directory.screenshots.mkdir()
    whole = next(read_rows(directory.shard))["screenshot"]["bytes"]
    directory.screenshot(1, "before").write_bytes(whole[:40])
    directory.trace.write_text(directory.trace.read_text()[:100])
    assert_repaired_for_good(directory)
    assert directory.screenshot(1, "before").read_bytes() == whole
    assert json.loads(directory.trace.read_text())["session_metadata"]["session_id"] == directory.session_id


def test_scores_and_feedback_are_carried_over(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    write_training_data(directory)
    ratings = Ratings(final_score=7, human_score=6.5, human_feedback="slow", score_justification="It took a detour.")
    rebuild_views(directory, ratings)
    rated = directory.read_metadata()
    directory.trace.unlink()
    directory.training_data.write_bytes(b"{\xff" + directory.training_data.read_bytes()[2:])
    assert_repaired_for_good(directory)
    assert directory.read_metadata() == rated
    assert rated.final_score == 7
    assert json.loads(directory.trace.read_text())["final_result"]["human_feedback"] == "slow"
    examples = [json.loads(line) for line in directory.training_data.read_text().splitlines()]
    assert [example["metadata"]["human_score"] for example in examples] == [6.5] * 3


def test_a_rated_session_of_a_dead_writer_keeps_its_score(tmp_path: Path) -> None:
    directory = dead_session(tmp_path)
    rebuild_views(directory, Ratings(final_score=2, human_feedback="stopped early"))
    tear(directory, 9)
    assert_repaired_for_good(directory)
    session = directory.read_metadata()
    assert (session.final_score, session.final_result.human_feedback) == (2, "stopped early")


@pytest.mark.parametrize(
    "name",
    [
        ".session_metadata.json.a1b2c3d4",
        ".execution_trace.json.zz_9zz00",
        "states/.start.json.abcdefgh",
        "screenshots/.step_0001_before_action.png.abcdefgh",
    ],
)
def test_what_a_killed_replacement_left_is_removed(tmp_path: Path, name: str) -> None:
    directory = sound_session(tmp_path)
    leftover = directory.path / name
    leftover.parent.mkdir(exist_ok=True)
    leftover.write_text("{")
    assert f"removed {leftover.name}" in assert_repaired_for_good(directory)
    assert not leftover.exists()


def test_what_a_killed_batch_left_is_removed_unless_a_batch_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    leftover = create_batch_directory(tmp_path) / ".summary_report.json.abcdefgh"
    leftover.write_text("{")
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        assert main([str(tmp_path)]) == 0
        assert leftover.exists()
    finally:
        os.close(fd)
    capsys.readouterr()
    assert main([str(tmp_path)]) == 0
    assert not leftover.exists()
    assert capsys.readouterr().out.splitlines()[0] == f"{leftover.parent.name}: removed {leftover.name}"


def test_a_users_own_hidden_file_stays(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    own = directory.path / ".notes.txt"
    own.write_text("mine")
    assert mend(directory).outcome is Outcome.SOUND
    assert own.exists()


@pytest.mark.parametrize("name", ["annotations.jsonl", "events.jsonl"])
def test_a_torn_line_is_ended_and_nothing_before_it_is_lost(tmp_path: Path, name: str) -> None:
    directory = sound_session(tmp_path)
    log = directory.path / name
    log.write_text('{"whole": 1}\n{"whole": 2}')
    assert f"ended a torn line of {name}" in assert_repaired_for_good(directory)
    assert log.read_text().startswith('{"whole": 1}\n{"whole": 2}\n')


def test_a_rating_that_was_never_whole_is_cut(tmp_path: Path) -> None:
    directory = sound_session(tmp_path)
    directory.annotations.write_text('{"whole": 1}\n{"torn')
    [note] = assert_repaired_for_good(directory)
    assert note == "cut 6 bytes of a rating whose writer died; rate the session again"
    assert directory.annotations.read_text() == '{"whole": 1}\n'


@pytest.mark.parametrize("line", ["{broken", "[1]", "{} {}"])
def test_a_line_among_the_ratings_that_is_none_is_left_to_the_user(
    tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = sound_session(tmp_path)
    directory.annotations.write_text(f'{{"whole": 1}}\n{line}\n{{"whole": 2}}\n')
    before = files_of(directory)
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert f"{directory.annotations}:2: holds no rating" in said
    assert f"sed -i 2d {directory.annotations}" in said
    assert "1 session: 1 for you to mend" in said
    assert files_of(directory) == before


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_metadata_that_says_nothing_is_told_with_a_way_on(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = sound_session(tmp_path)
    directory.metadata.write_text(text)
    assert main([str(tmp_path)]) == 1
    assert f"mv {directory.path} ELSEWHERE" in capsys.readouterr().out


def test_a_session_that_is_written_is_left_alone(tmp_path: Path) -> None:
    directory = dead_session(tmp_path)
    directory.shard.unlink()
    with ShardWriter(directory.shard, Step) as shard:
        shard.write(a_step())
        before = files_of(directory)
        assert mend(directory).outcome is Outcome.BUSY
        assert files_of(directory) == before
    assert mend(directory).outcome is Outcome.REPAIRED


def test_two_repairs_do_not_meet(tmp_path: Path) -> None:
    directory = dead_session(tmp_path)
    fd = os.open(directory.path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        assert mend(directory).outcome is Outcome.BUSY
    finally:
        os.close(fd)
    assert mend(directory).outcome is Outcome.REPAIRED


def test_a_directory_without_a_session_is_reported_and_left(tmp_path: Path) -> None:
    bare = create_session_directory(tmp_path, "bare")
    begun = create_session_directory(tmp_path, "begun")
    ShardWriter(begun.shard, Step).close()
    torn = create_session_directory(tmp_path, "torn")
    torn.shard.write_bytes(begun.shard.read_bytes()[:50])
    for directory in (bare, begun, torn):
        before = files_of(directory)
        assert mend(directory).outcome is Outcome.EMPTY
        assert files_of(directory) == before


def lose_the_metadata(directory: SessionDirectory) -> None:
    directory.metadata.unlink()


def lose_the_shard(directory: SessionDirectory) -> None:
    directory.shard.unlink()


def spoil_the_metadata(directory: SessionDirectory) -> None:
    directory.metadata.write_text("{")


def spoil_the_schema(directory: SessionDirectory) -> None:
    directory.shard.write_bytes(b"\0" * 4096)


def spoil_the_config(directory: SessionDirectory) -> None:
    directory.config.write_text("recording: [")


def spoil_the_configs_letters(directory: SessionDirectory) -> None:
    directory.config.write_bytes(b"recording: \xff")


@pytest.mark.parametrize(
    "spoil",
    [
        lose_the_metadata,
        lose_the_shard,
        spoil_the_metadata,
        spoil_the_schema,
        spoil_the_config,
        spoil_the_configs_letters,
    ],
)
def test_what_is_beyond_repair_is_said_and_the_others_are_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Any
) -> None:
    spoilt = sound_session(tmp_path, session_id="20260102_030400_spoilt")
    spoil(spoilt)
    before = files_of(spoilt)
    dead = dead_session(tmp_path)
    assert main([str(tmp_path)]) == 1
    first, second, summary = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{spoilt.session_id}: beyond repair: {spoilt.path}/")
    assert second.startswith(f"{dead.session_id}: repaired: running became interrupted after 2 steps")
    assert summary == "2 sessions: 1 repaired, 1 beyond repair"
    assert files_of(spoilt) == before


def test_the_command_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound_session(tmp_path, session_id="20260102_030400_sound")
    dead_session(tmp_path)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 sessions: 1 sound, 1 repaired"
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "2 sessions: 2 sound\n"
    assert main([str(tmp_path / "absent")]) == 2
    assert capsys.readouterr().err.startswith("error: ")

"""The run tree: nobody takes another's directory, nobody reads half a file, and a dead session is seen to be dead."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import re
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import utc_now
from collector.errors import InputError, RunDirectoryError
from collector.features import record_of
from collector.records import Session, Start, Status, Step, Timing
from collector.run_directory import (
    SessionDirectory,
    create_batch_directory,
    create_session_directory,
    find_sessions,
    recorded_sessions,
)
from collector.safe_files import replace_text
from collector.shards import ShardWriter
from tests.records import a_session, write_session

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


# -- making directories


def test_the_name_says_when_and_what(tmp_path: Path) -> None:
    directory = create_session_directory(tmp_path / "runs", "demo", NOW)
    assert directory.path == tmp_path / "runs" / "session_20260102_030405_demo"
    assert directory.session_id == "20260102_030405_demo"
    assert list(directory.path.iterdir()) == []


def test_a_second_of_the_same_second_gets_a_number(tmp_path: Path) -> None:
    made = [create_session_directory(tmp_path, "demo", NOW).session_id for _ in range(3)]
    assert made == ["20260102_030405_demo", "20260102_030405_demo-2", "20260102_030405_demo-3"]
    assert [create_batch_directory(tmp_path, NOW).name for _ in range(2)] == [
        "batch_training_20260102_030405",
        "batch_training_20260102_030405-2",
    ]


def make_many(runs: str) -> list[str]:
    return [create_session_directory(Path(runs), "demo", NOW).session_id for _ in range(25)]


def test_processes_never_share_a_directory(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = [name for names in pool.map(make_many, [str(tmp_path)] * 4) for name in names]
    assert len(set(made)) == len(made) == 100
    assert len(find_sessions(tmp_path)) == 100


@given(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True))
def test_a_good_name_stays_as_it_is(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        directory = create_session_directory(Path(folder), name, NOW)
        assert directory.path.parent == Path(folder)
        assert directory.session_id == f"20260102_030405_{name}"


@pytest.mark.parametrize("name", ["", "a/b", "../up", "a b", "a\n", "é", "x" * 65, "a:b", "a\0"])
def test_other_names_are_refused_before_anything_is_made(tmp_path: Path, name: str) -> None:
    runs = tmp_path / "runs"
    with pytest.raises(InputError, match=r"session\.name="):
        create_session_directory(runs, name)
    assert not runs.exists()


def test_a_folder_that_cant_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunDirectoryError, match=r"file/runs: can't make session_.*Not a directory.*runs=DIR"):
        create_session_directory(tmp_path / "file" / "runs", "demo")


def test_utc_now_is_utc_to_the_millisecond() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", utc_now())
    read = datetime.fromisoformat(utc_now())
    assert abs((datetime.now(UTC) - read).total_seconds()) < 60


# -- replacing files


def test_a_reader_sees_the_old_text_or_the_new(tmp_path: Path) -> None:
    path, texts = tmp_path / "file.json", ("a" * 200_000, "b" * 300_000)
    replace_text(path, texts[0])
    ended = threading.Event()

    def swap() -> None:
        for number in range(60):
            replace_text(path, texts[number % 2])
        ended.set()

    writer = threading.Thread(target=swap)
    writer.start()
    seen = set()
    while not ended.is_set():
        seen.add(path.read_text())
    writer.join()
    assert seen <= set(texts)
    assert [item.name for item in tmp_path.iterdir()] == ["file.json"]


def test_a_failed_replacement_leaves_the_old_text_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    replace_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        replace_text(path, "new \ud800")
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file.json"]


# -- metadata


TEXT_FIELDS: Final = ("session_name", "task_description", "model_used", "error")


@given(st.fixed_dictionaries({name: st.text() for name in TEXT_FIELDS}), st.none() | st.floats(1, 10))
def test_a_session_is_read_as_it_was_written(texts: dict[str, str], score: float | None) -> None:
    session = a_session(**texts, final_score=score)
    assert record_of(Session, json.loads(json.dumps(dataclasses.asdict(session)))) == session


def test_a_directory_gives_its_session_back(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session())
    assert directory.read_session() == a_session()
    assert list(recorded_sessions(tmp_path)) == [(directory, a_session())]
    assert json.loads(directory.metadata.read_text())["session_id"] == directory.session_id


def test_events_are_appended(tmp_path: Path) -> None:
    directory = create_session_directory(tmp_path, "demo")
    directory.add_event("soft_limit", step=4, max_steps=5)
    directory.add_event("note", text="zwei\nZeilen — ü")
    first, second = map(json.loads, directory.events.read_text(encoding="utf-8").splitlines())
    assert (first["event"], first["step"], first["max_steps"]) == ("soft_limit", 4, 5)
    assert second["text"] == "zwei\nZeilen — ü"


def running_session(runs: Path) -> SessionDirectory:
    session = a_session(status=str(Status.RUNNING), end_time=None, task_completed=None, total_steps=2)
    return write_session(runs, session)


def test_a_session_that_says_running_but_has_no_writer_was_interrupted(tmp_path: Path) -> None:
    directory = running_session(tmp_path)
    assert directory.read_session().status == Status.INTERRUPTED
    directory.shard.unlink()
    assert directory.read_session().status == Status.INTERRUPTED


def test_a_session_with_a_writer_is_running(tmp_path: Path) -> None:
    directory = running_session(tmp_path)
    directory.shard.unlink()
    with ShardWriter(directory.shard, Step):
        assert directory.read_session().status == Status.RUNNING
    assert directory.read_session().status == Status.INTERRUPTED


def missing_key(raw: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in raw.items() if key != "seed"})


def unknown_key(raw: dict[str, Any]) -> str:
    return json.dumps(raw | {"colour": "red"})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[]", "expected a JSON object, got list"),
        (missing_key, "seed"),
        (unknown_key, "'colour'"),
    ],
)
def test_metadata_that_cant_be_read_is_named(tmp_path: Path, content: Any, problem: str) -> None:
    directory = write_session(tmp_path, a_session())
    text = content if isinstance(content, str) else content(dataclasses.asdict(a_session()))
    directory.metadata.write_text(text)
    with pytest.raises(InputError, match=problem) as caught:
        directory.read_session()
    assert "session_metadata.json" in str(caught.value)


def test_a_session_without_metadata_is_named(tmp_path: Path) -> None:
    directory = create_session_directory(tmp_path, "demo")
    with pytest.raises(InputError, match=re.escape(f"{directory.metadata}: missing")):
        directory.read_session()


# -- finding sessions


def test_sessions_are_found_in_order_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        create_session_directory(tmp_path, name, NOW)
    create_batch_directory(tmp_path, NOW)
    (tmp_path / "session_notes.txt").write_text("mine")
    (tmp_path / "other").mkdir()
    assert [found.session_id[-1] for found in find_sessions(tmp_path)] == ["a", "b", "c"]


def test_one_session_may_be_given_itself(tmp_path: Path) -> None:
    directory = create_session_directory(tmp_path, "demo")
    assert find_sessions(directory.path) == [directory]


def test_missing_runs_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent: no such directory of runs"):
        find_sessions(tmp_path / "absent")


def test_what_the_disk_refuses_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match=r"absent/file\.json: can't be written \(No such file or directory\)"):
        replace_text(tmp_path / "absent" / "file.json", "text")


def test_how_a_session_began_is_read_as_it_was_written(tmp_path: Path) -> None:
    directory = create_session_directory(tmp_path, "demo")
    start = Start(start_id="beside_otto", world_seed=42, presses=("press_a", "press_up"))
    timing = Timing(hold_frames=2, settle_frames=20, longest_settle=99)
    directory.write_start(start, timing)
    assert directory.read_start() == (start, timing)

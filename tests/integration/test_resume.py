"""What a resumed batch believes of the sessions that are there, and what it makes of them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from collector.batch.plan import with_plan_keys
from collector.batch.run import BatchSettings, run_batch
from collector.emulators.catalogue import EmulatorSettings
from collector.records import Start
from collector.roms.thistledown import ROM_PATH
from collector.run_directory import find_sessions, recorded_sessions
from tests.playing import a_job

RESUME = BatchSettings(resume=True)


def key_of(runs: Path, rom: Path | None, **changes: object) -> str | None:
    [job] = with_plan_keys([a_job(runs, emulator=EmulatorSettings(kind="pyboy", rom=rom), **changes)])
    return job.plan_key


def test_the_key_is_of_the_roms_bytes_not_of_its_name(tmp_path: Path) -> None:
    rom, moved, changed = tmp_path / "a.gb", tmp_path / "b.gb", tmp_path / "c.gb"
    content = ROM_PATH.read_bytes()
    for path in (rom, moved):
        path.write_bytes(content)
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert key_of(tmp_path, rom) == key_of(tmp_path, moved) == key_of(tmp_path, None)
    assert key_of(tmp_path, rom) != key_of(tmp_path, changed)
    before = key_of(tmp_path, rom)
    rom.write_bytes(changed.read_bytes())
    assert key_of(tmp_path, rom) != before


def test_the_key_is_of_the_states_bytes_too(tmp_path: Path) -> None:
    facts = {
        "name": "here",
        "note": "",
        "rom": {"title": "X", "revision": 0, "sha256": None},
        "emulator": "pyboy",
        "emulator_version": "1",
        "created": "2026-01-02T03:04:05.000Z",
        "frame_hash": "0" * 32,
        "state_sha256": "1" * 64,
    }
    keys = set()
    (tmp_path / "here.state").write_bytes(b"state")
    for digest in ("1" * 64, "2" * 64):
        (tmp_path / "here.json").write_text(json.dumps(facts | {"state_sha256": digest}))
        keys.add(key_of(tmp_path, None, start=Start(start_id="here", state="here"), starts=tmp_path))
    keys.add(key_of(tmp_path, None, start=Start(start_id="here", state="gone"), starts=tmp_path))
    assert len(keys) == 3


def test_a_damaged_session_is_told_of_and_played_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    jobs = [a_job(tmp_path), a_job(tmp_path, "check_party")]
    assert run_batch(tmp_path, jobs, RESUME) == 0
    damaged = find_sessions(tmp_path)[0]
    damaged.metadata.write_text("{")
    assert run_batch(tmp_path, jobs, RESUME) == 0
    assert f"mv {damaged.path} ELSEWHERE" in caplog.text
    assert len(find_sessions(tmp_path)) == 3
    assert run_batch(tmp_path, jobs, RESUME) == 0
    assert len(find_sessions(tmp_path)) == 3


def test_a_resumed_session_gets_the_views_that_are_asked_for_now(tmp_path: Path) -> None:
    job = a_job(tmp_path)
    assert run_batch(tmp_path, [job], RESUME) == 0
    [(directory, session)] = recorded_sessions(tmp_path)
    assert not directory.training_data.exists()
    wanted = dataclasses.replace(job, training_data=True, screenshots=True)
    assert run_batch(tmp_path, [wanted], RESUME) == 0
    assert len(find_sessions(tmp_path)) == 1
    assert len(directory.training_data.read_text().splitlines()) == session.total_steps
    assert len(list(directory.screenshots.iterdir())) == 2 * session.total_steps
    assert "screenshots/" in directory.trace.read_text()
    [joined] = tmp_path.glob("batch_training_*/aggregated_training_data.jsonl")
    assert joined.read_text() == directory.training_data.read_text()


@pytest.mark.parametrize("task_id", ["open_close_menu", "reach_garden"])
def test_only_rows_that_may_be_trained_on_count_towards_the_goal(
    tmp_path: Path, task_id: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_batch(tmp_path, [a_job(tmp_path, task_id)], BatchSettings(goal_rows=1)) == 0
    [(_, session)] = recorded_sessions(tmp_path)
    assert session.task_completed
    assert session.held_out == (task_id == "reach_garden") == ("can't be reached" in caplog.text)
    assert ("kept" in capsys.readouterr().out) == (not session.held_out)


def test_one_of_each_is_said_in_the_singular(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_batch(tmp_path, [a_job(tmp_path, max_steps=1)], BatchSettings())
    assert capsys.readouterr().out.startswith("1 of 1 session over 1 task, 1 step: 1 truncated\n")

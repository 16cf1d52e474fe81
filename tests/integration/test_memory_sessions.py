"""Sessions with a memory, as a user plays them."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.run_directory import SessionDirectory, recorded_sessions
from collector.shards import read_rows
from dataset_script.replies import recorded_replies
from tests.playing import a_job, run_collector


def notes_of(directory: SessionDirectory) -> list[str]:
    return [row["memory_notes"] for row in read_rows(directory.shard, ["memory_notes"])]


def remembering(**settings: Any) -> AgentSettings:
    return AgentSettings(kind="random", memory=True, **settings)


def test_equal_sessions_have_equal_notes_and_what_was_known_is_in_the_rows(tmp_path: Path) -> None:
    played = []
    for runs in (tmp_path / "one", tmp_path / "two"):
        for seed in (1, 2):
            agent = remembering(memory_session="kim", memory_facts=True)
            played.append(record_session(a_job(runs, "use_sap_drop", agent=agent, max_steps=25, seed=seed))[0])
    first, second, *again = (notes_of(directory) for directory in played)
    assert [first, second] == again
    assert first[0] == ""
    assert "On this very screen:" in second[0]
    assert 'Played before: "' in second[0]
    assert max(len(notes) for notes in second) <= 300 * 4
    [reply, *_] = recorded_replies(list(read_rows(played[1].shard)))
    assert reply.facts.memory_notes == second[0]


def test_without_a_memory_there_are_no_notes_and_no_files(tmp_path: Path) -> None:
    directory, _ = record_session(a_job(tmp_path, agent=AgentSettings(kind="random"), max_steps=5))
    assert set(notes_of(directory)) == {""}
    assert not directory.memory_snapshot("before").parent.exists()
    assert not (tmp_path / ".memory").exists()


def test_a_memory_that_cannot_be_closed_costs_no_step(tmp_path: Path) -> None:
    def break_memory(step: Any) -> None:
        if step.truncated:
            shutil.rmtree(directory_of(tmp_path).memory_snapshot("before").parent)
            directory_of(tmp_path).memory_snapshot("before").parent.write_text("in the way")

    directory, session = record_session(a_job(tmp_path, "use_sap_drop", agent=remembering(), max_steps=3), break_memory)
    assert (session.status, session.total_steps) == ("truncated", 3)
    assert "memory_failed" in directory.events.read_text()
    assert directory.trace.exists()


def directory_of(runs: Path) -> SessionDirectory:
    [path] = runs.glob("session_*")
    return SessionDirectory(path)


def test_workers_share_a_named_memory(tmp_path: Path) -> None:
    shared = ("agent.memory=true", "agent.memory_session=kim")
    done = run_collector(tmp_path, "taskset=smoke", "workers=2", *shared)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(recorded_sessions(tmp_path / "runs"))) == 5
    database = sqlite3.connect(tmp_path / "runs" / ".memory" / "kim.sqlite")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("SELECT count(*) FROM tasks").fetchall() == [(5,)]
    database.close()


def test_a_memory_of_nonsense_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "agent=random", "agent.memory_session=kim")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: agent.memory_session='kim' without a memory: add agent.memory=true\n"
    assert list(tmp_path.iterdir()) == []

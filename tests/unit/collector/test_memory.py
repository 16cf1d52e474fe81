from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.agents.settings import AgentSettings
from collector.errors import ConfigError, InputError, RunDirectoryError
from collector.memory import SessionMemory, open_memory
from collector.memory_store import BOUNDS, LONGEST_TEXT, Lesson, MemoryStore
from collector.records import Observation, Picture, Png, State, Task
from collector.run_directory import SessionDirectory
from collector.tasks import load_task, task_from_config
from tests.records import a_session, a_step

TASK = task_from_config(load_task("open_close_menu"))


def seen(frame_hash: str = "now", state: State | None = None) -> Observation:
    return Observation(
        picture=Picture(width=1, height=1, rgb=b"\0\0\0"),
        png=Png(b""),
        frame_hash=frame_hash,
        frame=0,
        state=state or {},
        memory_context="",
        memory_hash="",
    )


def begun(tmp_path: Path, task: Task = TASK, number: int = 1, game: str = "g", **settings: Any) -> SessionMemory:
    agent = AgentSettings(kind="random", memory=True, **settings)
    memory = open_memory(agent, task, "w0", game, tmp_path)
    assert memory is not None
    directory = SessionDirectory(tmp_path / f"session_{number}")
    directory.path.mkdir(exist_ok=True)
    memory.begin(directory)
    return memory


def ended(memory: SessionMemory, tmp_path: Path, number: int = 1, **changes: Any) -> None:
    session = a_session(session_id=str(number), **changes)
    memory.finish(SessionDirectory(tmp_path / f"session_{number}"), session, changes.get("report"))
    memory.close()


def test_an_agent_without_a_memory_has_none(tmp_path: Path) -> None:
    assert open_memory(AgentSettings(kind="random"), TASK, "w0", "g", tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"memory_session": "kim"}, "add agent.memory=true"),
        ({"memory": True, "memory_session": "../kim"}, "1 to 64 of the characters"),
        ({"memory": True, "memory_tokens": -1}, "agent.memory_tokens=-1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_memory(AgentSettings(kind="random", **settings), TASK, "w0", "g", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_was_asked_to_be_kept_often_comes_first_and_of_equals_the_newest(tmp_path: Path) -> None:
    memory = begun(tmp_path)
    for step, kept in enumerate([("the well is north", "old"), ("new\n  line\x1b[0m",), ("the well is north", " ")], 1):
        memory.observe(a_step(step=step, frame_hash="else"), seen(), kept)
    assert memory.notes(seen()).splitlines() == ["Noted: the well is north", "Noted: new line [0m", "Noted: old"]


def test_presses_are_told_on_the_screen_they_were_tried_on(tmp_path: Path) -> None:
    memory = begun(tmp_path)
    tries = [("press_a", "wall"), ("press_a", "other"), ("press_up", "other"), (None, "wall")]
    for step, (action, after) in enumerate(tries, 1):
        memory.observe(a_step(step=step, action=action, frame_hash="wall", frame_hash_after=after), seen(after), ())
    assert memory.notes(seen("wall")) == (
        "On this very screen: press_a changed it in 1 of 2 tries; press_up changed it in 1 of 1 tries"
    )
    assert memory.notes(seen("other")) == ""


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(0, 60))
def test_notes_keep_to_their_bound_and_hold_whole_lines(kept: list[str], tokens: int) -> None:
    memory = SessionMemory("g", None, start_id="w0", letters=tokens * 4, knows_facts=False)
    memory._stores = [MemoryStore.private("g")]
    memory.observe(a_step(frame_hash="else"), seen(), tuple(kept))
    notes = memory.notes(seen())
    assert len(notes) <= tokens * 4
    assert set(notes.splitlines()) <= {"Noted: " + " ".join(_plain(note).split()) for note in kept}
    memory.close()


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def test_the_games_memory_is_told_only_where_the_agent_may_see_it(tmp_path: Path) -> None:
    before = '{"map": "town", "items.sap_drop": 4, "items.honey_jar": 3, "x": 1}'
    step = a_step(state=before, frame_hash="else")
    after = seen(state={"map": "house", "items.sap_drop": 3, "items.honey_jar": 3, "x": 2})
    told = {}
    for number, settings in enumerate([{}, {"obs": "image+memory"}, {"memory_facts": True}], 1):
        memory = begun(tmp_path, number=number, **settings)
        memory.observe(step, after, ())
        told[number] = memory.notes(seen())
        memory.close()
    facts = "Last known: items.sap_drop is 3\nBeen to: house (1)"
    assert told == {1: "", 2: facts, 3: facts}
    hidden = sqlite3.connect(tmp_path / "session_1" / "memory_snapshots" / "before_session.db")
    assert hidden.execute("SELECT count(*) FROM facts").fetchall() == [(0,)]
    hidden.close()


def test_a_named_memory_goes_on_and_the_snapshots_say_what_was_known_when(tmp_path: Path) -> None:
    first = begun(tmp_path, memory_session="kim")
    first.observe(a_step(frame_hash="else"), seen(), ("the well is north",))
    ended(first, tmp_path, task_description="Find it", status="completed", total_steps=7)
    second = begun(tmp_path, number=2, memory_session="kim")
    assert second.notes(seen()).splitlines() == [
        "Noted: the well is north",
        'Played before: "Find it": reached in 1 of 1 sessions, in 7 steps at best',
    ]
    ended(second, tmp_path, 2, task_description="Find it", status="truncated", total_steps=3)
    kept = {}
    for number, when in ((1, "before"), (1, "after"), (2, "before"), (2, "after")):
        path = SessionDirectory(tmp_path / f"session_{number}").memory_snapshot(when)
        database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        [(notes,)], [(tasks,)] = (database.execute(f"SELECT count(*) FROM {name}") for name in ("notes", "tasks"))
        kept[number, when] = (notes, tasks)
        database.close()
    assert kept == {(1, "before"): (0, 0), (1, "after"): (1, 1), (2, "before"): (1, 1), (2, "after"): (1, 2)}
    assert sorted(path.name for path in tmp_path.glob("session_*/memory_snapshots/*.db*")) == [
        *["after_session.db"] * 2,
        *["before_session.db"] * 2,
    ]


def test_a_session_does_not_hear_what_another_learns_meanwhile(tmp_path: Path) -> None:
    first, second = begun(tmp_path, memory_session="kim"), begun(tmp_path, number=2, memory_session="kim")
    first.observe(a_step(frame_hash="else"), seen(), ("the well is north",))
    assert second.notes(seen()) == ""
    third = begun(tmp_path, number=3, memory_session="kim")
    assert third.notes(seen()) == first.notes(seen()) == "Noted: the well is north"
    for memory in (first, second, third):
        memory.close()


def test_held_out_tasks_know_nothing_and_teach_nothing(tmp_path: Path) -> None:
    first = begun(tmp_path, memory_session="kim")
    first.observe(a_step(frame_hash="else"), seen(), ("the well is north",))
    ended(first, tmp_path)
    hidden = begun(tmp_path, task=replace(TASK, held_out=True), number=2, memory_session="kim")
    assert hidden.notes(seen()) == ""
    hidden.observe(a_step(frame_hash="else"), seen(), ("a secret of the test split",))
    ended(hidden, tmp_path, 2)
    third = begun(tmp_path, number=3, memory_session="kim")
    assert "secret" not in third.notes(seen())
    assert "the well is north" in third.notes(seen())
    third.close()


def test_a_memory_is_of_one_game(tmp_path: Path) -> None:
    begun(tmp_path, memory_session="kim").close()
    with pytest.raises(InputError, match="holds what was learnt of g, not of other; choose another memory_session"):
        begun(tmp_path, game="other", memory_session="kim")


def test_a_file_that_is_no_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".memory" / "kim.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(InputError, match="is no memory that can be read"):
        begun(tmp_path, memory_session="kim")
    assert path.read_bytes() == b"not a database" * 100


def test_a_memory_that_stops_working_is_an_error_of_ours(tmp_path: Path) -> None:
    memory = begun(tmp_path)
    memory.close()
    with pytest.raises(RunDirectoryError, match="the memory can't be used"):
        memory.notes(seen())


def test_every_table_keeps_to_its_bound_and_the_oldest_goes() -> None:
    store = MemoryStore.private("g")
    for turn in range(60):
        notes = tuple(f"{turn}-{number}" for number in range(10))
        facts = {f"{turn}.{number}": ("1", True) for number in range(50)}
        store.learn(lesson(turn, notes=notes, facts=facts, entered=f"place {turn}"))
    store.clean_up()
    [(notes_kept,)] = store.rows("SELECT count(*) FROM notes")
    [(facts_kept,)] = store.rows("SELECT count(*) FROM facts")
    assert (notes_kept, facts_kept) == (BOUNDS["notes"], BOUNDS["facts"])
    assert store.rows("SELECT count(*) FROM notes WHERE note LIKE '0-%' OR note LIKE '9-%'") == [(0,)]
    assert store.rows("SELECT count(*) FROM notes WHERE note LIKE '59-%'") == [(10,)]
    store.close()


def test_long_texts_are_cut(tmp_path: Path) -> None:
    memory = begun(tmp_path, memory_tokens=1000)
    memory.observe(a_step(frame_hash="else"), seen(), ("x" * 5000,))
    assert memory.notes(seen()) == "Noted: " + "x" * LONGEST_TEXT
    memory.close()


def lesson(step: int, session_id: str = "s", **changes: Any) -> Lesson:
    facts: dict[str, Any] = {"frame_hash": f"f{step}", "action": "press_a", "changed_screen": True}
    return Lesson(session_id=session_id, step=step, **facts | changes)


def _teach(path: Path, name: str, done: Any) -> None:
    """Take lessons in one after the other until killed, and count those that returned."""
    store = MemoryStore.shared(path, "g")
    for step in range(1_000_000):
        store.learn(lesson(step, name, frame_hash=f"{name} {step % 50}", notes=(f"{name} {step % 20}",)))
        done.value = step + 1


def test_two_processes_and_kills_leave_a_whole_memory(tmp_path: Path) -> None:
    path, context = tmp_path / ".memory" / "kim.sqlite", multiprocessing.get_context("spawn")
    counted: dict[str, list[int]] = {"a": [], "b": []}
    for _ in range(2):
        counts = {name: context.Value("l", 0) for name in counted}
        writers = [context.Process(target=_teach, args=(path, name, counts[name])) for name in counted]
        for writer in writers:
            writer.start()
        deadline = time.monotonic() + 60
        while min(count.value for count in counts.values()) < 100:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for writer in writers:
            os.kill(writer.pid or 0, signal.SIGKILL)
            writer.join()
        for name, count in counts.items():
            counted[name].append(count.value)
    store = MemoryStore.shared(path, "g")
    assert store.rows("PRAGMA integrity_check") == [("ok",)]
    for name, told in counted.items():
        [(tries,)] = store.rows("SELECT sum(tries) FROM presses WHERE frame_hash LIKE ?", f"{name} %")
        [(visits,)] = store.rows("SELECT sum(visits) FROM screens WHERE frame_hash LIKE ?", f"{name} %")
        assert sum(told) <= tries <= sum(told) + len(told)
        assert visits == tries
    store.learn(lesson(1, "c"))
    store.close()

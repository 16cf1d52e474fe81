"""A memory that went through plain records tells the same as the one it was."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import RunDirectoryError
from collector.features import features_of, record_of, row_of
from collector.kept_memory import KeptMemory, KeptPlace, kept_memory, restore_memory
from collector.memory import SessionMemory
from collector.memory_store import MemoryStore, PlayedTask
from collector.records import Observation, Picture, Png, State, Step
from tests.records import a_step

SCREENS = ("wall", "door", "town")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(SCREENS),
        st.sampled_from(("press_a", "press_b", None)),
        st.sampled_from(SCREENS),
        st.sampled_from(("the well is north", "ask Nell", "no")),
        st.integers(0, 2),
    ),
    max_size=8,
)


def seen(frame_hash: str, state: State) -> Observation:
    return Observation(
        picture=Picture(width=1, height=1, rgb=b"\0\0\0"), png=Png(b""), frame_hash=frame_hash, frame=0, state=state,
        memory_context="", memory_hash="",
    )  # fmt: skip


def observe_all(memory: SessionMemory, steps: list[tuple[str, str | None, str, str, int]]) -> None:
    for number, (before, action, after, note, honey) in enumerate(steps, 1):
        states: tuple[State, State] = {"map": before, "items.honey": 0}, {"map": after, "items.honey": honey}
        step: Step = a_step(
            step=number, action=action, frame_hash=before, frame_hash_after=after, state=json.dumps(states[0])
        )
        memory.observe(step, seen(after, states[1]), (note,))


def a_memory(snapshot: Path | None) -> SessionMemory:
    memory = SessionMemory("g", None, start_id="w0", letters=10_000, knows_facts=True)
    if snapshot is None:
        memory._stores = [MemoryStore.private("g")]
    else:
        memory.begin_again(snapshot)
    return memory


def told_of(memory: SessionMemory) -> list[str]:
    return [memory.notes(seen(screen, {})) for screen in SCREENS]


@given(STEPS, STEPS)
def test_it_tells_the_same_before_the_session_and_after_each_step(
    earlier: list[tuple[str, str | None, str, str, int]], steps: list[tuple[str, str | None, str, str, int]]
) -> None:
    with TemporaryDirectory() as folder:
        before, again = Path(folder, "before.db"), Path(folder, "again.db")
        past = a_memory(None)
        observe_all(past, earlier)
        past._own.add_task(
            PlayedTask(
                session_id="s", task_id="t", instruction="Find it", start_id="w0", status="completed", steps=3,
                report="Here it is.",
            )
        )  # fmt: skip
        past._own.snapshot(before)
        kept = kept_memory(before, start_id="w0", screens=SCREENS)
        read: KeptMemory = record_of(KeptMemory, row_of(kept))
        assert read == kept
        restore_memory(read, "g", again)
        assert kept_memory(again, start_id="w0", screens=SCREENS) == kept
        memories = a_memory(before), a_memory(again)
        assert told_of(memories[0]) == told_of(memories[1]) == told_of(past)
        for step in steps:
            for memory in memories:
                observe_all(memory, [step])
            assert told_of(memories[0]) == told_of(memories[1])
        for memory in (*memories, past):
            memory.close()


def test_only_what_the_session_can_be_told_is_kept(tmp_path: Path) -> None:
    memory = a_memory(None)
    observe_all(memory, [("wall", "press_a", "door", "ask Nell", 1), ("door", "press_b", "town", "no", 2)])
    memory._own.snapshot(tmp_path / "before.db")
    memory.close()
    kept = kept_memory(tmp_path / "before.db", start_id="elsewhere", screens={"door"})
    assert [(press.frame_hash, press.action) for press in kept.presses] == [("door", "press_b")]
    assert kept.facts == () and len(kept.notes) == 2 and len(kept.places) == 2
    assert all(dataclasses.is_dataclass(row) for row in kept.notes)
    assert set(features_of(KeptMemory)) == {"notes", "tasks", "presses", "facts", "places"}


def test_rows_that_no_memory_can_hold_are_refused(tmp_path: Path) -> None:
    town = KeptPlace(place="town", visits=1, turn=1)
    kept = KeptMemory(notes=(), tasks=(), presses=(), facts=(), places=(town, town))
    with pytest.raises(RunDirectoryError, match=r"UNIQUE constraint failed: places\.place"):
        restore_memory(kept, "g", tmp_path / "again.db")

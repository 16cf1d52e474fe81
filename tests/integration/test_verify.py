"""Real sessions are verified, then spoilt in one way each: every fault is named with its session, step and column."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from collector.agents.settings import AgentSettings
from collector.emulators.catalogue import EmulatorSettings
from collector.recording import record_session
from collector.records import Step
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import ShardWriter
from collector.verify.__main__ import main
from tests.fakes.skyemu_server import running_skyemu
from tests.planting import Row, digest, rewrite, tear, with_one_byte_changed
from tests.playing import a_job, environment
from tests.warm_python import run_module

STEPS: Final = 12


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run tree of one long random session and two short ones of the expert."""
    runs = tmp_path_factory.mktemp("recorded")
    record_session(a_job(runs, agent=AgentSettings(kind="random"), max_steps=STEPS, seed=5, session_name="long"))
    record_session(a_job(runs, "check_party", session_name="party"))
    record_session(a_job(runs, session_name="menu"))
    return runs


@pytest.fixture
def runs(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copytree(recorded, tmp_path / "runs"))


def named(runs: Path, name: str) -> SessionDirectory:
    [found] = [directory for directory in find_sessions(runs) if directory.session_id.endswith(f"_{name}")]
    return found


def verify(runs: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, list[str]]:
    code = main([str(runs), "--workers", "1", *flags])
    return code, capsys.readouterr().out.splitlines()


def test_what_was_recorded_holds(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = verify(runs, capsys)
    steps = sum(directory.read_session().total_steps for directory in find_sessions(runs))
    assert (code, lines) == (0, [f"3 sessions, {steps} steps, 3 sessions re-played: all hold"])


def test_several_processes_say_the_same(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(6):
        shutil.copytree(named(runs, "menu").path, runs / f"session_20260101_00000{number}_copy")
    one = verify(runs, capsys)
    two = run_module("collector.verify", str(runs), "--workers", "2", folder=Path.cwd(), env=environment())
    assert two.returncode == one[0] == 1, two.stderr
    assert two.stdout.splitlines() == one[1]
    assert sum("session_metadata.json session_id" in line for line in one[1]) == 6


def changed_byte(rows: list[Row]) -> None:
    rows[4]["screenshot"]["bytes"] = with_one_byte_changed(rows[4]["screenshot"]["bytes"])


def changed_byte_after(rows: list[Row]) -> None:
    rows[4]["screenshot_after"]["bytes"] = with_one_byte_changed(rows[4]["screenshot_after"]["bytes"])


def dropped_step(rows: list[Row]) -> list[Row]:
    return rows[:4] + rows[5:]


def dropped_last_step(rows: list[Row]) -> list[Row]:
    return rows[:-1]


def swapped_steps(rows: list[Row]) -> None:
    rows[4], rows[6] = rows[6], rows[4]


def renumbered(rows: list[Row]) -> None:
    """Two steps exchanged, and everything that counts them put right."""
    swapped_steps(rows)
    for number, row in enumerate(rows, start=1):
        row.update(step=number, parent_step=number - 1)


def wrong_before_frame(rows: list[Row]) -> None:
    """Another screen before the press, its hash put right."""
    spoilt = with_one_byte_changed(rows[4]["screenshot"]["bytes"])
    rows[4]["screenshot"]["bytes"], rows[4]["frame_hash"] = spoilt, digest(spoilt)


def wrong_first_frame(rows: list[Row]) -> None:
    spoilt = with_one_byte_changed(rows[0]["screenshot"]["bytes"])
    rows[0]["screenshot"]["bytes"], rows[0]["frame_hash"] = spoilt, digest(spoilt)


def wrong_last_frame(rows: list[Row]) -> None:
    spoilt = with_one_byte_changed(rows[-1]["screenshot_after"]["bytes"])
    rows[-1].update(screenshot_after={"bytes": spoilt, "path": None}, frame_hash_after=digest(spoilt))
    rows[-1]["action_effect"] = True


def changed_memory(rows: list[Row]) -> None:
    rows[4]["memory_hash"] = "0" * 32
    rows[3]["action_effect"] = rows[4]["action_effect"] = True


def reordered_press(rows: list[Row]) -> None:
    """Two presses exchanged; the later rows remember them in the new order."""
    place = next(n for n in range(1, len(rows) - 1) if rows[n]["action"] != rows[n + 1]["action"])
    rows[place]["action"], rows[place + 1]["action"] = rows[place + 1]["action"], rows[place]["action"]
    for row in rows[place + 1 :]:
        row["previous_actions"] = [past["action"] for past in rows[: row["step"] - 1]]


def changed_state(rows: list[Row]) -> None:
    state = json.loads(rows[4]["state"])
    rows[4]["state"] = json.dumps(state | {"screen": "the moon"})


def one_frame_less(rows: list[Row]) -> None:
    rows[4]["frames_elapsed"] -= 1


def lost_picture(rows: list[Row]) -> None:
    rows[4]["screenshot"]["bytes"] = rows[4]["screenshot"]["bytes"][:60]


def absent_picture(rows: list[Row]) -> None:
    rows[4]["screenshot"] = None


def picture_without_bytes(rows: list[Row]) -> None:
    rows[4].update(screenshot={"bytes": None, "path": None}, row_hash="")


def early_end(rows: list[Row]) -> None:
    rows[4]["terminated"] = True


def foreign_seed(rows: list[Row]) -> None:
    rows[4]["seed"] += 1


def unknown_button(rows: list[Row]) -> None:
    rows[-1]["action"] = "press_turbo"


def link_into_the_future(rows: list[Row]) -> None:
    rows[4]["parent_step"] = 9


@pytest.mark.parametrize(
    ("fault", "named_fault"),
    [
        (changed_byte, "step 5: screenshot: expected pixels of frame_hash"),
        (changed_byte_after, "step 5: screenshot_after: expected pixels of frame_hash_after"),
        (dropped_step, "step 5: step: expected 5, seen 6"),
        (dropped_last_step, f"session_metadata.json total_steps: expected {STEPS - 1}, seen {STEPS}"),
        (swapped_steps, "step 5: step: expected 5, seen 7"),
        (renumbered, "step 5: frame_hash"),
        (wrong_before_frame, "step 5: frame_hash: expected"),
        (wrong_before_frame, "step 5: frame_hash (re-played): expected"),
        (wrong_first_frame, "step 1: frame_hash (re-played): expected"),
        (wrong_last_frame, f"step {STEPS}: frame_hash_after (re-played): expected"),
        (changed_memory, "step 5: memory_hash (re-played): expected"),
        (reordered_press, "(re-played): expected"),
        (changed_state, "step 5: state (re-played): expected screen='"),
        (one_frame_less, "step 6: frame: expected"),
        (lost_picture, "step 5: screenshot: expected pixels of frame_hash"),
        (absent_picture, "step 5: screenshot: expected a picture, seen None"),
        (picture_without_bytes, "step 5: screenshot: expected a picture, seen None"),
        (early_end, "step 5: terminated: expected False, seen True"),
        (foreign_seed, "step 5: seed: expected 5, seen 6"),
        (unknown_button, f"step {STEPS}: action: expected a button, wait or None, seen 'press_turbo'"),
        (link_into_the_future, "step 5: parent_step: expected 0 to 4, seen 9"),
    ],
)
def test_a_planted_fault_is_named(
    runs: Path, capsys: pytest.CaptureFixture[str], fault: Callable[[list[Row]], Any], named_fault: str
) -> None:
    spoilt = named(runs, "long")
    rewrite(spoilt, fault)
    code, lines = verify(spoilt.path, capsys)
    assert code == 1
    assert any(named_fault in line and line.startswith(spoilt.session_id) for line in lines), lines
    assert lines[-1].endswith("1 do not hold")


def test_a_word_changed_where_nothing_else_depends_on_it_is_named(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def other_words(rows: list[Row]) -> None:
        rows[1]["reasoning"] += " Or so they say."

    spoilt = named(runs, "party")
    rewrite(spoilt, other_words, sealed=False)
    code, lines = verify(runs, capsys)
    assert code == 1
    assert lines[0].startswith(f"{spoilt.session_id} step 2: row_hash: expected '")
    assert lines[-1].endswith("3 sessions re-played: 1 do not hold")


def test_exchanged_episodes_are_named(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = named(runs, "party"), named(runs, "menu")
    between = runs / "between"
    first.shard.rename(between)
    second.shard.rename(first.shard)
    between.rename(second.shard)
    code, lines = verify(runs, capsys)
    assert code == 1
    for directory, other in ((first, second), (second, first)):
        ids = f"expected '{directory.session_id}', seen '{other.session_id}'"
        assert f"{directory.session_id} step 1: session_id: {ids}" in lines


def test_an_episode_from_another_world_is_named_though_its_ids_are_right(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = named(runs, "long")
    recipe = json.loads(spoilt.start.read_text())
    recipe["start"]["world_seed"] += 1
    spoilt.start.write_text(json.dumps(recipe))
    code, lines = verify(spoilt.path, capsys)
    assert code == 1
    assert any(f"{spoilt.session_id} step 1: memory_hash (re-played)" in line for line in lines)


def test_a_session_that_does_not_say_how_it_began_is_counted_with_the_reason(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named(runs, "menu").start.unlink()
    code, lines = verify(runs, capsys)
    assert code == 0
    assert lines[0] == "1 not re-played: states/start.json is missing, so nothing says how it began"
    assert "2 sessions re-played" in lines[1]


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b'{"start": 1, "timing": 2}', b'{"start": {"start_id": 7}}'])
def test_a_beginning_that_cant_be_read_is_named(runs: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    spoilt = named(runs, "menu")
    spoilt.start.write_bytes(content)
    code, lines = verify(runs, capsys)
    assert code == 1
    assert lines[0].startswith(f"{spoilt.session_id}: re-play: expected the session to be played again, seen ")
    assert "start.json" in lines[0]


def test_a_rom_that_is_not_there_is_asked_for(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = named(runs, "menu")
    rewrite(other, lambda rows: [row | {"rom_sha256": "ab" * 32} for row in rows])
    metadata = json.loads(other.metadata.read_text())
    other.metadata.write_text(json.dumps(metadata | {"rom_sha256": "ab" * 32}))
    code, lines = verify(other.path, capsys)
    assert (code, lines[0]) == (0, "1 not re-played: it needs the ROM with sha256 abababababab...: --rom PATH")


def test_a_skyemu_session_is_played_again_where_one_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running_skyemu() as server:
        played_on = EmulatorSettings(kind="skyemu", base_url=server.url)
        random_player = AgentSettings(kind="random")
        directory, _ = record_session(a_job(tmp_path, emulator=played_on, agent=random_player, max_steps=6, seed=5))
        alone = verify(tmp_path, capsys)
        assert (alone[0], alone[1][0]) == (0, "1 not re-played: it needs a running SkyEmu: --base-url URL")
        there = verify(tmp_path, capsys, "--base-url", server.url)
        assert there == (0, ["1 session, 6 steps, 1 session re-played: all hold"])
        rewrite(directory, changed_memory)
        code, lines = verify(tmp_path, capsys, "--base-url", server.url)
        assert code == 1
        assert any("step 5: memory_hash (re-played)" in line for line in lines)
    code, lines = verify(tmp_path, capsys, "--base-url", server.url)
    assert code == 1
    assert any("re-play: expected the session to be played again, seen no SkyEmu answers" in line for line in lines)
    assert "1 not re-played: the emulator could not begin it" in lines


def test_rows_can_be_checked_without_an_emulator(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = verify(runs, capsys, "--no-replay")
    assert (code, lines[0]) == (0, "3 not re-played: --no-replay was given")


def test_a_torn_tail_and_foreign_columns_are_named(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tear(named(runs, "menu"), 7)
    foreign = named(runs, "party")
    foreign.shard.unlink()
    with ShardWriter(foreign.shard, _other_record()) as shard:
        shard.write(_other_record()(session_id=foreign.session_id))
    code, lines = verify(runs, capsys)
    assert code == 1
    assert any("_menu: steps.arrow: expected whole steps, seen" in line for line in lines)
    assert any("_party: schema: expected pyarrow.Field<step: int64>, seen no further column" in line for line in lines)


def _other_record() -> Any:
    import dataclasses

    return dataclasses.make_dataclass("Other", [("session_id", str)], frozen=True, kw_only=True)


def test_a_session_being_written_and_an_empty_one_are_left_out(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    running = named(runs, "menu")
    metadata = json.loads(running.metadata.read_text())
    running.metadata.write_text(json.dumps(metadata | {"status": "running"}))
    running.shard.unlink()
    (runs / "session_20260101_000000_empty").mkdir()
    with ShardWriter(running.shard, Step):
        code, lines = verify(runs, capsys)
    assert code == 0
    assert "1 not re-played: it is still being written" in lines
    assert "1 not re-played: it has no session_metadata.json: nothing was recorded" in lines


def test_bad_input_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent")]) == 2
    (tmp_path / "runs").mkdir()
    assert main([str(tmp_path / "runs"), "--rom", str(tmp_path / "absent.gb")]) == 2
    assert main([str(tmp_path / "runs"), "--workers", "0"]) == 2
    assert capsys.readouterr().err.count("\n") == 3

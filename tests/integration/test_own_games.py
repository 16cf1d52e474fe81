"""A user's own game, end to end: no reader, pictures only, begun from power-on or from states that were captured."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from collector.agents.settings import AgentSettings
from collector.config import StartConfig
from collector.emulators.catalogue import EmulatorSettings
from collector.emulators.pyboy import PyBoyEmulator
from collector.errors import InputError, RomError
from collector.pictures import decode_picture
from collector.recording import record_session
from collector.records import Session, Start
from collector.roms.thistledown import ROM_PATH
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import read_rows
from collector.starts import StartLibrary
from collector.state.__main__ import main as state_command
from collector.tasks import free_task, task_from_config
from collector.verify.__main__ import main as verify
from tests.fakes.skyemu_server import SkyEmuStandIn, running_skyemu
from tests.playing import a_job, run_collector
from tests.tiny_rom import write_tiny_rom

SHADES = {1: 0x99, 2: 0x55}
"""Grey of the screen after so many presses, as PyBoy shows it."""


@pytest.fixture
def rom(tmp_path: Path) -> Path:
    return write_tiny_rom(tmp_path)


@pytest.fixture
def library(tmp_path: Path) -> StartLibrary:
    return StartLibrary(tmp_path / "starts")


@pytest.fixture
def skyemu(rom: Path) -> Iterator[SkyEmuStandIn]:
    with running_skyemu(rom) as server:
        server.console.step(60)
        yield server


def capture(library: StartLibrary, name: str, *arguments: object) -> int:
    return state_command(["capture", name, "--starts", str(library.folder), *map(str, arguments)])


def play(
    runs: Path, rom: Path, library: StartLibrary, start: Start, **emulator: Any
) -> tuple[SessionDirectory, Session]:
    """Eight random presses."""
    task = task_from_config(free_task("Make the screen dark", StartConfig()))
    settings = EmulatorSettings(**({"kind": "pyboy", "rom": rom} | emulator))
    agent = AgentSettings(kind="random")
    return record_session(
        a_job(runs, task=task, start=start, max_steps=8, emulator=settings, agent=agent, starts=library.folder)
    )


def grey(png: bytes) -> int:
    return decode_picture(png).rgb[0]


# -- without a reader


def test_a_game_without_a_reader_is_played_by_its_pictures(rom: Path, library: StartLibrary, tmp_path: Path) -> None:
    directory, session = play(tmp_path / "runs", rom, library, Start(start_id="power-on"))
    rows = list(read_rows(directory.shard))
    assert (session.status, session.task_completed, session.game, session.synthetic) == (
        "truncated",
        None,
        "tiny",
        False,
    )
    assert len(rows) == 8
    assert {(row["state"], row["memory_context"], row["memory_hash"]) for row in rows} == {("{}", "", "")}
    assert len({row["frame_hash_after"] for row in rows}) > 1
    assert [row["action_effect"] for row in rows] == [row["frame_hash"] != row["frame_hash_after"] for row in rows]


def test_it_is_played_again_frame_by_frame(rom: Path, library: StartLibrary, tmp_path: Path, capsys: Any) -> None:
    for _ in range(2):
        play(tmp_path / "runs", rom, library, Start(start_id="later", presses=("wait", "press_a", "press_b")))
    assert verify([str(tmp_path / "runs"), "--rom", str(rom)]) == 0
    assert "2 sessions re-played: all hold" in capsys.readouterr().out
    hashes = [[row["frame_hash_after"] for row in read_rows(found.shard)] for found in find_sessions(tmp_path / "runs")]
    assert hashes[0] == hashes[1]


def test_the_command_plays_it_in_words(rom: Path, tmp_path: Path) -> None:
    words = ["make it dark", f"emulator.rom={rom}", "agent=random", "budget.max_steps=3"]
    assert run_collector(tmp_path, *words).returncode == 0
    judged = run_collector(tmp_path, *words[1:], "task=heal_party")
    assert judged.returncode == 2
    assert "write the task with starts of its own" in judged.stderr
    planned = run_collector(tmp_path, words[0], f"emulator.rom={rom}", "agent=scripted")
    assert planned.returncode == 2
    assert "agent=random" in planned.stderr
    assert len(find_sessions(tmp_path / "runs")) == 1


# -- captured in PyBoy


def test_a_session_begins_at_the_state_that_was_captured(rom: Path, library: StartLibrary, tmp_path: Path) -> None:
    assert capture(library, "dark", "--rom", rom, "--presses", "press_a", "press_b", "--note", "two down") == 0
    captured = library.read("dark")
    assert grey(captured.png) == SHADES[2]
    assert (captured.facts.note, captured.facts.rom.title, captured.facts.emulator) == ("two down", "TINY", "pyboy")
    directory, session = play(tmp_path / "runs", rom, library, Start(start_id="dark", state="dark"))
    first = next(read_rows(directory.shard))
    assert session.start_id == "dark"
    assert first["frame_hash"] == captured.facts.frame_hash
    assert StartLibrary(directory.start.parent).read("dark") == captured


def test_a_captured_state_of_the_cartridge_counts_as_its_world(library: StartLibrary, tmp_path: Path) -> None:
    """Else the same world could stand in train under its number and in test under the state's name."""
    from dataset_script.config import SplitUnit
    from dataset_script.splits import unit_name

    capture(library, "third", "--rom", ROM_PATH, "--presses", "press_left", "press_up", "press_start")
    directory, session = play(tmp_path / "runs", ROM_PATH, library, Start(start_id="third", state="third"))
    rows = list(read_rows(directory.shard))
    assert {json.loads(row["state"])["world_seed"] for row in rows} == {1}
    assert {session.world_seed, *(row["world_seed"] for row in rows)} == {1}
    assert unit_name(session, SplitUnit.START) == "thistledown world 1"


def test_presses_of_a_start_come_after_its_state(rom: Path, library: StartLibrary, tmp_path: Path) -> None:
    capture(library, "one", "--rom", rom, "--presses", "press_a")
    directory, _ = play(tmp_path / "runs", rom, library, Start(start_id="two", state="one", presses=("press_a",)))
    assert grey(next(read_rows(directory.shard))["screenshot"]["bytes"]) == SHADES[2]


def test_it_is_played_again_from_its_own_copy(rom: Path, library: StartLibrary, tmp_path: Path, capsys: Any) -> None:
    capture(library, "dark", "--rom", rom, "--presses", "press_a")
    play(tmp_path / "runs", rom, library, Start(start_id="dark", state="dark"))
    shutil.rmtree(library.folder)
    assert verify([str(tmp_path / "runs"), "--rom", str(rom)]) == 0
    assert "1 session re-played: all hold" in capsys.readouterr().out


def test_a_copy_of_another_state_is_caught(rom: Path, library: StartLibrary, tmp_path: Path, capsys: Any) -> None:
    capture(library, "dark", "--rom", rom, "--presses", "press_a")
    directory, _ = play(tmp_path / "runs", rom, library, Start(start_id="dark", state="dark"))
    capture(library, "darker", "--rom", rom, "--presses", "press_a", "press_a")
    shutil.copy(library.folder / "darker.state", directory.start.parent / "dark.state")
    assert verify([str(tmp_path / "runs"), "--rom", str(rom)]) == 1
    assert "changed or damaged" in capsys.readouterr().out


def test_a_state_file_of_pyboys_own_may_be_captured(rom: Path, library: StartLibrary, tmp_path: Path) -> None:
    emulator = PyBoyEmulator(rom)
    emulator.advance(300)
    emulator.hold(("press_a",))
    emulator.advance(4)
    emulator.hold(())
    emulator.advance(12)
    (tmp_path / "tiny.gb.state").write_bytes(emulator.save_state())
    emulator.close()
    assert capture(library, "saved", "--rom", rom, "--from-state", tmp_path / "tiny.gb.state") == 0
    assert grey(library.read("saved").png) == SHADES[1]


def test_a_state_of_another_rom_is_refused_before_anything_is_made(
    rom: Path, library: StartLibrary, tmp_path: Path
) -> None:
    capture(library, "dark", "--rom", rom)
    other = write_tiny_rom(tmp_path, "OTHER")
    with pytest.raises(RomError, match=r"state dark: it was captured from TINY .* OTHER .* is played"):
        play(tmp_path / "runs", other, library, Start(start_id="dark", state="dark"))
    assert not (tmp_path / "runs").exists()


def test_a_task_names_its_state_and_the_command_any(rom: Path, library: StartLibrary, tmp_path: Path) -> None:
    capture(library, "dark", "--rom", rom, "--presses", "press_a")
    (tmp_path / "tasks.yaml").write_text(
        "tasks:\n- {task_id: lighten, instruction: Lighten it, goal: White, task_type: free, max_steps: 3, "
        "starts: [{state: dark}]}\n"
    )
    mine = (f"emulator.rom={rom}", "agent=random")
    assert run_collector(tmp_path, "task_file=tasks.yaml", *mine).returncode == 0
    assert run_collector(tmp_path, "lighten it", "start=dark", "budget.max_steps=2", *mine).returncode == 0
    started = [directory.read_start()[0].state for directory in find_sessions(tmp_path / "runs")]
    assert started == ["dark", "dark"]
    unknown = run_collector(tmp_path, "lighten it", "start=bright", *mine)
    assert unknown.returncode == 2
    assert "has no start 'bright'" in unknown.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--frames", "0"), "a console runs at least 1 frame"),
        (("--from-state", "absent.state"), "absent.state: can't be read"),
        (("--rom", "absent.gb"), "absent.gb: no such ROM"),
        (("--base-url", "http://127.0.0.1:1"), "goes with --emulator skyemu"),
        (("--emulator", "skyemu", "--frames", "3"), "is captured as it stands"),
        (("--emulator", "skyemu", "--base-url", "http://127.0.0.1:1"), "no SkyEmu answers"),
    ],
)
def test_a_capture_that_cant_be_made_leaves_nothing(
    library: StartLibrary, capsys: Any, arguments: tuple[str, ...], said: str
) -> None:
    assert capture(library, "x", *arguments) != 0
    assert said in capsys.readouterr().err
    assert not library.folder.exists()


def test_a_name_is_taken_only_once(library: StartLibrary, rom: Path, capsys: Any) -> None:
    assert capture(library, "x", "--rom", rom, "--frames", 2) == 0
    before = library.read("x")
    assert capture(library, "x", "--rom", rom, "--frames", 9) == 2
    assert "is there already" in capsys.readouterr().err
    assert library.read("x") == before


def test_states_are_listed_and_shown(library: StartLibrary, rom: Path, capsys: Any) -> None:
    folder = ["--starts", str(library.folder)]
    assert state_command(["list", *folder]) == 0
    assert "has no states" in capsys.readouterr().out
    capture(library, "x", "--rom", rom, "--note", "here")
    capsys.readouterr()
    assert state_command(["list", *folder]) == 0
    assert capsys.readouterr().out.startswith("x: TINY revision 0")
    assert state_command(["show", "x", *folder]) == 0
    assert json.loads(capsys.readouterr().out)["note"] == "here"


# -- captured in SkyEmu


def test_a_running_skyemu_is_captured_as_it_stands(
    skyemu: SkyEmuStandIn, rom: Path, library: StartLibrary, tmp_path: Path, capsys: Any
) -> None:
    for pressed in (1, 0):
        skyemu.console.inputs["A"] = float(pressed)
        skyemu.console.step(12)
    frames = skyemu.console.frames
    assert capture(library, "dark", "--emulator", "skyemu", "--base-url", skyemu.url, "--note", "now") == 0
    assert skyemu.console.frames == frames
    assert not [asked for asked in skyemu.requests if asked.startswith(("/step", "/load", "/input", "/save"))]
    captured = library.read("dark")
    assert (captured.facts.emulator, captured.facts.rom.title) == ("skyemu", "TINY")
    assert captured.facts.rom.sha256 is not None
    assert grey(captured.png) == SHADES[1]
    with Image.open(io.BytesIO(captured.state)) as picture:
        assert picture.size == (800, 720)

    start = Start(start_id="dark", state="dark")
    directory, session = play(tmp_path / "runs", rom, library, start, kind="skyemu", base_url=skyemu.url)
    assert session.error is None
    assert next(read_rows(directory.shard))["frame_hash"] == captured.facts.frame_hash
    assert verify([str(tmp_path / "runs"), "--rom", str(rom), "--base-url", skyemu.url]) == 0
    assert "1 session re-played: all hold" in capsys.readouterr().out
    with pytest.raises(InputError, match=r"captured on skyemu .*, and pyboy .* is played on"):
        play(tmp_path / "runs", rom, library, start)


def test_a_rom_that_is_only_where_skyemu_is_is_known_by_its_header(
    skyemu: SkyEmuStandIn, rom: Path, library: StartLibrary, tmp_path: Path
) -> None:
    elsewhere = rom.rename(tmp_path / "moved.gb")
    at = ("--emulator", "skyemu", "--base-url", skyemu.url)
    assert capture(library, "remote", *at) == 0
    assert library.read("remote").facts.rom.sha256 is None
    assert capture(library, "local", *at, "--rom", elsewhere) == 0
    assert library.read("local").facts.rom.sha256 is not None


def test_a_rom_that_skyemu_does_not_run_is_refused(
    skyemu: SkyEmuStandIn, library: StartLibrary, tmp_path: Path, capsys: Any
) -> None:
    other = write_tiny_rom(tmp_path, "OTHER")
    assert capture(library, "x", "--emulator", "skyemu", "--base-url", skyemu.url, "--rom", other) == 2
    assert "OTHER revision 0" in (said := capsys.readouterr().err)
    assert "SkyEmu runs TINY" in said


def test_a_skyemu_without_a_rom_is_told(library: StartLibrary, capsys: Any) -> None:
    with running_skyemu() as server:
        assert capture(library, "x", "--emulator", "skyemu", "--base-url", server.url) == 1
    assert "no ROM loaded" in capsys.readouterr().err

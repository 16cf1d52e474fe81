"""mGBA is an Emulator of a Game Boy Advance; its core, its ROM for tests, and sessions on it."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from collector.agents.settings import AgentSettings
from collector.config import StartConfig
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.emulators.mgba import MgbaEmulator, find_core
from collector.emulators.protocol import Emulator
from collector.errors import ConfigError, EmulatorError
from collector.games.protocol import MemoryRange
from collector.recording import record_session
from collector.records import BUTTONS, Start
from collector.roms.thistledown import ROM_PATH
from collector.run_directory import find_sessions
from collector.shards import read_rows
from collector.starts import StartLibrary
from collector.state.__main__ import main as state_command
from collector.tasks import free_task, task_from_config
from collector.verify.__main__ import main as verify
from tests.contract.advance_suite import ROM, AdvanceSuite
from tests.playing import a_job, run_collector


def core_is_here() -> bool:
    try:
        find_core()
    except ConfigError:
        return False
    return True


needs_core = pytest.mark.skipif(
    not core_is_here(), reason="mGBA's libretro core is not installed (the extra [gba], or Debian's libretro-mgba)"
)


@needs_core
class TestMgba(AdvanceSuite):
    def start(self, rom: Path) -> Emulator:
        return MgbaEmulator(rom)


@needs_core
def test_a_state_of_another_rom_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.gba"
    other.write_bytes(ROM.read_bytes() + b"\0\0\0\0")
    one, two = MgbaEmulator(ROM), MgbaEmulator(other)
    try:
        one.advance(2)
        with pytest.raises(EmulatorError, match="was another version or ROM used"):
            two.load_state(one.save_state())
    finally:
        one.close()
        two.close()


@needs_core
@pytest.mark.parametrize(
    ("start", "length", "said"),
    [(0x08000000, 0x1000, "the ROM ends after"), (0x0A000000, 0x1000, "the ROM ends after"), (0x10000000, 1, "shows")],
)
def test_memory_that_is_not_there_is_refused(start: int, length: int, said: str) -> None:
    emulator = MgbaEmulator(ROM)
    try:
        with pytest.raises(EmulatorError, match=said):
            emulator.read((MemoryRange(start, length),))
    finally:
        emulator.close()


@needs_core
def test_a_session_is_recorded_and_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    task = task_from_config(free_task("Press everything", StartConfig()))
    start = Start(start_id="later", presses=("press_l", "press_r", "wait"))
    emulator = EmulatorSettings(kind="mgba", rom=ROM)
    job = a_job(tmp_path, task=task, start=start, max_steps=10, emulator=emulator, agent=AgentSettings(kind="random"))
    directory, session = record_session(job)
    assert (session.emulator, session.game, session.error) == ("mgba", "tinyadvance", None)
    assert all(row["action_effect"] for row in read_rows(directory.shard))
    assert verify([str(tmp_path), "--rom", str(ROM)]) == 0
    assert "1 session re-played: all hold" in capsys.readouterr().out


@needs_core
def test_a_state_is_captured_and_begun_from_by_command(tmp_path: Path) -> None:
    captured = ["capture", "pressed", "--emulator", "mgba", "--rom", str(ROM), "--starts", str(tmp_path / "starts")]
    assert state_command([*captured, "--frames", "20", "--presses", "press_l", "press_a"]) == 0
    done = run_collector(
        tmp_path, "press it all", "emulator=mgba", f"emulator.rom={ROM}", "agent=random", "start=pressed", "--steps=4"
    )
    assert done.returncode == 0, done.stderr
    facts = StartLibrary(tmp_path / "starts").facts("pressed")
    [directory] = find_sessions(tmp_path / "runs")
    assert next(read_rows(directory.shard))["frame_hash"] == facts.frame_hash
    assert verify([str(tmp_path / "runs"), "--rom", str(ROM)]) == 0


def test_the_bundled_cartridge_is_no_game_of_its() -> None:
    with pytest.raises(ConfigError, match=r"emulator=mgba plays Game Boy Advance ROMs.*emulator\.rom=PATH"):
        make_emulator(EmulatorSettings(kind="mgba"))


def test_a_core_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"emulator\.core=.*absent\.so: no such file"):
        MgbaEmulator(ROM, tmp_path / "absent.so")


def test_a_file_that_is_no_core_is_refused(tmp_path: Path) -> None:
    (tmp_path / "false.so").write_bytes(ROM_PATH.read_bytes())
    with pytest.raises(EmulatorError, match=r"false\.so is no libretro core"):
        MgbaEmulator(ROM, tmp_path / "false.so")


def test_all_ten_buttons_can_be_pressed() -> None:
    from collector.emulators.libretro import BUTTON_NUMBERS

    assert set(BUTTON_NUMBERS) == set(BUTTONS)
    assert len(set(BUTTON_NUMBERS.values())) == len(BUTTONS)


# -- the ROM


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny_gba_build", ROM.with_name("build.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_rom_is_small_and_holds_no_logo() -> None:
    content = ROM.read_bytes()
    assert len(content) <= 4096
    assert not any(content[0x04:0xA0])


@pytest.mark.skipif(shutil.which("arm-none-eabi-as") is None, reason="binutils-arm-none-eabi is not installed")
def test_the_rom_is_what_its_source_says() -> None:
    assert builder().build() == ROM.read_bytes()

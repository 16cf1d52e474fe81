"""SkyEmu is an Emulator; what is its own besides.

The suite plays on the stand-in. With SKYEMU_URL set, `pytest -m network tests/contract/test_skyemu.py` plays it on a
real SkyEmu; give two addresses, divided by a space, for the test that needs two consoles.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.emulators.protocol import Capability, Emulator
from collector.errors import ConfigError, EmulatorError, NotCapable
from collector.games.catalogue import game_for
from collector.games.protocol import MemoryRange
from collector.games.thistledown import Thistledown
from collector.roms.thistledown import ROM_PATH
from tests.contract.emulator_suite import INTO_WORLD, EmulatorSuite, boot, press, state
from tests.fakes.skyemu_server import Reply, SkyEmuStandIn, running_skyemu, text
from tests.rom_images import advance_image

REAL_URLS = os.environ.get("SKYEMU_URL", "").split()


def skyemu(url: str, rom: Path | None = ROM_PATH, **settings: float | bool) -> Emulator:
    """The client as a configuration makes it."""
    return make_emulator(EmulatorSettings(kind="skyemu", base_url=url, rom=rom, **settings))  # type: ignore[arg-type]


class TestStandIn(EmulatorSuite):
    @pytest.fixture(autouse=True)
    def servers(self) -> Iterator[None]:
        with ExitStack() as self.running:
            yield

    def start(self, rom: Path) -> Emulator:
        return skyemu(self.running.enter_context(running_skyemu()).url, rom)


@pytest.mark.network
@pytest.mark.skipif(not REAL_URLS, reason="SKYEMU_URL is not set to the address of a SkyEmu")
class TestRealSkyEmu(EmulatorSuite):
    @pytest.fixture(autouse=True)
    def addresses(self, request: pytest.FixtureRequest) -> None:
        self.free = list(REAL_URLS)
        if request.node.originalname == "test_two_emulators_play_the_same" and len(self.free) < 2:
            pytest.skip("SKYEMU_URL names one SkyEmu, this test plays on two")

    def start(self, rom: Path) -> Emulator:
        return skyemu(self.free.pop(0) if len(self.free) > 1 else self.free[0], rom)


@pytest.fixture
def server() -> Iterator[SkyEmuStandIn]:
    with running_skyemu() as server:
        yield server


@pytest.fixture
def emulator(server: SkyEmuStandIn) -> Iterator[Emulator]:
    emulator = skyemu(server.url)
    yield emulator
    emulator.close()


def test_no_call_steps_more_than_600_frames(server: SkyEmuStandIn, emulator: Emulator) -> None:
    server.requests.clear()
    emulator.advance(1500)
    assert server.requests == ["/step?frames=600", "/step?frames=600", "/step?frames=300"]
    assert emulator.frame == 1500


def test_all_ranges_are_read_in_one_call(server: SkyEmuStandIn, emulator: Emulator) -> None:
    boot(emulator, INTO_WORLD)
    server.requests.clear()
    emulator.read((*Thistledown().memory_ranges, MemoryRange(0x134, 11)))
    assert len(server.requests) == 1


def test_long_reads_are_divided(server: SkyEmuStandIn, emulator: Emulator) -> None:
    boot(emulator)
    server.requests.clear()
    assert emulator.read((MemoryRange(0, 1234),)) == ROM_PATH.read_bytes()[:1234]
    assert len(server.requests) == 3
    assert max(map(len, server.requests)) < 8000


def test_the_picture_before_the_first_frame_is_not_shown(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match="drawn no frame since power-on"):
        emulator.screenshot()
    emulator.advance(1)
    emulator.screenshot()
    emulator.reset()
    with pytest.raises(EmulatorError, match="drawn no frame since power-on"):
        emulator.screenshot()


def test_the_frame_that_a_load_runs_is_counted(emulator: Emulator) -> None:
    boot(emulator, INTO_WORLD)
    saved, before = emulator.save_state(), emulator.frame
    emulator.load_state(saved)
    assert emulator.frame == before + 1


def test_a_button_held_over_a_load_does_not_count_twice(emulator: Emulator) -> None:
    boot(emulator)
    emulator.hold(("press_up",))
    emulator.advance(60)
    emulator.load_state(emulator.save_state())
    emulator.advance(60)
    assert state(emulator)["world_seed"] == 1000


@pytest.mark.parametrize("foreign", [b"", b"\x01 from elsewhere", ROM_PATH.read_bytes()])
def test_a_foreign_state_is_refused(emulator: Emulator, foreign: bytes) -> None:
    with pytest.raises(EmulatorError, match="can't load this state"):
        emulator.load_state(foreign)


def test_each_power_on_gets_a_copy_of_its_own(server: SkyEmuStandIn, emulator: Emulator) -> None:
    first = server.console.rom
    boot(emulator, INTO_WORLD)
    second = server.console.rom
    assert first is not None and second is not None and first != second
    assert not first.exists() and second.read_bytes() == ROM_PATH.read_bytes()
    emulator.close()
    assert not second.parent.parent.exists()


def test_without_a_file_here_the_loaded_rom_is_played_where_it_lies(tmp_path: Path) -> None:
    rom = Path(shutil.copy(ROM_PATH, tmp_path / "game.gbc"))
    with running_skyemu(rom) as server:
        emulator = skyemu(server.url, None, use_loaded_rom=True)
        boot(emulator, INTO_WORLD)
        assert (emulator.rom.title, emulator.rom.revision, emulator.rom.sha256) == ("THISTLEDOWN", 0, None)
        assert isinstance(game_for(emulator.rom), Thistledown)
        assert server.console.rom == rom
        assert Capability.SAVE_STATE not in emulator.capabilities
        with pytest.raises(NotCapable, match=r"emulator\.rom=PATH"):
            emulator.save_state()
        with pytest.raises(NotCapable):
            emulator.load_state(b"")
        emulator.close()


def test_a_server_without_a_rom_has_none_to_play(server: SkyEmuStandIn) -> None:
    with pytest.raises(EmulatorError, match="has no ROM loaded; start it with one"):
        skyemu(server.url, None, use_loaded_rom=True)


def test_another_program_on_the_same_server_is_noticed(
    server: SkyEmuStandIn, emulator: Emulator, tmp_path: Path
) -> None:
    boot(emulator)
    server.console.load_rom(Path(shutil.copy(ROM_PATH, tmp_path / "theirs.gb")))
    press(emulator, "press_up")
    with pytest.raises(EmulatorError, match=r"now has .*theirs\.gb loaded instead of .*Start the session anew"):
        emulator.screenshot()


def test_a_second_session_waits_for_the_first(
    server: SkyEmuStandIn, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    began: list[Emulator] = []
    second = threading.Thread(target=lambda: began.append(skyemu(server.url)))
    second.start()
    while f"another session plays on {server.url}" not in caplog.text:
        time.sleep(0.01)
    boot(emulator)
    emulator.screenshot()
    assert not began
    emulator.close()
    second.join(10)
    assert began and began[0].frame == 0
    began[0].close()


def test_a_session_that_failed_to_begin_lets_the_next_one_play(server: SkyEmuStandIn) -> None:
    with pytest.raises(EmulatorError):
        skyemu(server.url, None, use_loaded_rom=True)
    skyemu(server.url).close()


def test_a_server_that_lost_its_rom_is_noticed(server: SkyEmuStandIn, emulator: Emulator) -> None:
    boot(emulator)
    server.console.unload()
    with pytest.raises(EmulatorError, match="now has no ROM loaded"):
        emulator.screenshot()


def test_a_game_boy_advance_has_two_buttons_more_and_another_screen(server: SkyEmuStandIn, tmp_path: Path) -> None:
    """The stand-in plays no such game, so it is made to say that it does."""
    path, wide = tmp_path / "mine.gba", io.BytesIO()
    path.write_bytes(advance_image("OUR GAME"))
    Image.new("RGBA", (240, 160), (8, 16, 24, 255)).save(wide, "PNG")
    loaded = {"emulator": "SkyEmu (v4)", "rom-loaded": True, "inputs": {}}

    def pretend(asked: str, reply: Reply) -> Reply:
        if asked == "/status":
            given = [request for request in server.requests if request.startswith("/load_rom")]
            rom = unquote(given[-1].partition("path=")[2].partition("&")[0]) if given else ""
            return Reply(json.dumps({**loaded, "rom-path": rom}).encode(), "application/json")
        return Reply(wide.getvalue(), "image/png") if asked == "/screen" else text("ok")

    server.fault = pretend
    emulator = skyemu(server.url, path)
    assert (emulator.rom.title, emulator.version) == ("OUR GAME", "v4")
    assert Capability.SHOULDER_BUTTONS in emulator.capabilities
    emulator.hold(("press_l", "press_a"))
    assert server.requests[-1] == "/input?A=1&B=0&Up=0&Down=0&Left=0&Right=0&Start=0&Select=0&L=1&R=0"
    emulator.advance(1)
    picture = emulator.screenshot()
    assert (picture.width, picture.height, picture.rgb[:3]) == (240, 160, bytes((8, 16, 24)))
    emulator.close()


@pytest.mark.parametrize(
    ("settings", "seen"),
    [
        ({"base_url": "127.0.0.1:8080"}, r"emulator\.base_url='127\.0\.0\.1:8080'"),
        ({"base_url": "file:///etc/passwd"}, "give it like http://127.0.0.1:8080"),
        ({"base_url": "http://"}, "give it like"),
        ({"base_url": "http://host:port"}, "no URL"),
        ({"timeout_s": 0.0}, r"timeout_s=0: give a number of seconds above 0"),
        ({"timeout_s": float("nan")}, r"timeout_s=nan"),
        ({"rom": ROM_PATH, "use_loaded_rom": True}, "exclude each other"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, object], seen: str) -> None:
    with pytest.raises(ConfigError, match=seen):
        make_emulator(EmulatorSettings(kind="skyemu", **settings))  # type: ignore[arg-type]

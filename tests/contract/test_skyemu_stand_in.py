"""The SkyEmu stand-in answers what a real SkyEmu answered, and has the habits that a client must know.

tests/data/skyemu_transcript.json was recorded from a real one with another ROM: bodies longer than 400 bytes are cut
there, and what depends on the ROM (bytes read, pictures) is compared in form.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from PIL import Image

from collector.roms.thistledown import ROM_PATH
from tests.fakes.skyemu_server import SkyEmuStandIn, running_skyemu

TRANSCRIPT: Final = json.loads((Path(__file__).parent.parent / "data/skyemu_transcript.json").read_text())
FIRST_RUN: Final = 12
"""Entries recorded on a server started with a ROM that isn't there; the others are from one that has its ROM."""
ANSWERED: Final = [entry for entry in TRANSCRIPT if entry["status"] is not None]
WRITTEN_BEFORE: Final = {"/read_byte?addr=C007", "/read_byte?addr=C009&addr=C00A"}
"""Reads whose bytes the requests before them have set."""
PNG_HEADER: Final = 33
BMP_HEADER: Final = 122
JPEG_HEADER: Final = 20


@pytest.fixture
def roms(tmp_path: Path) -> Path:
    shutil.copy(ROM_PATH, tmp_path / "demo.gb")
    return tmp_path


@pytest.fixture
def server(roms: Path) -> Iterator[SkyEmuStandIn]:
    with running_skyemu(roms / "demo.gb") as server:
        yield server


class Answer:
    """A reply as it came over the wire."""

    def __init__(self, server: SkyEmuStandIn, entry: dict[str, Any], timeout: float = 10) -> None:
        method, target = entry["request"].split(" ", 1)
        headers = {} if "keep-alive" in entry.get("note", "") else {"Connection": "close"}
        if kind := entry.get("request_content_type"):
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection(*server.server_address, timeout=timeout)
        try:
            connection.request(method, target, body=entry.get("request_body"), headers=headers)
            reply = connection.getresponse()
            self.body = reply.read()
        finally:
            connection.close()
        self.status_line = f"HTTP/{reply.version / 10} {reply.status} {reply.reason}"
        self.headers = [list(header) for header in reply.getheaders()]


def get(server: SkyEmuStandIn, target: str) -> bytes:
    return Answer(server, {"request": f"GET {target}"}).body


def counter(server: SkyEmuStandIn) -> int:
    """The cartridge's count of frames."""
    low_high = bytes.fromhex(get(server, "/read_byte?addr=C008&addr=C009").rstrip(b"\0").decode())
    return int.from_bytes(low_high, "little")


def without_frames(body: bytes) -> bytes:
    return re.sub(rb'(entries-used" : )\d+', rb"\g<1>0", body)


def assert_like(entry: dict[str, Any], answer: Answer, folder: Path) -> None:
    path, kind = urlsplit(entry["request"].split(" ", 1)[1]).path, dict(entry["headers"]).get("Content-Type", "")
    seen, recorded = answer.body, bytes.fromhex(entry["body_hex"])
    assert answer.status_line == entry["status_line"]
    by_length = [[name, value] for name, value in answer.headers if name != "Content-Length"]
    assert by_length == [[name, value] for name, value in entry["headers"] if name != "Content-Length"]
    if path == "/status":
        seen = seen.replace(str(folder).encode(), b"/roms")
        assert without_frames(seen).startswith(without_frames(recorded)[:-1])
        assert len(without_frames(seen)) == len(without_frames(recorded)) + entry["body_len"] - len(recorded)
        json.loads(seen)
    elif kind.startswith("image/"):
        length = {"image/png": PNG_HEADER, "image/bmp": BMP_HEADER, "image/jpg": JPEG_HEADER}[kind]
        assert seen[:length] == recorded[:length]
        assert kind != "image/bmp" or len(seen) == entry["body_len"]
    elif path == "/read_byte" and recorded and entry["request"].removeprefix("GET ") not in WRITTEN_BEFORE:
        assert len(seen) == len(recorded)
        assert re.fullmatch(rb"[0-9a-f]*\0", seen)
    else:
        assert seen == recorded
        assert entry["request"].startswith("HEAD") or len(seen) == entry["body_len"]


@pytest.mark.parametrize(
    ("rom", "entries"), [("not-there.gb", ANSWERED[:FIRST_RUN]), ("demo.gb", ANSWERED[FIRST_RUN:])]
)
def test_every_recorded_request_is_answered_alike(roms: Path, rom: str, entries: list[dict[str, Any]]) -> None:
    with running_skyemu(roms / rom) as server:
        assert (server.console.rom is None) == (rom != "demo.gb")
        for entry in entries:
            asked = {**entry, "request": entry["request"].replace("/roms/", f"{roms}/")}
            try:
                assert_like(entry, Answer(server, asked), roms)
            except AssertionError as error:
                raise AssertionError(f"{entry['request']} ({entry['note']}): {error}") from error


def test_nothing_recorded_is_left_out() -> None:
    left = [entry["request"] for entry in TRANSCRIPT if entry not in ANSWERED]
    assert left == [
        "GET /step?frames=3000",  # each has a test below
        "GET /step?frames=100000000",
        "GET /ping",
        "GET /step?frames=99999999999",
        "GET /ping",
    ]
    assert len(TRANSCRIPT) == 111


@pytest.mark.parametrize("frames", ["100000000", "99999999999"])
def test_a_huge_step_blocks_every_other_request(server: SkyEmuStandIn, frames: str) -> None:
    for target in (f"/step?frames={frames}", "/ping"):
        with pytest.raises(TimeoutError):
            Answer(server, {"request": f"GET {target}"}, timeout=0.2)


def test_a_step_goes_on_after_its_client_left(server: SkyEmuStandIn) -> None:
    get(server, "/step?frames=180")
    before = counter(server)
    with socket.create_connection(server.server_address) as connection:
        connection.sendall(b"GET /step?frames=3000 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    while "/step?frames=3000" not in server.requests:
        time.sleep(0.01)
    assert counter(server) - before == 3000


def test_two_steps_at_once_both_run(server: SkyEmuStandIn) -> None:
    get(server, "/step?frames=180")
    before = counter(server)
    threads = [threading.Thread(target=get, args=(server, "/step?frames=600")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter(server) - before == 1200


def test_a_connection_ends_after_five_requests(server: SkyEmuStandIn) -> None:
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    closes = []
    for _ in range(5):
        connection.request("GET", "/ping")
        reply = connection.getresponse()
        reply.read()
        closes.append(reply.getheader("Connection"))
    connection.close()
    assert closes == [None, None, None, None, "close"]


@pytest.mark.parametrize(
    ("frames", "run"), [("frames=7", 7), ("", 1), ("frames=0", 0), ("frames=-5", 1), ("frames=abc", 0)]
)
def test_step_counts(server: SkyEmuStandIn, frames: str, run: int) -> None:
    get(server, "/step?frames=180")
    before = counter(server)
    get(server, f"/step?{frames}")
    assert counter(server) - before == run


def test_the_screen_is_black_until_a_step(server: SkyEmuStandIn) -> None:
    def colours() -> list[Any]:
        with Image.open(io.BytesIO(get(server, "/screen"))) as picture:
            assert picture.mode == "RGBA"
            return picture.getcolors(1000) or []

    assert colours() == [(160 * 144, (0, 0, 0, 255))]
    get(server, "/step?frames=180")
    assert len(colours()) > 3


def test_inputs_survive_another_rom_and_a_held_button_counts_again_after_a_load(
    server: SkyEmuStandIn, roms: Path
) -> None:
    get(server, "/step?frames=180")
    get(server, "/input?Up=1")
    get(server, "/step?frames=60")
    assert counter_of_presses(server) == 1
    get(server, f"/save?path={roms}/state.png")
    before = counter(server)
    get(server, f"/load?path={roms}/state.png")
    assert counter(server) - before == 1
    get(server, "/step?frames=60")
    assert counter_of_presses(server) == 2, "the button was still down, and let go of for one frame"
    get(server, f"/load_rom?path={roms}/demo.gb&pause=1")
    assert json.loads(get(server, "/status"))["inputs"]["Up"] == 1


def test_a_failed_change_of_rom_leaves_none(server: SkyEmuStandIn) -> None:
    assert get(server, "/load_rom?path=/not/there.gb") == b"Failed to load ROM\0"
    assert get(server, "/screen") == b"Failed (no ROM loaded)\0"
    assert get(server, "/step") == b"ok\0"
    assert get(server, "/read_byte?addr=C000") == b"00\0"


def test_save_ram_is_written_beside_the_rom(server: SkyEmuStandIn, roms: Path) -> None:
    get(server, "/step?frames=5")
    assert (roms / "demo.sav").stat().st_size == 0x2000


def counter_of_presses(server: SkyEmuStandIn) -> int:
    low_high = bytes.fromhex(get(server, "/read_byte?addr=C00A&addr=C00B").rstrip(b"\0").decode())
    return int.from_bytes(low_high, "little")

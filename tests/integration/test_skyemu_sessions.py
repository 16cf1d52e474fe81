"""Sessions on SkyEmu (the stand-in): what PyBoy records they record too, and a SkyEmu that fails costs one session."""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from collector.agents.settings import AgentSettings
from collector.emulators.catalogue import EmulatorSettings
from collector.errors import EmulatorError
from collector.recording import record_session
from collector.records import Session, Status
from collector.run_directory import SessionDirectory, recorded_sessions
from collector.shards import check_shard, read_rows
from tests.fakes.skyemu_server import Reply, SkyEmuStandIn, running_skyemu
from tests.playing import ROOT, a_job, environment, run_collector

SCREENS: Final = 4
"""Pictures given before the fault: one to begin with and one for each of three steps."""
SEEN: Final = ("action", "frame_hash", "frame_hash_after", "memory_hash", "hold_frames", "state", "memory_context")
REAL_URL: Final = next(iter(os.environ.get("SKYEMU_URL", "").split()), None)


def on_skyemu(url: str, timeout_s: float = 10) -> EmulatorSettings:
    return EmulatorSettings(kind="skyemu", base_url=url, timeout_s=timeout_s)


@pytest.fixture
def server() -> Iterator[SkyEmuStandIn]:
    with running_skyemu() as server:
        yield server


# -- what is recorded


def assert_records_what_pyboy_records(url: str, runs: Path, task_id: str, agent: str) -> None:
    changes = {"agent": AgentSettings(kind=agent), "seed": 3, "max_steps": 15}
    directory, session = record_session(a_job(runs, task_id, **changes))
    other, through_http = record_session(a_job(runs, task_id, emulator=on_skyemu(url), **changes))
    columns = [*SEEN, "frame", "screenshot_after"]
    first, second = (list(read_rows(place.shard, columns)) for place in (directory, other))
    assert first and [{name: row[name] for name in SEEN} for row in first] == [
        {name: row[name] for name in SEEN} for row in second
    ]
    assert [row["screenshot_after"] for row in first] == [row["screenshot_after"] for row in second]
    assert first[0]["frame"] != second[0]["frame"], "both took the same time to boot, so nothing was proven of that"
    assert (through_http.status, through_http.rom_sha256) == (session.status, session.rom_sha256)
    assert through_http.emulator == "skyemu"


@pytest.mark.parametrize(
    ("task_id", "agent"),
    [
        ("check_healing_items", "scripted"),
        ("heal_and_save", "scripted"),
        ("talk_to_otto", "scripted"),
        ("use_sap_drop", "scripted"),
        ("open_close_menu", "random"),
    ],
)
def test_the_stand_in_shows_what_pyboy_shows(server: SkyEmuStandIn, tmp_path: Path, task_id: str, agent: str) -> None:
    assert_records_what_pyboy_records(server.url, tmp_path, task_id, agent)


@pytest.mark.network
@pytest.mark.skipif(REAL_URL is None, reason="SKYEMU_URL is not set to the address of a SkyEmu")
@pytest.mark.parametrize("task_id", ["check_healing_items", "heal_and_save", "talk_to_otto"])
def test_a_real_skyemu_shows_what_pyboy_shows(tmp_path: Path, task_id: str) -> None:
    assert_records_what_pyboy_records(str(REAL_URL), tmp_path, task_id, "scripted")


def test_the_command_plays_on_skyemu(server: SkyEmuStandIn, tmp_path: Path) -> None:
    done = run_collector(tmp_path, "emulator=skyemu", f"emulator.base_url={server.url}")
    assert (done.returncode, done.stderr) == (0, "")
    [(_, session)] = recorded_sessions(tmp_path / "runs")
    assert (session.emulator, session.emulator_version) == ("skyemu", "Modified Local Build")
    assert session.status == Status.COMPLETED


# -- faults between two steps


def damaged(path: str, change: Callable[[Reply], Reply | None]) -> Callable[[str, Reply], Reply | None]:
    """A fault that changes the replies to one path, or all if it is empty, once SCREENS pictures were given."""
    given = 0

    def fault(asked: str, reply: Reply) -> Reply | None:
        nonlocal given
        is_due = given >= SCREENS and path in ("", asked)
        given += asked == "/screen"
        return change(reply) if is_due else reply

    return fault


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (width, height)).save(out, "PNG")
    return out.getvalue()


FAULTS: Final[dict[str, tuple[str, Callable[[Reply], Reply | None], str]]] = {
    "a web page": ("", lambda reply: Reply(b"<html>welcome</html>"), "is this SkyEmu's HTTP control server"),
    "not found": ("", lambda reply: Reply(b"", "", 404), "answered 'HTTP 404'"),
    "hangs up": ("", lambda reply: None, "broke off while answering"),
    "ok without NUL": ("/read_byte", lambda reply: Reply(b"ok"), "expected 224 hex digits"),
    "no hex": ("/read_byte", lambda reply: Reply(b"zz" * 112 + b"\0"), "expected 224 hex digits"),
    "hex with gaps": ("/read_byte", lambda reply: Reply(b"00 " * 112 + b"\0"), "expected 224 hex digits"),
    "too few bytes": ("/read_byte", lambda reply: Reply(reply.body[8:]), "expected 224 hex digits"),
    "no text": ("/step", lambda reply: Reply(b"\xff\xfe"), "expected text"),
    "half a picture": ("/screen", lambda reply: Reply(reply.body[:300], "image/png"), "is no picture"),
    "no picture": ("/screen", lambda reply: Reply(b"", "image/png"), "is no picture: 0 bytes"),
    "a small picture": ("/screen", lambda reply: Reply(png(10, 9), "image/png"), "is 10x9 pixels"),
    "no ROM": ("/screen", lambda reply: Reply(b"Failed (no ROM loaded)\0"), r"no ROM loaded"),
    "failed step": ("/step", lambda reply: Reply(b"failed\0"), r"answered 'failed' to /step\?frames="),
    "no JSON": ("/status", lambda reply: Reply(reply.body[:99], "application/json"), "expected JSON with emulator"),
    "other JSON": ("/status", lambda reply: Reply(b"[]", "application/json"), "expected JSON with emulator"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_nonsense_fails_the_session_and_keeps_its_steps(
    server: SkyEmuStandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    path, change, words = FAULTS[name]
    server.fault = damaged(path, change)
    with caplog.at_level(logging.WARNING):
        directory, session = record_session(a_job(tmp_path, "heal_and_save", emulator=on_skyemu(server.url)))
    assert_failed_after_three_steps(directory, session)
    [line] = [record.getMessage() for record in caplog.records]
    assert "\n" not in line
    assert session.error is not None and session.error.startswith("EmulatorError: ")
    with pytest.raises(EmulatorError, match=words):
        raise EmulatorError(session.error)


def test_a_skyemu_killed_between_two_steps_fails_the_session(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.skyemu_server", "0"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url, kept = process.stdout.readline().strip(), []

        def kill_at_the_third(step: Any) -> None:
            kept.append(step)
            if len(kept) == 3:
                process.send_signal(signal.SIGKILL)
                process.wait()

        job = a_job(tmp_path, "heal_and_save", emulator=on_skyemu(url))
        directory, session = record_session(job, on_step=kill_at_the_third)
    assert_failed_after_three_steps(directory, session)
    assert session.error is not None and f"SkyEmu at {url} is gone" in session.error


def assert_failed_after_three_steps(directory: SessionDirectory, session: Session) -> None:
    assert (session.status, session.total_steps) == (Status.FAILED, SCREENS - 1)
    assert directory.read_session() == session
    assert [row["step"] for row in read_rows(directory.shard, ["step"])] == [1, 2, 3]
    assert check_shard(directory.shard).torn_bytes == 0


# -- the same as a user sees it


def test_a_hung_skyemu_ends_the_command_with_one_line(server: SkyEmuStandIn, tmp_path: Path) -> None:
    released = threading.Event()
    server.fault = damaged("/step", lambda reply: reply if released.wait(30) else None)
    try:
        done = run_collector(
            tmp_path,
            "task=heal_and_save",
            "emulator=skyemu",
            f"emulator.base_url={server.url}",
            "emulator.timeout_s=0.5",
        )
    finally:
        released.set()
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "did not answer /step?frames=4 within 0.5 s" in line
    [(directory, session)] = recorded_sessions(tmp_path / "runs")
    assert_failed_after_three_steps(directory, session)


def test_an_absent_skyemu_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = run_collector(tmp_path, "emulator=skyemu", f"emulator.base_url=http://127.0.0.1:{port}")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(f"error: no SkyEmu answers at http://127.0.0.1:{port} (")
    assert line.endswith(f"start it with `SkyEmu http_server {port} ROM` or set emulator.base_url")
    assert not (tmp_path / "runs").exists()


def test_a_server_that_never_answers_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        done = run_collector(tmp_path, "emulator=skyemu", f"emulator.base_url={url}", "emulator.timeout_s=0.3")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: SkyEmu at {url} did not answer /status within 0.3 s; it hangs")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "runs").exists()

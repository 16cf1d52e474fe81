"""The doctor: each fault is one line that says what to do, and nothing secret is shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from collector.doctor.__main__ import main as doctor
from collector.doctor.health import Level, check_disk, check_endpoint, check_key, check_packages
from collector.state.__main__ import main as state_command
from tests.fakes.skyemu_server import running_skyemu
from tests.playing import environment
from tests.tiny_rom import write_tiny_rom

Seen = dict[str, dict[str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def examine(capsys: Any, *arguments: str) -> tuple[int, Seen]:
    """The exit code and the checks by their names."""
    capsys.readouterr()
    code = doctor([*arguments, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] == (code == 0)
    return code, {check["name"]: check for check in found["checks"]}


def capture(name: str, *arguments: str) -> None:
    assert state_command(["capture", name, *arguments]) == 0


def test_a_whole_installation_has_no_problem(folder: Path, capsys: Any) -> None:
    code, seen = examine(capsys)
    assert code == 0
    assert list(seen) == ["python", "packages", "cartridge", "rom", "emulator", "starts", "disk", "key"]
    assert "read by thistledown" in seen["rom"]["seen"]
    assert "pyboy" in seen["emulator"]["seen"]
    assert list(folder.iterdir()) == []


def test_each_check_is_one_line(folder: Path, capsys: Any) -> None:
    assert doctor([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert all(line.startswith("ok       ") for line in lines)


@pytest.mark.parametrize(
    ("overrides", "name", "said"),
    [
        (["emulator.rom=absent.gb"], "rom", "no such ROM"),
        (["emulator.rom=text.gb"], "rom", "not a Game Boy ROM"),
        (["emulator=skyemu", "emulator.base_url=http://127.0.0.1:1"], "emulator", "no SkyEmu answers"),
        (["emulator=skyemu", "emulator.base_url=nowhere"], "emulator", "give it like http"),
        (["runs=text.gb/runs"], "disk", "choose another folder with runs=DIR"),
        (["task_file=tasks.yaml"], "task mine", "begins at gone, not in starts"),
    ],
)
def test_a_problem_is_named_with_what_to_do(
    folder: Path, capsys: Any, overrides: list[str], name: str, said: str
) -> None:
    Path("text.gb").write_text("not a game")
    Path("tasks.yaml").write_text(
        "tasks: [{task_id: mine, instruction: x, goal: y, task_type: free, max_steps: 1, starts: [{state: gone}]}]"
    )
    code, seen = examine(capsys, *overrides)
    assert code == 1
    assert (seen[name]["level"], said in seen[name]["seen"]) == ("problem", True)
    assert [check for check, found in seen.items() if found["level"] == "problem"] == [name], "it is said once"


@pytest.mark.parametrize("override", ["emulator=foo", "budget.max_stepz=3", "api_key=secret", "task_file=absent.yaml"])
def test_overrides_that_cant_be_meant_are_bad_input(folder: Path, capsys: Any, override: str) -> None:
    assert doctor([override]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert "secret" not in captured.err + captured.out


def test_starts_are_told_with_the_tasks_they_can_play(folder: Path, capsys: Any) -> None:
    rom = write_tiny_rom(folder)
    capture("inside", "--presses", "press_start")
    capture("dark", "--rom", str(rom), "--presses", "press_a")
    Path("tasks.yaml").write_text(
        "tasks:\n"
        "- {task_id: rich, instruction: x, goal: y, task_type: free, max_steps: 1, starts: [{state: inside}],\n"
        "   requires: {field: world_seed, op: gt, value: 5}}\n"
        "- open_close_menu\n"
    )
    code, seen = examine(capsys, "task_file=tasks.yaml")
    assert code == 0
    said = seen["start inside"]["seen"]
    assert said.startswith("plays open_close_menu; task rich can't begin at start inside: ")
    assert "world_seed=0" in said
    assert (seen["start dark"]["level"], "captured from TINY" in seen["start dark"]["seen"]) == ("warning", True)

    code, seen = examine(capsys, f"emulator.rom={rom}", "agent=random")
    assert code == 0
    assert "no reader for this game" in seen["rom"]["seen"]
    assert "pictures only" in seen["start dark"]["seen"]
    assert seen["start inside"]["level"] == "warning"


def test_a_start_without_any_task_is_a_warning(folder: Path, capsys: Any) -> None:
    capture("inside", "--presses", "press_start")
    Path("tasks.yaml").write_text(
        "tasks:\n- {task_id: rich, instruction: x, goal: y, task_type: free, max_steps: 1, starts: [{world_seed: 1}],\n"
        "   requires: {field: world_seed, op: gt, value: 5}}\n"
    )
    code, seen = examine(capsys, "task_file=tasks.yaml")
    assert (code, seen["start inside"]["level"]) == (0, "warning")
    assert seen["start inside"]["seen"].startswith("plays no task; ")


def test_a_damaged_start_is_a_problem(folder: Path, capsys: Any) -> None:
    capture("inside")
    Path("starts/inside.state").write_bytes(b"")
    code, seen = examine(capsys)
    assert (code, seen["start inside"]["level"]) == (1, "problem")
    assert "capture the state again" in seen["start inside"]["seen"]


def test_a_running_skyemu_is_only_looked_at_unless_told(folder: Path, capsys: Any) -> None:
    rom = write_tiny_rom(folder)
    with running_skyemu(rom) as server:
        server.console.step(60)
        capture("now", "--emulator", "skyemu", "--base-url", server.url)
        at = ("emulator=skyemu", f"emulator.base_url={server.url}", f"emulator.rom={rom}", "agent=random")
        server.requests.clear()
        code, seen = examine(capsys, *at)
        assert (code, set(server.requests)) == (0, {"/status"})
        assert str(rom) in seen["emulator"]["seen"]
        assert "--load" in seen["start now"]["seen"]
        code, seen = examine(capsys, *at, "--load")
        assert (code, "pictures only" in seen["start now"]["seen"]) == (0, True)
        assert "runs TINY" in seen["emulator"]["seen"]


# -- single checks


def test_a_key_is_told_by_its_name_alone() -> None:
    names = ("FIRST_KEY", "SECOND_KEY")
    found = check_key("model", names, {"SECOND_KEY": "s3cret"})
    assert (found.level, found.seen) == (Level.OK, "SECOND_KEY is set")
    for empty in ({}, {"FIRST_KEY": " "}):
        missing = check_key("model", names, empty)
        assert (missing.level, "set FIRST_KEY or SECOND_KEY" in missing.seen) == (Level.PROBLEM, True)
    assert check_key("random", (), {}).level is Level.OK


class _Teapot(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(418)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def teapot() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Teapot)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_endpoint_that_answers_anything_is_there(teapot: str) -> None:
    assert check_endpoint(teapot).seen == f"{teapot} answers (HTTP 418)"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[::1", "ftp://127.0.0.1"])
def test_an_endpoint_that_is_not_there_is_a_problem(url: str) -> None:
    found = check_endpoint(url)
    assert (found.level, "agent.base_url" in found.seen) == (Level.PROBLEM, True)


def test_a_distribution_that_is_not_installed_is_told() -> None:
    found = check_packages("no-such-distribution-anywhere")
    assert (found.level, "pip install" in found.seen) == (Level.PROBLEM, True)


def test_a_requirement_that_is_missing_or_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "frail-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: frail\nVersion: 1.0\nRequires-Dist: pillow>=9999\n"
        "Requires-Dist: not-there-at-all\nRequires-Dist: also-not-there; extra == 'dev'\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = check_packages("frail")
    assert found.level is Level.PROBLEM
    assert ">=9999" in found.seen
    assert "not-there-at-all is missing" in found.seen
    assert "also-not-there" not in found.seen


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cant_be_written_is_a_problem(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    assert check_disk(tmp_path / "runs").level is Level.PROBLEM


def test_help_is_quick_and_needs_no_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "collector.doctor", "--help"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert "usage: python -m collector.doctor" in done.stdout
    assert re.findall(r"\| +(hydra|httpx|pyarrow|datasets)$", done.stderr, re.MULTILINE) == []

"""`scoring serve` as a user runs it: the address it prints answers, and what can't be is said in a line."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.playing import environment
from tests.unit.scoring.web.test_rating import some_runs


@contextmanager
def serve(runs: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "scoring", "serve", str(runs), "--port", "0", *arguments]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=runs
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_it_serves_at_the_address_it_prints_until_ctrl_c(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serve(tmp_path, "--rater", "anna") as process:
        address = first_line(process).removeprefix("open: ")
        assert address.startswith("http://127.0.0.1:")
        assert len(httpx.get(f"{address}api/desk").json()["items"]) == 1
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def test_on_other_addresses_each_rater_gets_a_link_and_nobody_else_gets_in(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serve(tmp_path, "--host", "0.0.0.0", "--rater", "anna", "--rater", "ben") as process:
        name, link = first_line(process).split(": ")
        base, token = link.split("/#token=")
        port = base.rpartition(":")[2]
        assert name == "anna"
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/api/desk").status_code == 401
            origin = {"origin": f"http://127.0.0.1:{port}"}
            assert client.post("/api/sign-in", json={"token": token}, headers=origin).status_code == 200
            assert client.get("/api/desk").status_code == 200
        process.kill()
        assert process.stderr is not None and token not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--doubles", "2"], "--doubles 2: expected a share"),
        (["--gold", "nobody"], "--gold nobody"),
        (["--port", "70000"], "choose another with --port"),
        (["--host", "192.0.2.1"], "can't be taken"),
        (["--rater", "anna", "--rater", "anna"], "a name comes twice"),
        (["--raters", "missing.txt"], "can't be read"),
        (["--raters", "missing.txt", "--rater", "anna"], "exclude each other"),
        (["nowhere"], "no such directory of runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_can_not_be_served_is_said_in_a_line(
    tmp_path: Path,
    arguments: list[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scoring.cli import main

    some_runs(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    port = [] if "--port" in arguments else ["--port", "0"]
    runs = [] if arguments == ["nowhere"] else ["."]
    assert main(["serve", *runs, *arguments, *port]) == 2
    error = capsys.readouterr().err
    assert expected in error and error.count("\n") == 1


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scoring.cli import main

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["serve", str(tmp_path)]) == 2
    assert "'.[web]'" in capsys.readouterr().err

from collections.abc import Iterator
from pathlib import Path

import pytest

from scoring.cli import main
from tests.fakes.model_server import KEY, status
from tests.fakes.openai_server import OpenAIServer
from tests.unit.scoring.judge.asked import MODEL, answers, verdict, write_runs


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(answers(verdict())) as running:
        yield running


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_runs(tmp_path / "runs", 2)


def test_sessions_are_rated_and_counted(runs: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["judge", str(runs), "--model", MODEL, "--base-url", server.base_url]
    assert main([*arguments, "--most", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == ["     1 rated", f"     1 asked of {MODEL} just now"]
    assert main(arguments) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == ["     1 rated already", "     1 rated", f"     1 asked of {MODEL} just now"]
    assert list((runs.parent / ".responses").rglob("*.json"))


def test_a_failure_is_said_and_is_the_exit_code(
    runs: Path, server: OpenAIServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.text_for = answers("no idea")
    assert main(["judge", str(runs), "--model", MODEL, "--base-url", server.base_url]) == 1
    said = capsys.readouterr()
    assert "     2 reply can't be used" in said.out
    assert "warning: 2026_zebulon_1: reply can't be used: there is no JSON object with a score" in said.err


def test_the_key_comes_from_the_environment_and_is_said_nowhere(
    runs: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOPBACK_KEY", KEY)
    arguments = ["judge", str(runs), "--model", MODEL, "--base-url", server.base_url, "--key-variable", "LOOPBACK_KEY"]
    assert main([*arguments, "--most", "1"]) == 0
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    server.fault_for = lambda number: status(401, "wrong key")
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert "no further session was asked about" in said.err
    kept = b"".join(path.read_bytes() for path in runs.parent.rglob("*") if path.is_file())
    assert KEY not in said.out + said.err and KEY.encode() not in kept


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "which model is to judge? give --model NAME"),
        (["--model", MODEL, "--json"], "--json goes with --calibrate"),
        (["--model", MODEL, "--base-url", "localhost:8000"], "--base-url: give an address such as"),
        (["--model", MODEL, "--key-variable", "UNSET_KEY"], "no key: set UNSET_KEY in the environment"),
        (["--model", MODEL, "--key-variable", "sk-123"], "--key-variable: give the name of an environment variable"),
        (["--model", MODEL, "--requests-per-minute", "0"], "--requests-per-minute=0: give a number above 0"),
        (["--model", MODEL, "--max-cost-usd", "1"], "--max-cost-usd=1: the price list has no 'judge-1'"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_asked(
    runs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["judge", str(runs), *arguments]) == 2
    assert said in capsys.readouterr().err

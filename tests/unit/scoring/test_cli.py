"""The command line as a user meets it: a process of its own, its output and its exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.playing import environment
from tests.records import a_session, a_step, write_session
from tests.unit.scoring.test_auto import a_running_session
from tests.warm_python import run_module


def scoring(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return run_module("scoring", *map(str, arguments), folder=cwd or Path.cwd(), env=environment())


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    write_session(runs, a_session(session_id="1_bag"))
    missed = {"status": "truncated", "task_completed": False, "progress": 0.0, "policy": "random", "agent": "random"}
    write_session(runs, a_session(session_id="2_heal", task_id="heal_party", model_used="[red]m\x1b", **missed))
    write_session(runs, a_session(session_id="3_free", task_id="free", status="gave_up", task_completed=None))
    return runs


def test_help_needs_nothing_heavy_and_lists_what_there_is() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "scoring", "--help"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert re.findall(r"\| +(hydra|pyarrow|datasets|PIL|gradio)$", done.stderr, re.MULTILINE) == []
    for command in ("list", "show", "auto", "report"):
        assert command in done.stdout
        assert scoring(command, "--help").returncode == 0


def test_auto_rates_then_has_nothing_to_do(runs: Path) -> None:
    first, second = scoring("auto", runs), scoring("auto", runs)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.split("\n")[:2] == ["     2 rated", "     1 no verdict"]
    assert (second.returncode, second.stdout.split("\n")[0]) == (0, "     2 unchanged")


def test_auto_says_what_it_skips(runs: Path) -> None:
    with a_running_session(runs, "4_live"):
        done = scoring("auto", runs)
    assert done.returncode == 0
    assert "1 still running" in done.stdout


def test_list_gives_json_and_filters(runs: Path) -> None:
    scoring("auto", runs)

    def ids(*filters: str) -> list[str]:
        done = scoring("list", runs, "--json", *filters)
        assert done.returncode == 0, done.stderr
        return [entry["session_id"] for entry in json.loads(done.stdout)]

    assert ids() == ["1_bag", "2_heal", "3_free"]
    assert ids("--task", "heal*") == ["2_heal"]
    assert ids("--status", "completed") == ["1_bag"]
    assert ids("--model", "scripted") == ["1_bag", "3_free"]
    assert ids("--score", "6-10") == ["1_bag"]
    assert ids("--score", "1") == ["2_heal"]
    assert ids("--score", "none") == ["3_free"]
    assert ids("--score", "none", "--status", "completed") == []


def test_list_prints_a_table_of_text_as_it_was_recorded(runs: Path) -> None:
    done = scoring("list", runs)
    assert done.returncode == 0
    assert "1_bag" in done.stdout
    assert "[red]m\\x1b" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.rstrip().endswith("3 sessions")


def test_report_counts_as_json_and_as_text(runs: Path) -> None:
    scoring("auto", runs)
    done = scoring("report", runs, "--json")
    assert done.returncode == 0
    [game] = json.loads(done.stdout)["games"]
    completion = game["overall"]["completion"]
    assert (completion["value"], completion["part"], completion["of"]) == (0.5, 1, 2)
    assert game["overall"]["reliability"]["part"] == game["overall"]["reliability"]["of"] == 3
    assert game["overall"]["scores"]["auto"] == {"value": 5.5, "of": 2}
    assert set(game["by_task"]) == {"check_bag", "heal_party", "free"}
    assert set(game["by_policy"]) == {"expert", "random"}
    text = scoring("report", runs, "--html", runs / "report.html")
    assert text.returncode == 0
    assert text.stdout.rstrip().endswith(f"page: {runs / 'report.html'}")
    assert "<svg" in (runs / "report.html").read_text(encoding="utf-8")
    assert "50% [9%, 91%], 1 of 2" in text.stdout
    assert "synthetic: own cartridge" in text.stdout


def test_report_counts_a_session_whose_steps_are_damaged_and_fails_after_the_rest(runs: Path) -> None:
    (runs / "session_1_bag" / "steps.arrow").write_bytes(b"no shard")
    done = scoring("report", runs, "--json")
    assert done.returncode == 1
    assert "steps.arrow: the schema can't be read" in done.stderr
    assert json.loads(done.stdout)["games"][0]["overall"]["sessions"] == 3


def test_show_prints_the_steps_and_where_their_pictures_are(runs: Path) -> None:
    plain = scoring("show", "bag", "--runs", runs)
    assert plain.returncode == 0
    assert "step 3  press_start  (goal reached)" in plain.stdout
    assert "START opens the menu." in plain.stdout
    assert "score     - (" in plain.stdout
    scoring("auto", runs)
    assert "score     10 perfect (human -, auto 10" in scoring("show", "bag", "--runs", runs).stdout
    assert "score     1 failed (" in scoring("show", "heal", "--runs", runs).stdout
    session = runs / "session_1_bag"
    (session / "screenshots").mkdir()
    assert str(session / "screenshots" / "step_0001_before_action.png") in scoring("show", session).stdout


def test_show_names_a_torn_step_and_shows_the_others(runs: Path) -> None:
    directory = write_session(runs, a_session(session_id="4_torn"), (a_step(session_id="4_torn"),))
    whole = directory.shard.read_bytes()
    directory.shard.write_bytes(whole + whole[-500:-100])
    done = scoring("show", directory.path)
    assert done.returncode == 0
    assert "step 1  press_start" in done.stdout
    assert "400 bytes of a step" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["auto", "missing"], "missing: no such directory of runs"),
        (["list", "runs", "--score", "11"], "--score 11: expected a score such as 7"),
        (["list", "runs", "--score", "8-6"], "--score 8-6"),
        (["list", "runs", "--status", "fine"], "invalid choice: 'fine'"),
        (["show", "nobody"], "nobody: no such session in runs"),
        (["show", "runs"], "runs: not a session"),
        (["lst"], "invalid choice: 'lst'"),
        ([], "COMMAND"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(runs: Path, arguments: list[str], said: str) -> None:
    done = scoring(*arguments, cwd=runs.parent)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_debug_gives_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in scoring("auto", "missing", "--debug", cwd=tmp_path).stderr


def test_a_session_that_can_not_be_read_is_named_and_the_command_fails_after_the_rest(runs: Path) -> None:
    (runs / "session_1_bag" / "session_metadata.json").write_text("{")
    done = scoring("auto", runs)
    assert done.returncode == 1
    assert "not JSON" in done.stderr
    assert "1 rated" in done.stdout


def test_ctrl_c_ends_with_130_and_no_traceback(runs: Path) -> None:
    """The command waits on a pipe in place of a session's metadata until the signal comes."""
    metadata = runs / "session_1_bag" / "session_metadata.json"
    metadata.unlink()
    os.mkfifo(metadata)
    command = [sys.executable, "-m", "scoring", "auto", str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        with metadata.open("w"):
            for _ in range(10):  # one signal may come just before the read that it should end
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(2)
                    break
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert said == "error: interrupted\n"

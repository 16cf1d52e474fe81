"""What could not be played is refused before anything is: one line that names the key and what it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.__main__ import main

TASK = "task_id: x, instruction: x, goal: x, task_type: menu, starts: [{world_seed: 0}]"


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1, said.err
    return said.err


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=99999999999999999999", "seed=99999999999999999999: give a whole number that is at most"),
        ("seed=-1", "at least 0"),
        ("budget.max_steps=99999999999999999999999", "at most 1,000,000"),
        ("budget.extension_steps=99999999999999999999999", "budget.extension_steps="),
        ("emulator.hold_frames=0", "emulator.hold_frames=0: give a whole number that is at least 1"),
        ("emulator.hold_frames=-3", "at least 1"),
        ("emulator.hold_frames=100000000", "at most 3,600"),
        ("emulator.settle_frames=-5", "at least 1"),
        ("runs=", "runs= names no folder"),
        ("runs=' '", "runs= names no folder"),
        ("starts=", "starts= names no folder"),
        ("max_sessions=4", "max_sessions=4: only for a batch; add taskset=NAME or task_file=PATH"),
        ("workers=2", "workers=2: only for a batch"),
        ("resume=true", "resume=True: only for a batch"),
        ("goal.rows=5", "goal.rows=5: only for a batch"),
        ("taskset.tasks=[heal_party]", "add taskset=NAME"),
        ("taskset.sessions=3", "add taskset=NAME"),
    ],
)
def test_a_setting_out_of_bounds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert expected in refused([override], capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "override", ["max_sessions=0", "max_sessions=100001", "taskset.sessions=100001", "workers=0", "goal.rows=0"]
)
def test_a_batch_has_bounds_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"{override}: give a whole number" in refused(["taskset=smoke", override], capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{task: heal_party, repeat: 100000000000}", "repeat is 100000000000; give a whole number from 1 to 100,000"),
        ("{task: heal_party, max_steps: 99999999999999999999999}", "max_steps is 99999999999999999999999"),
        (f"{{{TASK}, max_steps: 99999999999999999999999}}", "max_steps=99999999999999999999999: give"),
        ("{task: heal_party, repeat: 60000}\n- {task: heal_party, repeat: 60000}", "more than 100,000 sessions"),
    ],
)
def test_a_task_file_has_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tasks.yaml").write_text(f"tasks:\n- {entry}\n")
    said = refused(["task_file=tasks.yaml"], capsys)
    assert "tasks.yaml:" in said
    assert expected in said


@pytest.mark.parametrize("key", ["emulator.base_url", "agent.base_url"])
@pytest.mark.parametrize("address", ["http://u:hushhush@host:80", "http://hushhush@host", "http://u:hushhush@[bad"])
def test_an_address_with_a_password_is_refused_without_telling_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = refused(["emulator=skyemu", f"{key}='{address}'"], capsys)
    assert key in said
    assert "hushhush" not in said
    assert list(tmp_path.iterdir()) == []

"""The YAML that docs/tasks.md shows is played as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collector.run_directory import recorded_sessions
from tests.playing import ROOT, run_collector


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own, file = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "tasks.md").read_text(), re.DOTALL)
    (tmp_path / "somewhere" / "task").mkdir(parents=True)
    (tmp_path / "somewhere" / "task" / "visit_otto.yaml").write_text(own)
    (tmp_path / "tasks.yaml").write_text(file)
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("task=visit_otto",),
        ("see otto",),
        ("Visit Otto at the pond!",),
        ("taskset=smoke", "taskset.tasks=[visit_otto]", "max_sessions=2"),
    ],
)
def test_a_task_of_ones_own_is_found_and_played(folder: Path, arguments: tuple[str, ...]) -> None:
    done = run_collector(folder, "--config-dir", "somewhere", *arguments)
    assert done.returncode == 0, done.stderr
    sessions = [session for _, session in recorded_sessions(folder / "runs")]
    assert {(session.task_id, session.status) for session in sessions} == {("visit_otto", "completed")}
    assert len(sessions) == (2 if len(arguments) > 1 else 1)


def test_a_file_of_tasks_is_played(folder: Path) -> None:
    done = run_collector(folder, "--training-mode", "--task-file=tasks.yaml")
    assert done.returncode == 0, done.stderr
    played = [(session.task_id, session.status) for _, session in recorded_sessions(folder / "runs")]
    assert len(played) == 5
    assert set(played) == {(task, "completed") for task in ("check_healing_items", "heal_party", "visit_otto")}


def test_a_file_of_tasks_may_name_a_task_of_ones_own(folder: Path) -> None:
    (folder / "more.yaml").write_text("tasks:\n- see otto\n- visit_otto\n")
    done = run_collector(folder, "--config-dir", "somewhere", "task_file=more.yaml", "budget.max_steps=1")
    assert done.returncode == 0, done.stderr
    assert {session.task_id for _, session in recorded_sessions(folder / "runs")} == {"visit_otto"}


@pytest.mark.parametrize("text", ["[", "- a list\n", "task_id: x\n"])
def test_a_broken_task_of_ones_own_is_named(folder: Path, text: str) -> None:
    (folder / "somewhere" / "task" / "broken.yaml").write_text(text)
    done = run_collector(folder, "--config-dir", "somewhere", "some words")
    assert done.returncode == 2
    assert "broken.yaml" in done.stderr
    assert done.stderr.count("\n") == 1

"""Recorded steps are gone back to on the real cartridge: what is played from there is whole, verified and counted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from collector.__main__ import main as collect
from collector.branch.__main__ import main
from collector.evidence import evidence_in
from collector.labels import labels_of
from collector.recording import record_session
from collector.relabel.__main__ import main as relabel
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import read_rows
from collector.verify.__main__ import main as verify
from tests.planting import rewrite
from tests.playing import a_job

PARENT_STEPS = 22
COLUMNS = [
    "step",
    "action",
    "policy",
    "parent_session_id",
    "frame_hash",
    "memory_hash",
    "frame",
    "reasoning",
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A noisy session, as the command records it, with labels; and the expert's way through a task with a past."""
    folder = tmp_path_factory.mktemp("parents")
    noisy = ["task=enter_house", "agent=noisy", "agent.mistake_rate=0.4", "seed=3", "session.name=noisy"]
    assert collect([*noisy, f"runs={folder / 'noisy'}"]) == 0
    assert collect(["task=heal_and_save", "session.name=expert", f"runs={folder / 'expert'}"]) == 0
    assert relabel([str(folder / "noisy")]) == 0
    return folder


def rows_of(directory: SessionDirectory) -> list[dict[str, Any]]:
    return list(read_rows(directory.shard, COLUMNS))


@pytest.fixture(scope="module")
def branches(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Roll-outs from two steps that led away from the goal."""
    output = tmp_path_factory.mktemp("branches") / "out"
    assert main([str(runs / "noisy"), "--output", str(output), "--points", "2", "--rollouts", "2", "seed=50"]) == 0
    return output


def test_each_roll_out_begins_where_its_parent_stood(runs: Path, branches: Path) -> None:
    [parent] = find_sessions(runs / "noisy")
    known = {row["step"]: row for row in rows_of(parent)}
    labels, found = labels_of(parent), find_sessions(branches)
    tried = set()
    for directory in found:
        branch, rows = directory.read_branch(), rows_of(directory)
        assert branch is not None and labels[branch.step].regret
        for column in ("frame_hash", "memory_hash", "frame"):
            assert rows[0][column] == known[branch.step][column]
        assert {row["parent_session_id"] for row in rows} == {parent.session_id}
        assert rows[0]["action"] == branch.first_action
        assert rows[0]["action"] in (known[branch.step]["action"], labels[branch.step].expert_actions[0])
        assert rows[0]["reasoning"].startswith("This action is given")
        assert {row["policy"] for row in rows} == {"noisy"}
        tried.add((branch.step, branch.first_action))
    assert (len(found), len(tried)) == (8, 4)
    assert len({directory.read_session().seed for directory in found}) == 8


def test_branches_hold_and_can_be_labelled(branches: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify([str(branches), "--workers", "1"]) == 0
    assert "8 sessions re-played: all hold" in capsys.readouterr().out
    assert relabel([str(branches)]) == 0
    for directory in find_sessions(branches):
        labels = list(labels_of(directory).values())
        assert labels[-1].cost_to_go_after == 0
        assert labels[0].cost_to_go == directory.read_session().optimal_steps


def test_the_evidence_counts_every_roll_out(branches: Path) -> None:
    found = evidence_in(branches)
    assert [sorted(map(len, one.steps_to_goal.values())) for one in found] == [[2, 2], [2, 2]]
    assert not any(list(one.better_pairs()) for one in found)


def test_what_the_parent_did_before_counts(runs: Path, tmp_path: Path) -> None:
    """The party was healed before step 16: an expert that goes on from there only saves."""
    output = tmp_path / "out"
    flags = ["--every", "8", "--first", "agent", "--rollouts", "1", "agent=scripted"]
    assert main([str(runs / "expert"), "--output", str(output), *flags]) == 0
    lengths = {}
    for directory in find_sessions(output):
        branch, session = directory.read_branch(), directory.read_session()
        assert branch is not None and session.task_completed
        lengths[branch.step] = session.total_steps
        assert {row["policy"] for row in rows_of(directory)} == {"expert"}
    assert lengths == {8: PARENT_STEPS - 7, 16: PARENT_STEPS - 15}


def test_a_branch_of_a_branch_goes_the_whole_way(branches: Path, tmp_path: Path) -> None:
    parent = max(find_sessions(branches), key=lambda directory: directory.read_session().total_steps)
    flags = ["--every", "2", "--first", "taken", "--rollouts", "1", "--points", "1"]
    assert main([str(parent.path), "--output", str(tmp_path / "out"), *flags]) == 0
    [directory] = find_sessions(tmp_path / "out")
    [first, second] = (parent.read_branch(), directory.read_branch())
    assert first is not None and second is not None
    assert second.way[: len(first.way)] == first.way and len(second.way) == len(first.way) + 1
    assert verify([str(directory.path), "--workers", "1"]) == 0


def test_what_was_played_is_not_played_again(runs: Path, tmp_path: Path) -> None:
    flags = ["--output", str(tmp_path / "out"), "--points", "1", "--rollouts", "1"]
    for _ in range(2):
        assert main([str(runs / "noisy"), *flags]) == 0
    assert len(find_sessions(tmp_path / "out")) == 2


def test_nothing_is_played_where_the_state_is_not_the_recorded_one(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory, _ = record_session(a_job(tmp_path / "spoilt", "enter_house"))
    [noisy] = find_sessions(runs / "noisy")
    directory.config.write_bytes(noisy.config.read_bytes())

    def spoil(rows: list[dict[str, Any]]) -> None:
        rows[4]["memory_hash"] = "0" * 32

    rewrite(directory, spoil)
    flags = ["--every", "5", "--first", "taken", "--output", str(tmp_path / "out"), "--rollouts", "1", "--points", "1"]
    assert main([str(tmp_path / "spoilt"), *flags]) == 1
    assert not find_sessions(tmp_path / "out")
    [plan] = (tmp_path / "out").glob("batch_training_*/summary_report.json")
    assert "leads to another screen or memory" in json.dumps(json.loads(plan.read_text()))


@pytest.mark.parametrize(
    ("column", "value"),
    [("parent_session_id", "somebody_else"), ("parent_session_id", None), ("action", "press_select")],
)
def test_a_planted_parent_or_first_action_is_seen(
    branches: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, value: str | None
) -> None:
    path = find_sessions(branches)[0].path
    directory = SessionDirectory(Path(shutil.copytree(path, tmp_path / path.name)))

    def plant(rows: list[dict[str, Any]]) -> None:
        rows[0][column] = value

    rewrite(directory, plant)
    assert verify([str(directory.path), "--workers", "1"]) == 1
    assert f"step 1: {column}: expected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--first", "best"], "--first best: best is none of taken, expert, agent"),
        (["--rollouts", "0"], "--rollouts 0: give 1 or more"),
        (["agent=scripted"], "plays the same each time: 4 roll-outs of it are one"),
        (["agent.mistake_rate=0"], "plays the same each time"),
        (["agent=vllm", "agent.model=m"], "agent.temperature=0 answers the same each time"),
        (["--every", "500"], "no step to go back to"),
    ],
)
def test_what_would_prove_nothing_is_refused(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], said: str
) -> None:
    assert main([str(runs / "noisy"), "--output", str(tmp_path / "out"), *flags]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_steps_without_labels_are_named(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(runs / "expert"), "--output", str(tmp_path / "out")]) == 2
    assert "none of 1 session has labels" in capsys.readouterr().err


def test_sessions_without_labels_are_passed_over(runs: Path, tmp_path: Path) -> None:
    for name in ("noisy", "expert"):
        shutil.copytree(runs / name, tmp_path / "mixed", dirs_exist_ok=True)
    flags = ["--output", str(tmp_path / "out"), "--every", "3", "--first", "expert", "--rollouts", "1", "--points", "2"]
    assert main([str(tmp_path / "mixed"), *flags]) == 0
    branches = [directory.read_branch() for directory in find_sessions(tmp_path / "out")]
    assert len(branches) == 2
    assert {branch.session_id for branch in branches if branch} == {find_sessions(runs / "noisy")[0].session_id}

"""`python -m collector` as a user runs it: what it leaves behind, how it ends, what it says."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from datasets import Dataset

from collector.config import CollectConfig
from collector.flags import USAGE
from collector.records import Session
from collector.run_directory import SessionDirectory, find_sessions, recorded_sessions
from collector.shards import check_shard, read_rows
from collector.tasks import known_task_ids
from tests.playing import collector_command, environment, run_collector

EXAMPLE: Final = ("check healing items in bag", "--steps=15", "--save-training-data", "--collect-screenshots")
"""The specification's first command."""


def only_session(folder: Path) -> tuple[SessionDirectory, Session]:
    [found] = recorded_sessions(folder / "runs")
    return found


def files_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def events(directory: SessionDirectory) -> list[dict[str, Any]]:
    if not directory.events.exists():
        return []
    return [json.loads(line) for line in directory.events.read_text(encoding="utf-8").splitlines()]


# -- one session


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the specification's first command was run; the rest of a user's folder is no matter."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "configs").mkdir()
    (folder / "configs" / "notes.yaml").write_text("mine: true\n")
    done = run_collector(folder, *EXAMPLE, "--training-session", "healing-items-001")
    assert (done.returncode, done.stderr) == (0, "")
    [first, second] = done.stdout.splitlines()
    assert first.startswith("check_healing_items from w0000: completed after ")
    assert (folder / second.strip()).is_dir()
    return folder


def test_the_run_tree_is_whole_and_no_file_is_empty(played: Path) -> None:
    directory, session = only_session(played)
    expected = {
        "config.yaml",
        "execution_trace.json",
        "session_metadata.json",
        "states/start.json",
        "steps.arrow",
        "training_data.jsonl",
        *(
            f"screenshots/step_{step:04d}_{when}_action.png"
            for step in range(1, session.total_steps + 1)
            for when in ("before", "after")
        ),
    }
    if directory.events.exists():
        expected.add("events.jsonl")
    found = files_below(played / "runs")
    assert {str(path.relative_to(directory.path)) for path in found} == expected
    assert all(path.stat().st_size for path in found)
    assert {path.name for path in played.iterdir()} == {"configs", "runs"}


def test_the_session_shard_and_views_agree(played: Path) -> None:
    directory, session = only_session(played)
    rows = Dataset.from_file(str(directory.shard))
    assert (session.status, session.task_completed, session.session_name) == ("completed", True, "healing-items-001")
    assert session.total_steps == len(rows) == check_shard(directory.shard).rows <= session.max_steps == 15
    assert [row["step"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["terminated"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert not any(rows["truncated"])
    assert len(directory.training_data.read_text().splitlines()) == len(rows)
    trace = json.loads(directory.trace.read_text())
    assert [step["action_taken"] for step in trace["execution_trace"]] == rows["action"]
    assert session.optimal_steps == len(rows)


def test_each_step_begins_where_the_one_before_ended(played: Path) -> None:
    rows = list(read_rows(only_session(played)[0].shard))
    for before, after in pairwise(rows):
        assert after["frame_hash"] == before["frame_hash_after"]
        assert after["screenshot"] == before["screenshot_after"]
        assert after["frame"] == before["frame"] + before["frames_elapsed"]
        assert after["previous_actions"] == [*before["previous_actions"], before["action"]]
        assert after["timestamp"] >= before["timestamp"]


def test_the_bag_is_open_on_the_medicine_pocket_at_the_end(played: Path) -> None:
    last = list(read_rows(only_session(played)[0].shard))[-1]
    state = json.loads(last["state"])
    assert (state["screen"], state["pocket"]) == ("bag", "medicine")
    assert last["report"]


def test_the_configuration_kept_is_the_one_played(played: Path) -> None:
    directory, session = only_session(played)
    config = yaml.safe_load(directory.config.read_text())
    assert set(config) == set(CollectConfig.__dataclass_fields__)
    assert config["task"]["task_id"] == session.task_id
    assert (config["start"], config["seed"]) == (session.start_id, session.seed)
    assert config["recording"] == {"durability": "write", "screenshots": True, "training_data": True}


def test_the_hard_limit_is_exact_and_the_soft_one_warns_once(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "agent=random", "budget.max_steps=10", "seed=3")
    directory, session = only_session(tmp_path)
    assert done.returncode == 0
    assert (session.status, session.total_steps, session.task_completed) == ("truncated", 10, False)
    assert check_shard(directory.shard).rows == 10
    assert [row["truncated"] for row in read_rows(directory.shard)] == [False] * 9 + [True]
    warnings = [event for event in events(directory) if event["event"] == "soft_limit"]
    assert [(event["step"], event["max_steps"]) for event in warnings] == [(8, 10)]
    assert done.stderr.splitlines() == [f"WARNING: {session.session_id}: step 8 of at most 10"]


def test_free_text_is_played_without_a_verdict(tmp_path: Path) -> None:
    done = run_collector(tmp_path, 'see what\'s in the pond; then "rest"', "agent=random", "--steps=3")
    session = only_session(tmp_path)[1]
    assert done.returncode == 0
    assert (session.task_id, session.task_description) == ("free_text", 'see what\'s in the pond; then "rest"')
    assert (session.status, session.task_completed, session.total_steps) == ("truncated", None, 3)


def test_the_expert_refuses_free_text_and_names_who_can(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "battle gym leader", "--steps=50")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "free_text" in line
    assert "agent=random" in line
    assert not (tmp_path / "runs").exists()


def test_help_is_our_own(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "task=heal_party", "--help")
    assert (done.returncode, done.stdout, done.stderr) == (0, USAGE, "")


def test_the_configuration_can_be_looked_at_without_playing(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "--cfg", "job", "task=heal_party", "--steps=9")
    assert done.returncode == 0
    config = yaml.safe_load(done.stdout)
    assert (config["task"]["task_id"], config["budget"]["max_steps"]) == ("heal_party", 9)
    assert list(tmp_path.iterdir()) == []


# -- bad input


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["seeed=3"], 2, ["seeed", "CollectConfig"]),
        (["budget.max_step=3"], 2, ["max_step", "BudgetConfig"]),
        (["seed=abc"], 2, ["seed", "abc", "Integer"]),
        (["budget.max_steps=1.5"], 2, ["budget.max_steps", "1.5"]),
        (["recording.durability=tape"], 2, ["recording.durability", "tape", "write, fsync"]),
        (["task=heal_partly"], 2, ["task/heal_partly", "heal_party"]),
        (["start=w9999"], 2, ["no start 'w9999'", "w0000"]),
        (["budget.max_steps=0"], 2, ["budget.max_steps=0", "at least 1"]),
        (["session.name=a/b"], 2, ["session.name='a/b'"]),
        (["--stesp=3"], 2, ["--stesp", "--steps"]),
        (["agent.api_key=abc"], 2, ["agent.api_key", "environment"]),
        (["emulator.rom=absent.gb"], 2, ["absent.gb: no such ROM", "emulator.rom=PATH"]),
        (["runs=taken/runs"], 1, ["taken/runs", "Not a directory", "runs=DIR"]),
        (["runs=/proc/runs"], 1, ["/proc/runs", "runs=DIR"]),
        (["task_file=absent.yaml"], 2, ["task_file=absent.yaml", "No such file"]),
        (["seed='"], 2, ["seed="]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cant_be_used_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], code: int, words: list[str]
) -> None:
    (tmp_path / "taken").write_text("a file")
    done = run_collector(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert "abc" not in line or "api_key" not in line
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("path", "text", "override", "words"),
    [
        ("task/mine.yaml", "task_id: mine\ngoal: [\n", "task=mine", ["task/mine.yaml:3: not valid YAML"]),
        ("budget/mine.yaml", "max_steps: many\n", "budget=mine", ["budget/mine", "budget.max_steps", "many"]),
        ("budget/mine.yaml", "max_stepz: 3\n", "budget=mine", ["budget/mine", "max_stepz"]),
        ("task/mine.yaml", "task_id: mine\n", "task=mine", ["task.instruction", "missing"]),
    ],
)
def test_a_users_own_yaml_is_named_with_its_key(
    tmp_path: Path, path: str, text: str, override: str, words: list[str]
) -> None:
    own = tmp_path / "own" / path
    own.parent.mkdir(parents=True)
    own.write_text(text)
    done = run_collector(tmp_path, "--config-dir=own", override)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    for word in words:
        assert word in line
    assert "Traceback" not in line


def test_a_users_own_task_is_played(tmp_path: Path) -> None:
    task = {
        "task_id": "look_down",
        "instruction": "Look down",
        "goal": "The START menu is open",
        "task_type": "menu",
        "max_steps": 5,
        "success": {"field": "screen", "op": "eq", "value": "start_menu"},
        "starts": [{"world_seed": 5}],
    }
    (tmp_path / "own" / "task").mkdir(parents=True)
    (tmp_path / "own" / "task" / "look_down.yaml").write_text(yaml.safe_dump(task))
    done = run_collector(tmp_path, "--config-dir", "own", "task=look_down")
    assert (done.returncode, done.stderr) == (0, "")
    assert only_session(tmp_path)[1].status == "completed"


def test_a_package_named_configs_in_the_users_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "__init__.py").write_text("")
    done = run_collector(tmp_path)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert f"{tmp_path / 'configs'} is a package named configs" in line


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "emulator.rom=absent.gb", "--debug")
    assert done.returncode != 0
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("collector.errors.RomError: absent.gb")


# -- many sessions


def test_a_batch_records_its_sessions_and_reports_them(tmp_path: Path) -> None:
    file = tmp_path / "tasks.yaml"
    file.write_text("tasks:\n- open_close_menu\n- {task: check party, max_steps: 2}\n")
    done = run_collector(
        tmp_path, "--training-mode", "--task-file=tasks.yaml", "--max-sessions=5", "--save-training-data", "seed=10"
    )
    assert done.returncode == 0, done.stderr
    sessions = [session for _, session in recorded_sessions(tmp_path / "runs")]
    assert sorted((session.task_id, session.seed) for session in sessions) == [
        ("check_party", 11),
        ("check_party", 13),
        ("open_close_menu", 10),
        ("open_close_menu", 12),
        ("open_close_menu", 14),
    ]
    assert len({(session.task_id, session.start_id) for session in sessions}) == 5
    assert {(s.task_id, s.max_steps, s.status) for s in sessions if s.task_id == "check_party"} == {
        ("check_party", 2, "truncated")
    }
    check_reports(tmp_path / "runs", sessions)
    assert all(path.stat().st_size for path in files_below(tmp_path))


def check_reports(runs: Path, sessions: list[Session]) -> None:
    [batch] = runs.glob("batch_training_*")
    summary = json.loads((batch / "summary_report.json").read_text())
    assert (summary["planned_sessions"], summary["recorded_sessions"]) == (5, 5)
    assert summary["by_status"] == {"completed": 3, "truncated": 2}
    assert {entry["session_id"] for entry in summary["sessions"]} == {session.session_id for session in sessions}
    metrics = json.loads((batch / "performance_metrics.json").read_text())
    steps = sum(session.total_steps for session in sessions)
    assert (metrics["sessions"], metrics["tasks"], metrics["steps"]) == (5, 2, steps)
    assert metrics["completed_sessions"] == 3
    lines = (batch / "aggregated_training_data.jsonl").read_text().splitlines()
    counted = {json.loads(line)["metadata"]["session_id"] for line in lines}
    assert len(lines) == steps
    assert counted == {session.session_id for session in sessions}


def test_a_session_that_cant_be_recorded_is_work_that_failed(tmp_path: Path) -> None:
    done = run_collector_with_small_files(tmp_path)
    directory, session = only_session(tmp_path)
    assert done.returncode == 1
    assert session.status == "failed"
    assert "could not append" in str(session.error)
    assert session.total_steps == check_shard(directory.shard).rows > 0
    assert "Traceback" not in done.stderr


def run_collector_with_small_files(folder: Path) -> subprocess.CompletedProcess[str]:
    """The command, unable to write files above 60,000 bytes."""
    return subprocess.run(
        ["bash", "-c", 'ulimit -S -f 60 && exec "$@"', "-", *collector_command("agent=random", "budget.max_steps=500")],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("beginning", ["check_", pytest.param("", marks=pytest.mark.slow)])
def test_a_sweep_over_a_pattern_plays_each_task_once(tmp_path: Path, beginning: str) -> None:
    done = run_collector(tmp_path, "-m", f"task=glob({beginning}*)", "agent=random", "budget.max_steps=1")
    assert done.returncode == 0, done.stderr
    played = sorted(session.task_id for _, session in recorded_sessions(tmp_path / "runs"))
    assert played == [task_id for task_id in known_task_ids() if task_id.startswith(beginning)] != []
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_sweep_over_tasksets_and_budgets(tmp_path: Path) -> None:
    done = run_collector(tmp_path, "-m", "taskset=smoke", "budget.max_steps=2,3", "agent=random")
    assert done.returncode == 0, done.stderr
    limits = sorted(session.max_steps for _, session in recorded_sessions(tmp_path / "runs"))
    assert limits == [2] * 5 + [3] * 5
    assert len(list((tmp_path / "runs").glob("batch_training_*"))) == 2
    assert len(find_sessions(tmp_path / "runs")) == 10


def test_without_a_predicate_there_is_no_goal_to_miss(tmp_path: Path) -> None:
    assert run_collector(tmp_path, "look around", "agent=random", "--steps=1").returncode == 0
    directory, session = only_session(tmp_path)
    assert session.final_result.task_outcome == "look around: the budget was spent"
    assert directory.as_its_shard_shows(session).final_result == session.final_result


def test_with_a_predicate_the_goal_is_said_to_be_missed(tmp_path: Path) -> None:
    assert run_collector(tmp_path, "task=heal_party", "agent=random", "--steps=1").returncode == 0
    assert only_session(tmp_path)[1].final_result.task_outcome.endswith(": the budget was spent before the goal")

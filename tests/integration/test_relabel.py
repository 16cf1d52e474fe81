"""Real sessions of the cartridge are given labels: the expert's are all best, and what is planted wrong is caught."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collector.agents.catalogue import AGENTS
from collector.agents.human import HumanAgent
from collector.agents.planner import shortest_plan
from collector.agents.settings import AgentSettings
from collector.emulators.catalogue import EmulatorSettings
from collector.games.thistledown import Thistledown
from collector.labels import StepLabel, labels_of, write_labels
from collector.recording import record_session
from collector.records import BUTTONS, WAIT
from collector.relabel.__main__ import main
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import read_rows
from collector.tasks import load_task, task_from_config
from tests.fakes.skyemu_server import running_skyemu
from tests.fakes.typed_screen import TypedScreen
from tests.planting import rewrite
from tests.playing import a_job, environment
from tests.records import a_session, write_session
from tests.warm_python import run_module

TASKS = ("enter_house", "open_close_menu", "count_honey_jars", "use_sap_drop")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled run tree: each task played by the expert, the noisy expert and at random."""
    runs = tmp_path_factory.mktemp("labelled")
    for seed, task_id in enumerate(TASKS):
        for kind in ("scripted", "noisy", "random"):
            agent = AgentSettings(kind=kind, mistake_rate=0.4)
            record_session(a_job(runs, task_id, agent=agent, seed=seed, max_steps=25, session_name=f"{kind}-{task_id}"))
    assert main([str(runs), "--workers", "1"]) == 0
    return runs


@pytest.fixture
def runs(labelled: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copytree(labelled, tmp_path / "runs"))


def sessions(runs: Path, kind: str) -> Iterator[tuple[SessionDirectory, list[StepLabel], list[dict[str, Any]]]]:
    found = [directory for directory in find_sessions(runs) if f"_{kind}-" in directory.session_id]
    assert len(found) == len(TASKS)
    for directory in found:
        columns = ["step", "state", "action", "terminated", "analysis", "reasoning", "expected_outcome", "report"]
        yield directory, list(labels_of(directory).values()), list(read_rows(directory.shard, columns))


def test_what_the_expert_did_is_best_at_every_step(labelled: Path) -> None:
    for directory, labels, rows in sessions(labelled, "scripted"):
        assert directory.read_session().optimal_steps == labels[0].cost_to_go == len(rows)
        for label, row in zip(labels, rows, strict=True):
            assert row["action"] == label.expert_actions[0]
            assert label.cost_to_go == len(rows) + 1 - row["step"]
            assert (label.cost_to_go_after, label.regret) == (label.cost_to_go - 1, 0)
            texts = (label.expert_analysis, label.expert_reasoning, label.expert_outcome, label.expert_report)
            assert texts == (row["analysis"], row["reasoning"], row["expected_outcome"], row["report"])


@pytest.mark.parametrize("kind", ["scripted", "noisy", "random"])
def test_costs_fall_by_one_at_most_and_are_0_exactly_at_the_goal(labelled: Path, kind: str) -> None:
    for _, labels, rows in sessions(labelled, kind):
        for label, row in zip(labels, rows, strict=True):
            assert label.reason is None and label.cost_to_go > 0
            assert (label.cost_to_go_after == 0) == row["terminated"]
            if label.solvable_after:
                assert label.regret >= 0
                assert (row["action"] in label.expert_actions) == (label.regret == 0)
        for label, following in pairwise(labels):
            assert label.cost_to_go_after == following.cost_to_go


def test_expert_actions_are_all_the_best_ones_and_no_other(labelled: Path) -> None:
    """Each button is pressed in the rules, and what is left afterwards is planned anew."""
    model, seen = Thistledown().model, 0
    success = task_from_config(load_task("enter_house")).success
    [(_, labels, rows)] = [found for found in sessions(labelled, "random") if "house" in found[0].session_id]
    track = success.begin(json.loads(rows[0]["state"]))
    for label, row in zip(labels[:8], rows[:8], strict=True):
        state = json.loads(row["state"])
        track = success.follow(track, state) if row["step"] > 1 else track
        best = set()
        for button in BUTTONS[:8]:
            after = model.next_state(state, button)
            plan = shortest_plan(model, success, after, success.follow(track, after))
            best |= {button} if len(plan) == label.cost_to_go - 1 else set()
        assert set(label.expert_actions) == best
        seen += len(best)
    assert seen > 8


def test_where_only_the_report_is_left_the_expert_gives_it(labelled: Path) -> None:
    [last] = [labels[-1] for directory, labels, _ in sessions(labelled, "scripted") if "honey" in directory.session_id]
    assert (last.expert_actions, last.expert_done, last.cost_to_go) == ((WAIT,), True, 1)
    assert last.expert_report


def test_a_second_run_changes_nothing_and_the_steps_stay(
    runs: Path, labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(runs), "--workers", "1", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["sessions"] == {"labelled": 0, "had its labels": 3 * len(TASKS), "skipped": 0, "failed": 0}
    steps = sum(directory.read_session().total_steps for directory in find_sessions(runs))
    assert figures["steps"]["labelled"] == steps
    for path in labelled.rglob("*.arrow"):
        assert (runs / path.relative_to(labelled)).read_bytes() == path.read_bytes()


def test_labels_made_again_in_two_processes_are_the_same_to_the_byte(runs: Path, labelled: Path) -> None:
    for path in runs.rglob("labels.arrow"):
        path.unlink()
    done = run_module("collector.relabel", str(runs), "--workers", "2", folder=Path.cwd(), env=environment())
    assert done.returncode == 0, done.stderr
    assert len(list(runs.rglob("labels.arrow"))) == 3 * len(TASKS)
    for path in runs.rglob("labels.arrow"):
        assert path.read_bytes() == (labelled / path.relative_to(runs)).read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expert_actions": ("press_select",)}, r"step 1: expert_actions is \('press_select',\)"),
        ({"cost_to_go": 1}, "step 1: cost_to_go is 1"),
        ({"expert_reasoning": "It feels right."}, "step 1: expert_reasoning"),
    ],
)
def test_a_wrong_label_is_caught(
    runs: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], said: str
) -> None:
    directory = next(sessions(runs, "noisy"))[0]
    assert main([str(directory.path), "--check"]) == 0
    labels = list(labels_of(directory).values())
    write_labels(directory, [dataclasses.replace(labels[0], **change), *labels[1:]])
    capsys.readouterr()
    assert main([str(directory.path), "--check"]) == 1
    assert re.search(said, capsys.readouterr().out)


def test_stale_labels_are_made_anew(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = next(sessions(runs, "random"))[0]
    rewrite(directory, lambda rows: rows[:-1])
    assert main([str(directory.path)]) == 0
    assert "its old labels went" in capsys.readouterr().out
    assert len(labels_of(directory)) == 24


def swapped(rows: list[dict[str, Any]]) -> None:
    rows[3]["frame_hash"] = rows[3]["frame_hash"][::-1]


def other_press(rows: list[dict[str, Any]]) -> None:
    rows[3]["action"] = "press_start" if rows[3]["action"] != "press_start" else "press_up"


@pytest.mark.parametrize("change", [swapped, other_press])
def test_a_session_that_does_not_play_as_it_was_recorded_gets_no_labels(
    runs: Path, capsys: pytest.CaptureFixture[str], change: Callable[[list[dict[str, Any]]], None]
) -> None:
    directory = next(sessions(runs, "random"))[0]
    rewrite(directory, change)
    directory.labels.unlink()
    assert main([str(directory.path)]) == 1
    assert "when the session is played again; see python -m collector.verify" in capsys.readouterr().out
    assert not directory.labels.exists()


def test_other_sessions_are_skipped_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_session(tmp_path, a_session(session_id="20260102_030405_a", game="pocket", rom_sha256="1" * 64))
    write_session(tmp_path, a_session(session_id="20260102_030405_b", status="running", total_steps=1))
    (tmp_path / "session_20260102_030405_c").mkdir()
    assert main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "1 session skipped: it was played on another ROM than the bundled cartridge: pocket" in out
    assert "1 session skipped: nothing was recorded" in out
    assert "3 sessions: 3 skipped" in out


def test_a_session_of_another_emulator_is_labelled_too(tmp_path: Path) -> None:
    with running_skyemu() as server:
        skyemu = EmulatorSettings(kind="skyemu", base_url=server.url)
        directory, session = record_session(a_job(tmp_path, "check_party", emulator=skyemu))
    assert session.emulator == "skyemu"
    assert main([str(directory.path)]) == 0
    assert [label.regret for label in labels_of(directory).values()] == [0] * session.total_steps


def test_a_step_that_was_taken_back_is_labelled_where_it_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """START and down, both taken back, then START and B: the way to the goal goes on from where the undo led."""
    screen = TypedScreen(["enter", "down", "u", "u", "enter", "b"])
    monkeypatch.setitem(AGENTS, "human", lambda settings, shared: HumanAgent(lambda: screen))
    directory, session = record_session(a_job(tmp_path, agent=AgentSettings(kind="human")))
    assert session.task_completed
    assert main([str(directory.path)]) == 0
    labels = labels_of(directory)
    assert [labels[step].cost_to_go for step in (1, 2, 3, 4)] == [2, 1, 2, 1]
    assert [labels[step].cost_to_go_after for step in (1, 2, 3, 4)] == [1, 1, 1, 0]

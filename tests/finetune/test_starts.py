from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from loop.starts import MAX_STEPS, WORLDS, WorldTasks, write_splits, write_task_file

from collector.agents.settings import AgentSettings
from collector.console import Console
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.games.catalogue import game_for
from collector.recording import record_session
from collector.task_file import read_task_file
from collector.tasks import start_from_config, task_from_config
from dataset_script.config import SplitUnit
from dataset_script.splits import Split, read_splits
from tests.playing import a_job

TASKS = ("save_game", "enter_house")
STARTS = 10


@pytest.fixture(scope="module")
def task_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("starts") / "tasks" / "test.yaml"
    write_task_file(path, WorldTasks(split="test", tasks=TASKS, starts=STARTS))
    return path


def test_worlds_of_different_splits_are_apart() -> None:
    seen: set[int] = set()
    for worlds in WORLDS.values():
        assert seen.isdisjoint(worlds)
        seen |= set(worlds)


def test_the_builder_is_told_every_world_s_split(tmp_path: Path) -> None:
    write_splits(tmp_path / "dataset")
    units = read_splits(tmp_path / "dataset", SplitUnit.START)
    assert units["thistledown world 999"] is Split.TRAIN
    assert units["thistledown world 1000"] is Split.VALIDATION
    assert units["thistledown world 2499"] is Split.TEST
    assert len(units) == sum(map(len, WORLDS.values()))


def test_starts_are_in_worlds_of_the_split_each_once(task_file: Path) -> None:
    worlds = [start.world_seed for task in read_task_file(task_file) for start in task.starts]
    assert len(set(worlds)) == len(worlds) == 20
    assert set(worlds) <= set(WORLDS["test"])


def test_the_budget_is_the_same_everywhere_because_the_prompt_tells_it(task_file: Path) -> None:
    assert {task.max_steps for task in read_task_file(task_file)} == {MAX_STEPS}


def test_a_menu_task_begins_on_many_screens_and_rows(task_file: Path) -> None:
    emulator = make_emulator(EmulatorSettings(kind="pyboy"))
    console = Console(emulator, game_for(emulator.rom))
    places: Counter[tuple[str, int]] = Counter()
    for task in read_task_file(task_file)[:1]:
        for start in task.starts:
            state = console.begin(start_from_config(start)).state
            assert state["options.text_speed"] == "slow" and state["save_count"] == 0
            places[str(state["screen"]), int(state["cursor"] or 0)] += 1
    emulator.close()
    assert len(places) >= 4
    assert max(places.values()) <= STARTS // 2


def test_the_expert_solves_each_start_within_the_budget(task_file: Path, tmp_path: Path) -> None:
    for config in read_task_file(task_file):
        task = task_from_config(config)
        for start in task.starts[::5]:
            job = a_job(tmp_path, agent=AgentSettings(kind="scripted"), task=task, start=start, max_steps=MAX_STEPS)
            assert record_session(job)[1].task_completed


def test_further_starts_are_other_ones(task_file: Path, tmp_path: Path) -> None:
    further = tmp_path / "further.yaml"
    write_task_file(further, WorldTasks(split="test", tasks=TASKS, starts=2, first=STARTS))
    first, second = (
        {start["start_id"] for task in yaml.safe_load(path.read_text())["tasks"] for start in task["starts"]}
        for path in (task_file, further)
    )
    assert first.isdisjoint(second)


def test_equal_settings_write_equal_files(tmp_path: Path) -> None:
    paths = tmp_path / "one.yaml", tmp_path / "two.yaml"
    for path in paths:
        write_task_file(path, WorldTasks(split="train", tasks=TASKS, starts=1))
    assert paths[0].read_bytes() == paths[1].read_bytes()

"""Tasks: every file of configs/task can be played, is found by its words, and is said to be wrong when it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_module
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from collector.batch.plan import with_plan_keys
from collector.bounds import MOST_SESSIONS
from collector.collect import batch_jobs, batch_tasks, chosen_task, single_job
from collector.config import CollectConfig, StartConfig, TaskConfig
from collector.config_text import config_text
from collector.errors import ConfigError, EeveeError, TaskError
from collector.games.thistledown.reader import read_state
from collector.records import TaskType
from collector.tasks import (
    FREE_MAX_STEPS,
    choose_start,
    free_task,
    known_task_ids,
    load_task,
    start_from_config,
    task_for_words,
    task_from_config,
    task_from_mapping,
)
from tests.playing import ROOT
from tests.thistledown import ram

TASK_IDS = known_task_ids()
TASKSETS = sorted(path.stem for path in (ROOT / "configs" / "taskset").glob("*.yaml"))

OWN: dict[str, Any] = {
    "task_id": "visit_otto",
    "instruction": "Visit Otto",
    "goal": "Otto was met",
    "task_type": "interaction",
    "max_steps": 20,
    "success": {"field": "screen", "op": "eq", "value": "dialogue"},
    "starts": [{"world_seed": 1}],
}


@pytest.fixture(scope="module", autouse=True)
def hydra() -> Iterator[None]:
    with initialize_config_module("configs", version_base="1.3"):
        yield


def composed(*overrides: str) -> CollectConfig:
    config = OmegaConf.to_object(compose("collect", list(overrides)))
    assert isinstance(config, CollectConfig)
    return config


def read_taskset(name: str) -> list[str]:
    tasks: list[str] = yaml.safe_load((ROOT / "configs" / "taskset" / f"{name}.yaml").read_text())["tasks"]
    return tasks


# -- the files


def test_every_file_is_a_known_task() -> None:
    assert set(TASK_IDS) == {path.stem for path in (ROOT / "configs" / "task").glob("*.yaml")}
    assert len(TASK_IDS) >= 10


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_hydra_and_load_task_read_the_same_task(task_id: str) -> None:
    assert composed(f"task={task_id}").task == load_task(task_id)
    assert load_task(task_id).task_id == task_id


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_a_task_can_be_told_played_and_judged(task_id: str) -> None:
    task = task_from_config(load_task(task_id))
    assert task.instruction
    assert task.goal
    assert task.aliases
    assert task.task_type is not TaskType.free
    assert len(task.starts) >= 3
    assert task.success is not None
    assert set(task.success.fields()) <= set(read_state(ram()))
    assert set(task.implied_by) <= {*TASK_IDS, "random"} - {task_id}


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_every_wording_means_its_task(task_id: str) -> None:
    task = load_task(task_id)
    for words in (task_id, task.instruction, *task.aliases):
        for said in (words, words.upper(), f"  {words}!! ", words.replace(" ", "  ")):
            assert task_for_words(said) == task


def test_held_out_tasks_share_no_world_with_the_others() -> None:
    worlds: dict[bool, set[int | None]] = {True: set(), False: set()}
    for task in map(load_task, TASK_IDS):
        worlds[task.held_out] |= {start.world_seed for start in task.starts}
    assert worlds[True]
    assert not worlds[True] & worlds[False]


def test_tasksets_hold_what_their_names_say() -> None:
    assert set(TASKSETS) >= {"all", "heldout", "smoke", "train"}
    held_out = {task_id for task_id in TASK_IDS if load_task(task_id).held_out}
    assert sorted(read_taskset("all")) == list(TASK_IDS)
    assert set(read_taskset("heldout")) == held_out
    assert set(read_taskset("train")) == set(TASK_IDS) - held_out
    assert set(read_taskset("smoke")) < set(TASK_IDS)
    assert len({load_task(task_id).task_type for task_id in TASK_IDS}) >= 6


@pytest.mark.parametrize("name", TASKSETS)
def test_hydra_reads_every_taskset(name: str) -> None:
    taskset = composed(f"taskset={name}").taskset
    assert taskset is not None
    assert taskset.tasks == read_taskset(name)


# -- words


def test_the_specifications_words_are_a_task() -> None:
    for words in ("check healing items in bag", "check what healing items I have in my bag"):
        found = task_for_words(words)
        assert found is not None
        assert found.task_id == "check_healing_items"


def test_words_for_no_task_are_none() -> None:
    assert task_for_words("battle gym leader") is None
    assert task_for_words("") is None


def test_words_on_the_command_line_choose_the_task() -> None:
    assert chosen_task(composed("instruction='Check healing items, in BAG?'")).task_id == "check_healing_items"
    assert chosen_task(composed("task=heal_party")).task_id == "heal_party"


def test_other_words_are_played_without_a_verdict() -> None:
    task = task_from_config(chosen_task(composed("instruction=' battle the gym leader '")))
    assert (task.task_id, task.instruction, task.success) == ("free_text", "battle the gym leader", None)
    assert task.max_steps == FREE_MAX_STEPS
    assert task.starts[0].world_seed == 0


def test_other_words_on_another_rom_begin_at_power_on() -> None:
    [start] = chosen_task(composed("instruction=explore", "emulator.rom=mine.gb")).starts
    assert start_from_config(start).start_id == "power-on"


@pytest.mark.parametrize("words", ["", "  \n"])
def test_no_words_are_refused(words: str) -> None:
    with pytest.raises(TaskError, match="the instruction is empty"):
        free_task(words, StartConfig())


# -- errors


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"task_id": "Visit Otto"}, r"task_id 'Visit Otto': use 1 to 64"),
        ({"starts": []}, "give at least one start"),
        ({"max_steps": 0}, "max_steps=0"),
        ({"max_steps": "many"}, "max_steps: .*many"),
        ({"task_type": "cooking"}, "task_type: .*cooking"),
        ({"colour": "red"}, "colour"),
        ({"starts": [{"world_seed": 1}, {"world_seed": 1}]}, "two starts have the same start_id"),
        ({"starts": [{"presses": ["press_x"]}]}, r"start presses \['press_x'\]"),
        ({"success": {"all": [{"field": "screen", "op": "is"}]}}, r"success\.all\[0\]: .*op 'is'"),
        ({"success": {"eval": "True"}}, "'eval' is no predicate"),
    ],
)
def test_what_is_wrong_with_a_task_is_told_with_its_place(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(EeveeError, match=rf"^mine\.yaml:7: (.|\n)*{problem}") as caught:
        task_from_mapping(OWN | changes, "mine.yaml:7")
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["task_id", "instruction", "goal", "task_type", "max_steps", "starts"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        task_from_mapping({name: value for name, value in OWN.items() if name != key}, "mine.yaml")


def test_a_task_of_ones_own_is_read() -> None:
    config = task_from_mapping(OWN, "mine.yaml")
    assert isinstance(config, TaskConfig)
    assert task_from_config(config).starts[0].start_id == "w0001"


def test_an_unknown_task_names_the_known_ones() -> None:
    with pytest.raises(TaskError, match=r"there is no task 'heal_partly'.*heal_party"):
        load_task("heal_partly")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (StartConfig(world_seed=42), "w0042"),
        (StartConfig(world_seed=42, presses=["press_a", "press_b"]), "w0042-2-presses"),
        (StartConfig(presses=["press_a"]), "power-on-1-presses"),
        (StartConfig(world_seed=42, start_id="beside_otto"), "beside_otto"),
    ],
)
def test_a_start_is_named_after_how_it_begins(start: StartConfig, expected: str) -> None:
    assert start_from_config(start).start_id == expected


def test_a_start_is_chosen_by_its_name() -> None:
    task = task_from_config(load_task("heal_party"))
    assert choose_start(task, None) == task.starts[0]
    assert choose_start(task, task.starts[2].start_id) == task.starts[2]
    with pytest.raises(TaskError, match=rf"has no start 'w9999'; it has {task.starts[0].start_id}, "):
        choose_start(task, "w9999")


# -- jobs


def test_a_single_job_is_what_the_configuration_says(tmp_path: Path) -> None:
    config = composed(f"runs={tmp_path}", "task=heal_party", "seed=9", "budget.max_steps=7", "session.name=mine")
    job = single_job(config)
    assert (job.runs, job.session_name, job.assignment.seed, job.assignment.budget.max_steps) == (
        tmp_path,
        "mine",
        9,
        7,
    )
    assert single_job(composed("task=heal_party")).assignment.budget.max_steps == load_task("heal_party").max_steps
    assert job.config.task.task_id == "heal_party"


def test_what_is_kept_of_a_configuration_is_what_hydra_would_write() -> None:
    config = composed("task=heal_party", "recording.durability=fsync", "seed=9")
    expected = yaml.safe_load(OmegaConf.to_yaml(OmegaConf.structured(config)))
    assert yaml.safe_load(config_text(config)) == expected


@given(st.text())
def test_text_is_kept_as_it_stands(text: str) -> None:
    config = CollectConfig(instruction=text)
    assert yaml.safe_load(config_text(config))["instruction"] == text


def test_a_batch_goes_round_over_tasks_starts_and_seeds() -> None:
    jobs = batch_jobs(composed("taskset=smoke", "max_sessions=12", "seed=5"))
    assert [job.assignment.seed for job in jobs] == list(range(5, 17))
    smoke = read_taskset("smoke")
    assert [job.assignment.task.task_id for job in jobs] == (smoke * 3)[:12]
    assert len({(job.assignment.task.task_id, job.assignment.start.start_id) for job in jobs}) == 12


def test_a_long_batch_uses_every_start_before_any_twice() -> None:
    jobs = batch_jobs(composed("taskset=smoke", "max_sessions=60"))
    counted = Counter((job.assignment.task.task_id, job.assignment.start.start_id) for job in jobs)
    starts = sum(len(load_task(task_id).starts) for task_id in read_taskset("smoke"))
    assert len(counted) == min(starts, 60)
    assert max(counted.values()) - min(counted.values()) <= 1


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        (("taskset=smoke", "instruction=hello"), "exclude each other"),
        (("taskset=smoke", "task_file=tasks.yaml"), "exclude each other"),
        (("taskset=smoke", "taskset.tasks=[]"), "names no task"),
        (("taskset=smoke", "taskset.tasks=[heal_partly]"), "there is no task 'heal_partly'"),
        (("task_file=absent.yaml",), r"task_file=absent\.yaml: can't be read"),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(overrides: tuple[str, ...], problem: str) -> None:
    with pytest.raises(EeveeError, match=problem) as caught:
        batch_jobs(composed(*overrides))
    assert caught.value.exit_code == 2


def test_a_large_plan_is_made_in_moments() -> None:
    config = composed("taskset=train", "max_sessions=300")
    began = time.process_time()
    jobs = with_plan_keys(batch_jobs(config))
    assert len({job.plan_key for job in jobs}) == 300
    assert time.process_time() - began < 3, "5 seconds when each entry's YAML was written while planning"


def test_a_goal_takes_no_more_sessions_than_a_batch_may_have() -> None:
    assert batch_tasks(composed("taskset=smoke", "goal.rows=1000000"))[1] == MOST_SESSIONS

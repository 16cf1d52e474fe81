"""From a resolved configuration to recorded sessions: one, or a batch."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from collector.agents.calls.prices import read_prices
from collector.agents.catalogue import WITHOUT_MODEL
from collector.agents.settings import SharedCalling
from collector.batch.run import BatchSettings, run_batch
from collector.bounds import MOST_SESSIONS, require_playable
from collector.budget import BudgetRules
from collector.config import BudgetConfig, CollectConfig, Durability, GoalConfig, StartConfig, TaskConfig
from collector.dry_run import dry_run_report
from collector.emulators.catalogue import EmulatorSettings
from collector.errors import ConfigError
from collector.recording import Job, SessionInterrupted, record_session
from collector.records import Session, Start, Status, Task, Timing
from collector.rollout import Assignment
from collector.run_directory import CALLS_FILE, SessionDirectory
from collector.starts import StartLibrary
from collector.task_file import read_task_file
from collector.tasks import choose_start, free_task, load_task, start_from_config, task_for_words, task_from_config

ConfigStore.instance().store(name="collect_schema", node=CollectConfig)


def collect(composed: Any) -> int:
    """Record what the composed configuration asks for; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    config = checked_config(composed)
    if config.dry_run:
        is_batch = config.taskset is not None or config.task_file is not None
        print(dry_run_report(batch_jobs(config) if is_batch else [single_job(config)], config.workers))
        return 0
    if config.taskset is not None or config.task_file is not None:
        return run_batch(Path(config.runs), batch_jobs(config), batch_settings(config))
    try:
        directory, session = record_session(single_job(config))
    except SessionInterrupted as interrupted:
        print(summary_line(*interrupted.recorded))
        raise
    print(summary_line(directory, session))
    return int(session.status == Status.FAILED)


def checked_config(composed: Any) -> CollectConfig:
    """What Hydra composed, typed and within bounds."""
    config = OmegaConf.to_object(composed)
    assert isinstance(config, CollectConfig)
    require_playable(config)
    require_price(config)
    return config


def require_price(config: CollectConfig) -> None:
    """ConfigError where a session's money is limited and can't be counted."""
    limit, agent = config.budget.max_cost_usd, config.agent
    if limit is None or agent.kind in WITHOUT_MODEL:
        return
    if read_prices(None if config.prices is None else Path(config.prices)).price(agent.model) is None:
        raise ConfigError(
            f"budget.max_cost_usd={limit:g}: the price list has no {agent.model!r}, so money can't be counted; add it "
            "to a list of your own (prices=PATH), or limit budget.max_tokens"
        )


def single_job(config: CollectConfig) -> Job:
    """The one session that the configuration names."""
    task = chosen_task(config)
    return job_for(config, task, task_from_config(task), chosen_start(config, task), config.seed)


def batch_jobs(config: CollectConfig) -> list[Job]:
    """The sessions of a batch, round-robin over tasks and starts, with seeds from the base on.

    Round r plays task t from its start r + t, so that the worlds are spread over the tasks from the first round on.
    """
    tasks, sessions = batch_tasks(config)
    parsed = {id(task): task_from_config(task) for task in {id(task): task for task in tasks}.values()}
    jobs = []
    for number in range(sessions):
        task_round, task_number = divmod(number, len(tasks))
        task = tasks[task_number]
        start = task.starts[(task_round + task_number) % len(task.starts)]
        jobs.append(job_for(config, task, parsed[id(task)], start_from_config(start), config.seed + number))
    return jobs


def batch_settings(config: CollectConfig) -> BatchSettings:
    """How the batch is played."""
    if config.workers > 1 and config.agent.kind == "human":
        raise ConfigError(f"workers={config.workers} with agent=human: one person plays one session at a time")
    return BatchSettings(
        workers=config.workers, resume=config.resume, goal_rows=config.goal.rows, calls=Path(config.runs) / CALLS_FILE
    )


def batch_tasks(config: CollectConfig) -> tuple[list[TaskConfig], int]:
    """The tasks of the batch and how many sessions it has; a goal of n rows takes n sessions at most."""
    if config.instruction is not None:
        raise ConfigError("a text to play and a batch (taskset=, task_file=) exclude each other; give one of them")
    if config.task_file is not None and config.taskset is not None:
        raise ConfigError("taskset= and task_file= exclude each other; give one of them")
    most_for_goal = None if config.goal.rows is None else min(config.goal.rows, MOST_SESSIONS)
    if config.taskset is None:
        tasks = read_task_file(Path(config.task_file or ""))
        return tasks, config.max_sessions or most_for_goal or len(tasks)
    tasks = [load_task(task_id) for task_id in config.taskset.tasks]
    if not tasks:
        raise ConfigError("the taskset names no task")
    return tasks, config.max_sessions or most_for_goal or config.taskset.sessions or len(tasks)


def chosen_task(config: CollectConfig) -> TaskConfig:
    """The task of `task=`, or what `instruction=` means: a known task in other words, or free text."""
    if config.instruction is None:
        return config.task
    known = task_for_words(config.instruction)
    if known is not None:
        return known
    bundled = config.emulator.rom is None and not config.emulator.use_loaded_rom
    return free_task(config.instruction, StartConfig(world_seed=0 if bundled else None))


def chosen_start(config: CollectConfig, task: TaskConfig) -> Start:
    """The task's start that `start=` names, else the captured state of that name."""
    played = task_from_config(task)
    if config.start is not None and config.start not in {start.start_id for start in played.starts}:
        if config.start in StartLibrary(Path(config.starts)).names():
            return start_from_config(StartConfig(state=config.start))
    return choose_start(played, config.start)


def budget_rules(config: BudgetConfig, task: TaskConfig) -> BudgetRules:
    """What a session of the task may spend."""
    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(BudgetConfig)}
    return BudgetRules(**values | {"max_steps": task.max_steps if config.max_steps is None else config.max_steps})


def summary_line(directory: SessionDirectory, session: Session) -> str:
    """One line on how a session went and where it is."""
    return (
        f"{session.task_id} from {session.start_id}: {session.status} after {session.total_steps} "
        f"of {session.max_steps} steps; {session.final_result.task_outcome}\n  {directory.path}"
    )


def emulator_settings(config: CollectConfig) -> EmulatorSettings:
    """On what the sessions are played."""
    return EmulatorSettings(
        kind=config.emulator.kind,
        rom=None if config.emulator.rom is None else Path(config.emulator.rom),
        timing=Timing(hold_frames=config.emulator.hold_frames, settle_frames=config.emulator.settle_frames),
        base_url=config.emulator.base_url,
        timeout_s=config.emulator.timeout_s,
        core=None if config.emulator.core is None else Path(config.emulator.core),
        use_loaded_rom=config.emulator.use_loaded_rom,
    )


def shared_calling(config: CollectConfig) -> SharedCalling:
    """What the sessions share when they ask models."""
    return SharedCalling(
        calls=Path(config.runs) / CALLS_FILE,
        store=Path(config.store),
        prices=None if config.prices is None else Path(config.prices),
        max_cost_usd=config.spending.max_cost_usd,
        max_tokens=config.spending.max_tokens,
        max_calls=config.spending.max_calls,
    )


def job_for(config: CollectConfig, task: TaskConfig, parsed: Task, start: Start, seed: int) -> Job:
    """The session of a task from a start, as configured."""
    played = dataclasses.replace(
        config,
        task=task,
        start=start.start_id,
        seed=seed,
        instruction=None,
        taskset=None,
        task_file=None,
        max_sessions=None,
        workers=1,
        resume=False,
        goal=GoalConfig(),
        dry_run=False,
    )
    return Job(
        runs=Path(config.runs),
        session_name=config.session.name or task.task_id,
        assignment=Assignment(
            task=parsed,
            start=start,
            budget=budget_rules(config.budget, task),
            seed=seed,
        ),
        emulator=emulator_settings(config),
        agent=config.agent,
        fsync=config.recording.durability is Durability.fsync,
        screenshots=config.recording.screenshots,
        training_data=config.recording.training_data,
        starts=Path(config.starts),
        shared=shared_calling(config),
        config=played,
    )

"""From branches to jobs: the parent's task, console and start, the configured player, a seed of its own each time."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from collector.agents.catalogue import WITHOUT_MODEL
from collector.agents.settings import AgentSettings
from collector.collect import job_for
from collector.config import CollectConfig, EmulatorConfig, TaskConfig
from collector.config_text import config_part
from collector.errors import ConfigError, InputError
from collector.literal_text import literals
from collector.recording import Job
from collector.records import Branch
from collector.run_directory import SessionDirectory
from collector.tasks import task_from_config, task_from_mapping


def branch_jobs(
    branches: Sequence[tuple[SessionDirectory, Branch]], config: CollectConfig, rollouts: int
) -> Iterator[Job]:
    """`rollouts` jobs a branch, each with a seed that no other has; ConfigError if they would all be the same."""
    if rollouts > 1 and (why := sameness(config.agent)) is not None:
        raise ConfigError(f"{why}: {rollouts} roll-outs of it are one; give it some chance, or --rollouts 1")
    seeds = itertools.count(config.seed)
    for directory, branch in branches:
        task, emulator = recorded_parts(directory)
        start, _ = directory.read_start()
        for seed in itertools.islice(seeds, rollouts):
            played = dataclasses.replace(config, task=task, emulator=emulator)
            job = job_for(played, task, task_from_config(task), start, seed)
            yield dataclasses.replace(
                job,
                session_name=f"{task.task_id[:24]}-{branch.step}-{branch.first_action or 'agent'}-{seed}",
                starts=directory.start.parent,
                assignment=dataclasses.replace(job.assignment, branch=branch),
            )


def sameness(agent: AgentSettings) -> str | None:
    """Why an agent plays the same from the same state whatever its seed, in words; None if it does not."""
    if agent.kind == "human":
        return "agent=human: a person's second try knows the first"
    if agent.kind == "scripted" or (agent.kind == "noisy" and agent.mistake_rate == 0):
        return f"agent.kind={agent.kind} without slips plays the same each time"
    if agent.kind not in WITHOUT_MODEL and agent.temperature == 0:
        return "agent.temperature=0 answers the same each time"
    return None


def recorded_parts(directory: SessionDirectory) -> tuple[TaskConfig, EmulatorConfig]:
    """The task and the console that a session was played with; InputError if its config.yaml does not say."""
    raw, where = config_part(directory.config, "emulator"), str(directory.config)
    if not raw:
        raise InputError(f"{where}: says no emulator, so nothing can be played on; restore the file")
    try:
        merged = OmegaConf.merge(OmegaConf.structured(EmulatorConfig), OmegaConf.create(literals(raw)))
        emulator = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        raise InputError(f"{where}: emulator: {str(error).splitlines()[0]}; was it edited by hand?") from error
    assert isinstance(emulator, EmulatorConfig)
    return task_from_mapping(config_part(directory.config, "task"), where), emulator

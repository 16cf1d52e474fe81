"""Recorded and rated sessions as the collector and `scoring auto` leave them: what builder tests start from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hydra import compose, initialize_config_module
from omegaconf import DictConfig, OmegaConf

from collector.labels import StepLabel, write_labels
from collector.pictures import encode_png
from collector.records import Picture, Session, Status, Step
from collector.run_directory import find_sessions
from collector.shards import read_rows
from dataset_script.builder import build
from dataset_script.config import BuildConfig, BuildSettings, register_schema, settings_from
from dataset_script.corpus import Corpus, PlacedSession, read_sessions
from dataset_script.overlaps import find_overlaps
from dataset_script.selection import place_sessions
from scoring.annotations import append_annotation
from scoring.records import Annotation
from tests.records import a_session, a_step, write_session

TASKS: Final = ("check_bag", "talk_to_nell", "read_sign")
BUTTONS: Final = ("press_start", "press_down", "press_a", "press_up", "press_b")


def a_screen(world: int, step: int) -> Picture:
    """A 160x144 screen that no other world and step shares: two bars as long as their numbers on a tinted ground."""
    rows = [bytearray((40 + world % 200, 200, 120) * 160) for _ in range(144)]
    for line in range(20, 40):
        rows[line][: 3 * (world % 150 + 1)] = b"\x10\x20\x30" * (world % 150 + 1)
    for line in range(60, 80):
        rows[line][: 3 * (step % 150 + 1)] = b"\xf0\xe0\x10" * (step % 150 + 1)
    return Picture(width=160, height=144, rgb=b"".join(rows))


def steps_of(session: Session, **changes: Any) -> tuple[Step, ...]:
    """The session's steps: screens, buttons and reasons of its world."""
    world, steps = session.world_seed or 0, []
    for number in range(1, session.total_steps + 1):
        before, after = a_screen(world, number), a_screen(world, number + 1)
        fields: dict[str, Any] = {
            "session_id": session.session_id,
            "step": number,
            "task_id": session.task_id,
            "instruction": session.task_description,
            "screenshot": encode_png(before),
            "screenshot_after": encode_png(after),
            "frame_hash": before.digest(),
            "frame_hash_after": after.digest(),
            "state": f'{{"world": {world}, "y": {number}}}',
            "action": BUTTONS[(number - 1) % len(BUTTONS)],
            "previous_actions": tuple(BUTTONS[place % len(BUTTONS)] for place in range(number - 1)),
            "reasoning": f"World {world} shows bar {number}, so {BUTTONS[(number - 1) % len(BUTTONS)]} comes next.",
            "terminated": number == session.total_steps and session.status == Status.COMPLETED,
            "world_seed": world,
            "start_id": session.start_id,
            "step_budget": session.max_steps,
        }
        steps.append(a_step(**fields | changes))
    return tuple(steps)


def rated_session(
    runs: Path, number: int, score: int | None = 9, steps: tuple[Step, ...] | None = None, **changes: Any
) -> Session:
    """Write session `number`, played in the world of that number, and its automatic rating; None leaves it unrated."""
    fields: dict[str, Any] = {
        "session_id": f"20260102_0304{number:02d}_s{number}",
        "task_id": TASKS[number % len(TASKS)],
        "task_description": TASKS[number % len(TASKS)].replace("_", " "),
        "world_seed": number,
        "start_id": f"w{number:04d}",
        "total_steps": 4,
    }
    session = a_session(**fields | changes)
    directory = write_session(runs, session, steps_of(session) if steps is None else steps)
    if score is not None:
        append_annotation(directory.annotations, a_rating(session.session_id, score))
    return session


def a_rating(session_id: str, score: int, **changes: Any) -> Annotation:
    """A rating by the rule, the same bytes whenever it is written."""
    fields: dict[str, Any] = {
        "annotation_id": f"{session_id}-{changes.get('source', 'auto')}",
        "session_id": session_id,
        "rater": "auto",
        "source": "auto",
        "score": score,
        "justification": "The goal was reached.",
        "rubric_version": "1",
        "timestamp": "2026-01-02T03:06:00.000Z",
    }
    return Annotation(**fields | changes)


def write_runs(runs: Path, count: int = 12) -> list[Session]:
    """`count` sessions in worlds of their own: all ended well but the third (budget spent) and the fourth (failed)."""
    sessions = []
    for number in range(1, count + 1):
        outcome: dict[str, Any] = {}
        if number == 3:
            outcome = {"status": str(Status.TRUNCATED), "task_completed": False}
        if number == 4:
            outcome = {"status": str(Status.FAILED), "task_completed": None, "error": "the emulator hung"}
        score = {3: 2, 4: None}.get(number, 9)
        sessions.append(rated_session(runs, number, score, **outcome))
    return sessions


def a_label(row: Mapping[str, Any], **changes: Any) -> StepLabel:
    """What an expert says about a step that did what it would have done, two steps from the goal."""
    fields: dict[str, Any] = {
        "session_id": row["session_id"],
        "step": row["step"],
        "step_row_hash": row["row_hash"],
        "expert_actions": (row["action"] or "press_a", "press_r"),
        "expert_done": False,
        "expert_report": None,
        "expert_analysis": f"The expert sees step {row['step']}.",
        "expert_reasoning": "The expert has a plan.",
        "expert_outcome": "The expert is one step nearer.",
        "cost_to_go": 2,
        "cost_to_go_after": 1,
        "solvable_after": True,
        "reason": None,
        "planner_version": 1,
        "rom_sha256": "0" * 64,
    }
    return StepLabel(**fields | changes)


A_MISTAKE: Final[Mapping[str, Any]] = {"expert_actions": ("press_select",), "cost_to_go_after": 3}
"""What differs in the label of a step after which the goal is no nearer."""


def write_step_labels(runs: Path, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Label every step of every session; `changes` says by step in what a label differs from an expert's own step."""
    for directory in find_sessions(runs):
        rows = read_rows(directory.shard, ["session_id", "step", "action", "row_hash"])
        write_labels(directory, [a_label(row, **changes.get(row["step"], {})) for row in rows])


def settings_for(runs: Path, output: Path, *overrides: str) -> BuildSettings:
    """The settings that configs/build.yaml gives with these overrides."""
    folders = {"runs": str(runs), "output": str(output)}
    config = OmegaConf.to_object(OmegaConf.merge(_composed(overrides), folders))
    assert isinstance(config, BuildConfig)
    return settings_from(config)


@functools.cache
def _composed(overrides: tuple[str, ...]) -> DictConfig:
    """Composed once for all folders: it takes longer than a small build."""
    register_schema()
    with initialize_config_module("configs", version_base="1.3"):
        return compose("build", overrides=list(overrides))


def corpus_of(settings: BuildSettings) -> Corpus:
    """The corpus a first build with these settings reads."""
    sessions, _ = read_sessions(settings.runs)
    placed, _ = place_sessions(sessions, settings, {}, print)
    dropped = find_overlaps(placed, settings.prompt).dropped
    return Corpus(
        sessions=placed,
        prompt=settings.prompt,
        dropped=dropped,
        judged_dropped=find_overlaps(placed, settings.prompt, PlacedSession.judged).dropped,
        chat_window=settings.chat_window,
    )


def built(runs: Path, output: Path, *overrides: str) -> list[str]:
    """Build the dataset; the lines that a user would have been told."""
    told: list[str] = []
    build(settings_for(runs, output, *overrides), told.append)
    return told

"""Small, true records for tests: a step with plain Game Boy screens and a finished session, any field changeable."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Final

from collector.pictures import encode_png
from collector.records import SCHEMA_VERSION, FinalResult, Picture, Png, Session, SessionUsage, Status, Step
from collector.run_directory import SESSION_PREFIX, SessionDirectory
from collector.shards import ShardWriter

SESSION_ID: Final = "20260102_030405_demo"


def a_picture(shade: int = 0, *, width: int = 160, height: int = 144) -> Picture:
    """A screen of one grey (0..255) with one white pixel, so that it has two colours unless it is all white."""
    rgb = bytearray([shade % 256] * (width * height * 3))
    rgb[:3] = b"\xff\xff\xff"
    return Picture(width=width, height=height, rgb=bytes(rgb))


def a_png(shade: int = 0) -> Png:
    """The same screen, encoded."""
    return encode_png(a_picture(shade))


def a_step(**changes: Any) -> Step:
    """A step of an expert on the bundled cartridge; the screen before and after differ by one shade a step."""
    number = int(changes.get("step", 1))
    before, after = a_picture(number), a_picture(number + 1)
    fields: dict[str, Any] = {
        "session_id": SESSION_ID,
        "step": number,
        "parent_step": number - 1,
        "parent_session_id": None,
        "reply_id": f"{changes.get('session_id', SESSION_ID)}/{number}",
        "reply_index": 0,
        "reply_length": 1,
        "timestamp": f"2026-01-02T03:04:{number % 60:02d}.000Z",
        "task_id": "check_bag",
        "task_type": "menu",
        "instruction": "check healing items in bag",
        "goal": "the bag is open on the healing items",
        "step_budget": 15,
        "memory_context": "On the map.",
        "memory_notes": "",
        "previous_actions": ("press_start",) * (number - 1),
        "prompt_id": None,
        "screenshot": encode_png(before),
        "screenshot_after": encode_png(after),
        "frame": 100 * number,
        "frames_elapsed": 16,
        "frame_hash": before.digest(),
        "frame_hash_after": after.digest(),
        "state": '{"screen": "map"}',
        "memory_hash": f"{number:032x}",
        "analysis": "The map is shown.",
        "reasoning": "START opens the menu.",
        "expected_outcome": "The menu is open.",
        "action": "press_start",
        "hold_frames": 4,
        "done": False,
        "report": None,
        "raw_response": None,
        "action_effect": True,
        "terminated": False,
        "truncated": False,
        "error": None,
        "agent": "scripted",
        "policy": "expert",
        "model_used": "scripted",
        "latency_ms": None,
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
        "cached": False,
        "game": "thistledown",
        "rom_sha256": "0" * 64,
        "emulator": "pyboy",
        "emulator_version": "2.8.1",
        "start_id": "w0001",
        "world_seed": 1,
        "seed": 7,
        "schema_version": SCHEMA_VERSION,
        "label_terms": "none",
    }
    return Step(**(fields | changes))


def a_session(**changes: Any) -> Session:
    """A session that reached its goal in the fewest steps."""
    fields: dict[str, Any] = {
        "session_id": SESSION_ID,
        "session_name": "demo",
        "plan_key": None,
        "task_id": "check_bag",
        "task_type": "menu",
        "task_description": "check healing items in bag",
        "start_time": "2026-01-02T03:04:05.000Z",
        "end_time": "2026-01-02T03:05:05.000Z",
        "total_steps": 3,
        "max_steps": 15,
        "optimal_steps": 3,
        "progress": 1.0,
        "expected_outcomes": 3,
        "expected_outcomes_met": 3,
        "status": str(Status.COMPLETED),
        "task_completed": True,
        "final_score": None,
        "final_result": FinalResult(task_outcome="The goal was reached.", completion_status="success"),
        "held_out": False,
        "error": None,
        "seed": 7,
        "start_id": "w0001",
        "world_seed": 1,
        "agent": "scripted",
        "policy": "expert",
        "model_used": "scripted",
        "prompt_id": None,
        "emulator": "pyboy",
        "emulator_version": "2.8.1",
        "game": "thistledown",
        "rom_sha256": "0" * 64,
        "synthetic": True,
        "schema_version": SCHEMA_VERSION,
        "usage": SessionUsage(replies=3, wall_seconds=1.5),
        "label_terms": "none",
    }
    return Session(**(fields | changes))


def write_session(runs: Path, session: Session, steps: tuple[Step, ...] | None = None) -> SessionDirectory:
    """Write a session to RUNS as the collector does; without `steps`, as many plain ones as it says it took."""
    directory = SessionDirectory(runs / f"{SESSION_PREFIX}{session.session_id}")
    directory.path.mkdir(parents=True)
    with ShardWriter(directory.shard, Step) as shard:
        for step in _plain_steps(session) if steps is None else steps:
            shard.write(step)
    directory.write_session(session)
    return directory


def _plain_steps(session: Session) -> tuple[Step, ...]:
    """Steps that agree with the session in every field they share; the last one ends it as its status says."""
    shared = {field.name for field in dataclasses.fields(Step)} & {field.name for field in dataclasses.fields(Session)}
    common = {name: getattr(session, name) for name in shared} | {"step_budget": session.max_steps}
    last = session.total_steps
    return tuple(
        a_step(
            **common
            | {
                "step": number,
                "error": None,
                "terminated": number == last and session.status == Status.COMPLETED,
                "truncated": number == last and session.status == Status.TRUNCATED,
            }
        )
        for number in range(1, last + 1)
    )

"""Readable views of a session, made from its shard and its ratings: the one place that writes them.

The shard is the truth; everything here can be deleted and made again.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collector.analysis import write_error_analysis
from collector.prompt_variations import write_prompt_variations
from collector.records import Session, Status
from collector.run_directory import SessionDirectory
from collector.safe_files import make_directory, replace_bytes, replace_text
from collector.shards import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """What the ratings of a session come to."""

    final_score: float | None = None
    """The score in force, 1-10."""
    human_score: float | None = None
    """Median of the people's scores, 1-10."""
    human_feedback: str | None = None
    """The latest person's words."""
    score_justification: str | None = None
    """Why the score in force is what it is."""


def rebuild_views(directory: SessionDirectory, ratings: Ratings) -> None:
    """Bring a session's views up to date with its shard and ratings; those it was recorded without stay absent."""
    session = with_ratings(directory.read_session(), ratings)
    if session.status != Status.RUNNING:
        directory.write_session(session)
    write_trace(directory, session)
    write_error_analysis(directory, session)
    write_prompt_variations(directory, session)
    if directory.training_data.exists():
        write_training_data(directory, ratings.human_score)
    if directory.screenshots.exists():
        write_screenshots(directory)


def with_ratings(session: Session, ratings: Ratings) -> Session:
    """The session with the score in force and what people said."""
    return dataclasses.replace(
        session,
        final_score=ratings.final_score,
        final_result=dataclasses.replace(
            session.final_result,
            human_feedback=ratings.human_feedback,
            score_justification=ratings.score_justification,
        ),
    )


def write_trace(directory: SessionDirectory, session: Session) -> bool:
    """Write execution_trace.json: the session, its steps with pictures by reference, and its result.

    False, here and below, if the view said all that already.
    """
    has_pictures = directory.screenshots.exists()
    metadata = dataclasses.asdict(session)
    result = metadata.pop("final_result")
    trace = {
        "session_metadata": metadata,
        "execution_trace": [_trace_step(row, has_pictures) for row in _rows_without_pictures(directory)],
        "final_result": result,
    }
    return replace_text(directory.trace, json.dumps(trace, indent=2, ensure_ascii=False) + "\n")


def write_training_data(directory: SessionDirectory, human_score: float | None = None) -> bool:
    """Write training_data.jsonl: one example a step in the shape of the original specification."""
    lines = [
        json.dumps(_example(row, human_score), ensure_ascii=False)
        for row in read_rows(directory.shard)
        if row["action"] is not None
    ]
    return bool(lines) and replace_text(directory.training_data, "\n".join(lines) + "\n")


def write_screenshots(directory: SessionDirectory) -> bool:
    """Write the PNG before and after every step."""
    make_directory(directory.screenshots)
    wrote = False
    for row in read_rows(directory.shard, ["step", "screenshot", "screenshot_after"]):
        for when, column in (("before", "screenshot"), ("after", "screenshot_after")):
            wrote |= replace_bytes(directory.screenshot(row["step"], when), row[column]["bytes"])
    return wrote


def _rows_without_pictures(directory: SessionDirectory) -> Iterator[dict[str, Any]]:
    wanted = (
        "step timestamp analysis reasoning expected_outcome action action_effect done report error "
        "memory_context frame frame_hash frame_hash_after"
    )
    return read_rows(directory.shard, wanted.split())


def _trace_step(row: dict[str, Any], has_pictures: bool) -> dict[str, Any]:
    pictures = {
        when: f"screenshots/step_{row['step']:04d}_{when}_action.png" if has_pictures else None
        for when in ("before", "after")
    }
    return {
        "step": row["step"],
        "screenshot": pictures["before"],
        "screenshot_after": pictures["after"],
        "memory_context": row["memory_context"],
        "ai_analysis": row["analysis"],
        "reasoning": row["reasoning"],
        "expected_outcome": row["expected_outcome"],
        "action_taken": row["action"],
        "success": row["action_effect"],
        "done": row["done"],
        "report": row["report"],
        "error": row["error"],
        "timestamp": row["timestamp"],
        "frame": row["frame"],
        "frame_hash": row["frame_hash"],
        "frame_hash_after": row["frame_hash_after"],
    }


def _example(row: dict[str, Any], human_score: float | None) -> dict[str, Any]:
    return {
        "instruction": row["instruction"],
        "input": {
            "game_state": {
                "screenshot_base64": base64.b64encode(row["screenshot"]["bytes"]).decode(),
                "memory_context": row["memory_context"],
                "previous_actions": row["previous_actions"],
            },
            "task_context": {"step_number": row["step"], "total_steps": row["step_budget"], "goal": row["goal"]},
        },
        "output": {
            "action": row["action"],
            "reasoning": row["reasoning"],
            "expected_outcome": row["expected_outcome"],
        },
        "metadata": {
            "session_id": row["session_id"],
            "timestamp": row["timestamp"],
            "model_used": row["model_used"],
            "success": row["action_effect"],
            "human_score": human_score,
        },
    }

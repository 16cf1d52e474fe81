"""The reports of a batch: what was planned and played, how it went, and the sessions' training data in one file."""

from __future__ import annotations

import json
import shutil
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from collector.clock import utc_now
from collector.counting import counted
from collector.records import Session, Status
from collector.run_directory import SessionDirectory
from collector.safe_files import replace_text, replacing


def write_reports(
    directory: Path,
    start_time: str,
    planned: int,
    resumed: int,
    recorded: list[tuple[SessionDirectory, Session]],
    errors: list[str],
) -> None:
    """Write summary_report.json, and, if there are sessions, performance_metrics.json and the joined training data."""
    sessions = [session for _, session in recorded]
    report = {
        "start_time": start_time,
        "end_time": utc_now(),
        "planned_sessions": planned,
        "finished_before": resumed,
        "recorded_sessions": len(sessions) - resumed,
        "could_not_begin": errors,
        "by_status": dict(sorted(Counter(session.status for session in sessions).items())),
        "sessions": [_entry(session) for session in sessions],
    }
    write_json(directory / "summary_report.json", report)
    if sessions:
        write_json(directory / "performance_metrics.json", _metrics(sessions))
        _join_training_data(directory / "aggregated_training_data.jsonl", [place for place, _ in recorded])


def summary(
    directory: Path, planned: int, resumed: int, recorded: list[tuple[SessionDirectory, Session]], kept: int | None
) -> str:
    """Two lines on a batch."""
    sessions = [session for _, session in recorded]
    by_status = Counter(session.status for session in sessions)
    statuses = ", ".join(f"{number} {status}" for status, number in sorted(by_status.items())) or "none"
    steps = sum(session.total_steps for session in sessions)
    tasks = len({session.task_id for session in sessions})
    before = f" ({resumed} of them before)" if resumed else ""
    rows = f", {counted(kept, 'distinct row')} kept" if kept is not None else ""
    counts = f"{len(sessions)} of {counted(planned, 'session')}{before} over {counted(tasks, 'task')}"
    return f"{counts}, {counted(steps, 'step')}: {statuses}{rows}\n  {directory}"


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file atomically."""
    replace_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _entry(session: Session) -> dict[str, Any]:
    keys = "plan_key session_id task_id start_id seed status task_completed total_steps max_steps optimal_steps error"
    return {key: getattr(session, key) for key in keys.split()}


def _metrics(sessions: list[Session]) -> dict[str, Any]:
    judged = [session for session in sessions if session.task_completed is not None]
    seconds = [session.usage.wall_seconds for session in sessions]
    return {
        "sessions": len(sessions),
        "tasks": len({session.task_id for session in sessions}),
        "steps": sum(session.total_steps for session in sessions),
        "judged_sessions": len(judged),
        "completed_sessions": sum(session.task_completed is True for session in judged),
        "failed_or_interrupted": sum(session.status in (Status.FAILED, Status.INTERRUPTED) for session in sessions),
        "expected_outcomes": sum(session.expected_outcomes for session in sessions),
        "expected_outcomes_met": sum(session.expected_outcomes_met for session in sessions),
        "wall_seconds": round(sum(seconds), 3),
        "median_seconds_per_session": round(statistics.median(seconds), 3),
    }


def _join_training_data(path: Path, directories: list[SessionDirectory]) -> None:
    """Join the training_data.jsonl of those sessions that have one; a reader sees all of it or nothing."""
    sources = [place.training_data for place in directories if place.training_data.exists()]
    if not sources:
        return
    with replacing(path) as out:
        for source in sources:
            with source.open("rb") as lines:
                shutil.copyfileobj(lines, out)

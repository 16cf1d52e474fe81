"""Many sessions, one after the other; a failing one doesn't stop the rest."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console as Terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.recording import Job, SessionInterrupted, record_session
from collector.records import Session, Status
from collector.run_directory import SessionDirectory, create_batch_directory, replace_text, utc_now


def run_batch(runs: Path, jobs: list[Job]) -> int:
    """Record every job and write the batch's reports; exit code 1 if a session failed.

    Ctrl-C ends it after the step in hand; the reports then cover what was recorded.
    """
    start_time, done = utc_now(), list[tuple[SessionDirectory, Session]]()
    directory = create_batch_directory(runs)
    try:
        with _progress() as progress:
            bar = progress.add_task("collecting", total=len(jobs))
            for job in jobs:
                progress.update(bar, description=job.assignment.task.task_id)
                try:
                    done.append(record_session(job))
                except SessionInterrupted as interrupted:
                    done.append(interrupted.recorded)
                    raise
                progress.advance(bar)
    finally:
        _write_reports(directory, start_time, len(jobs), done)
        print(_summary(directory, len(jobs), [session for _, session in done]))
    return int(any(session.status == Status.FAILED for _, session in done))


def _progress() -> Progress:
    terminal = Terminal(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)


def _summary(directory: Path, planned: int, sessions: list[Session]) -> str:
    by_status = Counter(session.status for session in sessions)
    counted = ", ".join(f"{number} {status}" for status, number in sorted(by_status.items()))
    steps = sum(session.total_steps for session in sessions)
    tasks = len({session.task_id for session in sessions})
    return f"{len(sessions)} of {planned} sessions over {tasks} tasks, {steps} steps: {counted}\n  {directory}"


def _write_reports(
    directory: Path, start_time: str, planned: int, done: list[tuple[SessionDirectory, Session]]
) -> None:
    sessions = [session for _, session in done]
    report = {
        "start_time": start_time,
        "end_time": utc_now(),
        "planned_sessions": planned,
        "recorded_sessions": len(sessions),
        "by_status": dict(Counter(session.status for session in sessions)),
        "sessions": [_entry(session) for session in sessions],
    }
    _write_json(directory / "summary_report.json", report)
    if sessions:
        _write_json(directory / "performance_metrics.json", _metrics(sessions))
        _aggregate(directory / "aggregated_training_data.jsonl", [place for place, _ in done])


def _entry(session: Session) -> dict[str, Any]:
    keys = "session_id task_id start_id seed status task_completed total_steps max_steps optimal_steps error"
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


def _aggregate(path: Path, directories: list[SessionDirectory]) -> None:
    """Join the training_data.jsonl of those sessions that have one."""
    sources = [place.training_data for place in directories if place.training_data.exists()]
    if not sources:
        return
    with path.open("w", encoding="utf-8") as out:
        for source in sources:
            with source.open(encoding="utf-8") as lines:
                out.writelines(lines)


def _write_json(path: Path, value: Any) -> None:
    replace_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

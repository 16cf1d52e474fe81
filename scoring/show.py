"""One session as text: what was asked, how it ended, its ratings, and every step with the paths of its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from collector.run_directory import SessionDirectory
from collector.shards import check_shard, read_rows
from scoring.annotations import resolve
from scoring.listing import goal_text
from scoring.records import Annotation, Source
from scoring.rubric import band_of
from scoring.sessions import RatedSession, read_rated
from scoring.terminal import console, printable, score_text, warn

_COLUMNS: Final = (
    "step action action_effect memory_context analysis reasoning expected_outcome done report terminated truncated",
    "error",
)


def print_session(directory: SessionDirectory) -> None:
    """Print the session; a torn step at its end and lines without a rating are said on standard error."""
    rated = read_rated(directory)
    for problem in rated.problems:
        warn(problem)
    out = console()
    for line in (*_facts(rated), *_ratings(rated)):
        out.print(printable(line), soft_wrap=True)
    torn = check_shard(directory.shard).torn_bytes if directory.shard.exists() else 0
    if torn:
        warn(f"{directory.shard}: {torn} bytes of a step whose write never ended; the steps before it are whole")
    for line in _steps(directory):
        out.print(printable(line), soft_wrap=True)


def _facts(rated: RatedSession) -> Iterator[str]:
    session = rated.session
    optimal = "not known" if session.optimal_steps is None else session.optimal_steps
    yield f"session   {session.session_id}"
    yield f"task      {session.task_id} ({session.task_type}): {session.task_description}"
    yield f"player    {session.agent}, policy {session.policy}, model {session.model_used}"
    yield f"game      {session.game} from {session.start_id}, seed {session.seed}, on {session.emulator}"
    yield f"status    {session.status}, goal {goal_text(session.task_completed)}"
    yield f"steps     {session.total_steps} of {session.max_steps}, fewest possible: {optimal}"
    yield f"result    {session.final_result.task_outcome}"
    if session.error:
        yield f"error     {session.error}"


def _ratings(rated: RatedSession) -> Iterator[str]:
    scores = [f"{source} {score_text(resolve(rated.annotations, source))}" for source in Source]
    band = "" if rated.score is None else f" {band_of(rated.score).name}"
    yield f"score     {score_text(rated.score)}{band} ({', '.join(scores)})"
    for annotation in rated.annotations:
        yield f"  {annotation.timestamp} {annotation.source} {annotation.rater}: {_rating(annotation)}"


def _rating(annotation: Annotation) -> str:
    words = " ".join(text for text in (annotation.justification, annotation.feedback) if text)
    return f"{score_text(annotation.score)} {words}".rstrip()


def _steps(directory: SessionDirectory) -> Iterator[str]:
    if not directory.shard.exists():
        yield "no step was recorded"
        return
    has_pictures = directory.screenshots.exists()
    if not has_pictures:
        yield f"pictures  in {directory.shard}; recorded with --collect-screenshots they stand beside it as PNG"
    for row in read_rows(directory.shard, " ".join(_COLUMNS).split()):
        yield from _step(row)
        if has_pictures:
            yield f"    before   {directory.screenshot(row['step'], 'before')}"
            yield f"    after    {directory.screenshot(row['step'], 'after')}"


def _step(row: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"step {row['step']}  {row['action'] or 'no action'}{_came_of_it(row)}"
    for label, column in (
        ("state", "memory_context"),
        ("sees", "analysis"),
        ("why", "reasoning"),
        ("expects", "expected_outcome"),
        ("report", "report"),
        ("error", "error"),
    ):
        if row[column]:
            yield f"    {label:<8} {row[column]}"


def _came_of_it(row: dict[str, Any]) -> str:
    words = [
        *(["no effect"] if row["action_effect"] is False else []),
        *(["agent says done"] if row["done"] else []),
        *(["goal reached"] if row["terminated"] else []),
        *(["budget spent"] if row["truncated"] else []),
    ]
    return f"  ({', '.join(words)})" if words else ""

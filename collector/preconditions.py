"""Whether a task can begin where a session stands: what it requires holds there, and it is not done yet.

A session that leaves another one's path begins at the same start and is led to where it leaves; the task goes on there.
"""

from __future__ import annotations

import dataclasses

from collector.console import Console
from collector.errors import TaskError
from collector.games.predicates import Predicate, Resumed, Track
from collector.records import Branch, Observation, Start, State, Task


def begin_task(task: Task, start: Start, first: State) -> Track:
    """The track of the task's success predicate after the first state; empty without a predicate.

    TaskError with what was seen where what the task requires does not hold, where it is already done, and where the
    game has no such fields.
    """
    try:
        if task.requires is not None and not task.requires.holds(task.requires.begin(first), None):
            seen = ", ".join(f"{name}={first[name]!r}" for name in dict.fromkeys(task.requires.fields()))
            raise TaskError(f"what it requires does not hold there, where {seen}; give it another start")
        if task.success is None:
            return ()
        track = task.success.begin(first)
        if task.success.holds(track, None):
            raise TaskError("it is already done there; give it another start")
        return track
    except TaskError as error:
        raise TaskError(f"task {task.task_id} can't begin at start {start.start_id}: {error}") from error


def go_on_to(
    branch: Branch, success: Predicate | None, console: Console, first: Observation, track: Track
) -> tuple[Observation, Track]:
    """From the start to where the branch begins: what is seen there, and the track of the success predicate."""
    seen = first
    for seen in console.follow(branch):
        if success is not None:
            track = success.follow(track, seen.state)
    return seen, track


def resumed(task: Task, track: Track) -> Task:
    """The task for somebody who begins in the middle of it: what its success predicate saw before stays seen."""
    return task if task.success is None else dataclasses.replace(task, success=Resumed(task.success, track))

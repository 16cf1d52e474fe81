"""Whether a task can begin where a session stands: what it requires holds there, and it is not done yet."""

from __future__ import annotations

from collector.errors import TaskError
from collector.games.predicates import Track
from collector.records import Start, State, Task


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

"""Which tasks and starts there are to suggest; the one file of scoring that asks the collector's tasks.

Held-out tasks are not among them: more of those teaches nothing and wears the test out.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.tasks import known_task_ids, load_task, task_from_config


def playable_starts() -> Mapping[str, tuple[str, ...]]:
    """The start ids of every task of the project that may be trained on, by task id."""
    tasks = (task_from_config(load_task(task_id)) for task_id in known_task_ids())
    return {task.task_id: tuple(start.start_id for start in task.starts) for task in tasks if not task.held_out}

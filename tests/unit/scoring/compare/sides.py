"""Sessions in memory for comparisons: nothing is on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from collector.run_directory import SessionDirectory
from scoring.compare.pairs import Pairing, pair_up
from scoring.sessions import RatedSession
from tests.rated_runs import a_rating
from tests.records import a_session


def a_rated(session_id: str, score: int | None = None, **changes: Any) -> RatedSession:
    """A session, and the rule's rating of it if there is a score."""
    session = a_session(session_id=session_id, **changes)
    annotations = () if score is None else (a_rating(session_id, score),)
    return RatedSession(directory=SessionDirectory(Path(session_id)), session=session, annotations=annotations)


def a_world(side: str, world: int, task_id: str, reached: bool) -> RatedSession:
    """A session of one world that reached its goal, or did not."""
    status = "completed" if reached else "truncated"
    return a_rated(
        f"{side}-{world}-{task_id}",
        task_id=task_id,
        world_seed=world,
        start_id=f"w{world:04d}",
        status=status,
        task_completed=reached,
    )


def planted(difference: float, seed: int, worlds: int = 100, tasks: int = 3) -> Pairing:
    """Two players whose rates differ by `difference`; a hard world is hard for both and in each of its tasks."""
    random = np.random.default_rng(seed)
    base = random.uniform(0.2, 0.8 - difference, worlds)
    sides: dict[str, list[RatedSession]] = {"a": [], "b": []}
    for world in range(worlds):
        for side, rate in (("a", base[world] + difference), ("b", base[world])):
            reached = random.random(tasks) < rate
            sides[side] += [a_world(side, world, f"task_{number}", bool(reached[number])) for number in range(tasks)]
    return pair_up("a", sides["a"], "b", sides["b"])

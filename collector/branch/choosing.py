"""Which steps of recorded sessions are gone back to, and with which first actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from collector.counting import counted
from collector.errors import InputError
from collector.labels import StepLabel, labels_of
from collector.records import Branch, Status
from collector.run_directory import SessionDirectory
from collector.shards import read_rows
from collector.verify.replay import live_path
from collector.verify.rows import Row

FIRST: Final = ("taken", "expert", "agent")
"""First actions there are: the one that was taken, the expert's own, and whatever the agent chooses."""

_Labels: TypeAlias = Mapping[SessionDirectory, Mapping[int, StepLabel]]

_COLUMNS: Final = ["step", "parent_step", "action", "frame_hash", "memory_hash"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is branched from."""

    every: int | None
    """Each step whose number is a multiple of this; None: the steps whose action led away from the goal."""
    first: tuple[str, ...]
    """Of FIRST: which first actions are tried."""
    points: int
    """Steps at most, spread evenly over those there are."""


def chosen_branches(found: Sequence[SessionDirectory], choice: Choice) -> list[tuple[SessionDirectory, Branch]]:
    """The branches to play once each, session by session; InputError if labels are needed and missing."""
    labels = _labels(found) if choice.every is None or "expert" in choice.first else None
    steps = [(directory, row, label) for directory in found for row, label in _candidates(directory, choice, labels)]
    kept = _spread(len(steps), choice.points)
    return [
        (directory, branch)
        for directory, row, label in (steps[number] for number in kept)
        for branch in _branches(directory, row, label, choice.first)
    ]


def _candidates(
    directory: SessionDirectory, choice: Choice, labels: _Labels | None
) -> Iterator[tuple[Row, StepLabel | None]]:
    """The steps that may be branched from; with `labels`, only those that have an expert action."""
    if not directory.metadata.exists() or directory.read_session().status == Status.RUNNING:
        return
    for row in read_rows(directory.shard, _COLUMNS):
        label = None if labels is None else labels[directory].get(row["step"])
        if row["action"] is None or (labels is not None and (label is None or label.reason is not None)):
            continue
        if row["step"] % choice.every == 0 if choice.every is not None else label is not None and _led_away(label):
            yield row, label


def _labels(found: Sequence[SessionDirectory]) -> _Labels:
    """The labels of all sessions, some of which may have none; InputError if none has any."""
    labels = {directory: labels_of(directory) for directory in found}
    if not any(labels.values()):
        raise InputError(
            f"none of {counted(len(found), 'session')} has labels, so nothing says which steps led away from the goal "
            "or what the expert would have done; run python -m collector.relabel first, or give --every N --first "
            "taken,agent"
        )
    return labels


def _led_away(label: StepLabel) -> bool:
    return label.solvable_after is False or (label.regret or 0) > 0


def _spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers below count, evenly."""
    return list(range(count)) if count <= most else [number * count // most for number in range(most)]


def _branches(
    directory: SessionDirectory, row: Row, label: StepLabel | None, first: tuple[str, ...]
) -> Iterator[Branch]:
    """One branch for each distinct first action."""
    rows = list(read_rows(directory.shard, _COLUMNS))
    before = directory.read_branch()
    way = [*(() if before is None else before.way)]
    way += [past["action"] for past in live_path(rows[: row["parent_step"]]) if past["action"] is not None]
    given: dict[str, str | None] = {"taken": row["action"], "agent": None}
    if label is not None and not label.expert_done:  # an action alone does not make a report
        given["expert"] = label.expert_actions[0]
    for action in dict.fromkeys(given[name] for name in first if name in given):
        yield Branch(
            session_id=directory.session_id,
            step=row["step"],
            way=tuple(way),
            frame_hash=row["frame_hash"],
            memory_hash=row["memory_hash"],
            first_action=action,
        )

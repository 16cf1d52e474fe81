"""What each metric is, in a sentence with its denominator, and why it may have no value: one table for all reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One metric."""

    title: str
    """Its name for people."""
    meaning: str
    """What is counted, over what."""
    missing: str
    """Why it may have no value."""


def _definition(title: str, meaning: str, missing: str) -> Definition:
    return Definition(title=title, meaning=meaning, missing=missing)


_NO_STEP: Final = "no step was recorded"
_NO_ROW: Final = "no session that the filter accepts has a step with an action"

DEFINITIONS: Final[Mapping[str, Definition]] = {
    "completion": _definition(
        "completion",
        "Sessions that reached their goal, of those with a verdict from game memory.",
        "no session has a verdict from game memory",
    ),
    "reliability": _definition(
        "reliability",
        "Sessions that ran to their end, neither failed nor interrupted, of those that ended.",
        "no session has ended",
    ),
    "efficiency": _definition(
        "efficiency",
        "Fewest possible steps / steps taken, averaged over the sessions that reached their goal and whose fewest "
        "possible steps are known.",
        "no session reached its goal with a known optimum",
    ),
    "consistency": _definition(
        "consistency",
        "1 - edit distance / length of the longer one, of the action sequences of two sessions of one task that ran to "
        "their end, averaged over the pairs of each task, then over the tasks with a pair.",
        "no task has two sessions that ran to their end",
    ),
    "steps": _definition("steps", "Steps taken, averaged over the sessions that ended.", "no session has ended"),
    "expected_outcomes": _definition(
        "expected outcomes",
        "Predictions of the next state that came true, of those that could be checked, in sessions that ended.",
        "no prediction could be checked",
    ),
    "scores": _definition(
        "score 1-10",
        "The session's score by one source, averaged over the sessions it scored; a session's score is the median of "
        "its raters' latest.",
        "no session has a score from this source",
    ),
    "approval": _definition(
        "human approval",
        "Sessions that people scored at least as high as the filter asks, of those that people scored.",
        "no session has a score by a person",
    ),
    "tasks": _definition("tasks", "Different tasks, of the sessions.", "there is no session"),
    "starts": _definition(
        "starts", "Different starts (world or captured state), of the sessions.", "there is no session"
    ),
    "buttons": _definition("buttons", "Different actions, of the steps with an action.", "no step has an action"),
    "screens": _definition("screens", "Different pictures (size and pixels), of those seen.", _NO_STEP),
    "states": _definition(
        "states",
        "Different states as the game's reader has them, of the steps with one.",
        "no step has a state: the game has no reader",
    ),
    "maps": _definition(
        "maps",
        "Different values of the reader's field `map`, of the steps with one.",
        "no state has a field map",
    ),
    "state_actions": _definition(
        "(state, action)",
        "Different pairs of state (picture, where there is no reader) and action, of the steps with an action.",
        "no step has an action",
    ),
    "accepted_rows": _definition(
        "accepted rows",
        "Different (task, state, action), of the steps with an action in sessions that the filter accepts.",
        _NO_ROW,
    ),
    "megabytes_per_row": _definition(
        "MB / row", "10^6 bytes on disk of all sessions / different accepted rows.", _NO_ROW
    ),
    "seconds_per_row": _definition(
        "seconds / row", "Seconds of play in all sessions, side by side or not / different accepted rows.", _NO_ROW
    ),
    "usd_per_row": _definition(
        "US dollars / row",
        "US dollars paid for answers in all sessions / different accepted rows.",
        f"{_NO_ROW}, or an answer that took tokens has no price",
    ),
    "sessions_per_hour": _definition(
        "sessions / hour",
        "Sessions that ended / hours from the first one's begin to the last one's end, without pauses of over a minute "
        "between sessions.",
        "no session says when it began and ended",
    ),
    "rating_minutes": _definition(
        "rating minutes",
        "Minutes that people spent on the ratings of a session that count, averaged over the sessions whose ratings "
        "say how long they took.",
        "no rating by a person says how long it took",
    ),
}

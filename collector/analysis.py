"""What went wrong in a session, step by step: a view made from its shard and its events.

One entry is one happening: the step, what it was, its cause, and what was done about it. A session in which nothing
went wrong has no analysis.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from collector.records import Session
from collector.run_directory import SessionDirectory
from collector.safe_files import make_directory, replace_text
from collector.shards import read_rows

STUCK_AFTER: Final = 4
"""So often the same picture and memory may be come to before it counts as a loop."""

Facts: TypeAlias = Mapping[str, Any]

_CALL_KINDS: Final = {"timeout": "timeout", "refused": "refusal", "blocked": "safety_block"}
"""Causes of a failed call that have a name of their own; see CallFailure."""
_COLUMNS: Final = "step action action_effect error frame_hash memory_hash".split()


def _call_failed(event: Facts) -> tuple[str, str]:
    detail = event.get("detail")
    cause = f"{event.get('cause')}: {detail}" if detail else str(event.get("cause"))
    return cause, "given up: the step has no action, or the session ended"


_EVENTS: Final[Mapping[str, Callable[[Facts], tuple[str, str]]]] = {
    "retry": lambda event: (str(event.get("cause")), f"asked again after {event.get('wait_s')} s"),
    "call_failed": _call_failed,
    "breaker_open": lambda event: (str(event.get("cause")), f"no call was made for {event.get('wait_s')} s"),
    "spending_refused": lambda event: (str(event.get("cause")), "the call was not made"),
    "invalid_reply": lambda event: (str(event.get("cause")), "asked once more"),
    "reply_repaired": lambda event: (str(event.get("cause")), "the second answer could be used"),
    "actions_cut": lambda event: (f"named {event.get('named')}", f"the first {event.get('kept')} were pressed"),
    "memory_failed": lambda event: (str(event.get("reason")), "the session was kept without it"),
}
"""Events that are errors: each one's cause, and what was done."""


def write_error_analysis(directory: SessionDirectory, session: Session) -> bool:
    """Write analysis/error_analysis.json, or remove it if there is nothing to say; False if it stood so already."""
    errors = sorted(_errors(directory, session), key=lambda error: error["step"])
    path = directory.error_analysis
    if not errors:
        stood = path.exists()
        path.unlink(missing_ok=True)
        return stood
    analysis = {
        "session_id": session.session_id,
        "stuck_after": STUCK_AFTER,
        "counts": dict(sorted(Counter(error["kind"] for error in errors).items())),
        "errors": errors,
    }
    make_directory(path.parent)
    return replace_text(path, json.dumps(analysis, indent=2, ensure_ascii=False) + "\n")


def _errors(directory: SessionDirectory, session: Session) -> Iterator[dict[str, Any]]:
    events = list(_events(directory))
    rows = list(read_rows(directory.shard, _COLUMNS)) if directory.shard.exists() else []
    yield from _from_events(event for event in events if event["event"] in _EVENTS)
    yield from _from_rows(rows)
    undone = {event.get("step") for event in events if event["event"] == "undo"}
    yield from _loops(row for row in rows if row["step"] not in undone)
    if session.error is not None:
        yield _error(len(rows) + 1, "session_failed", session.error, "the session ended; its steps are kept")


def _events(directory: SessionDirectory) -> Iterator[Facts]:
    """The lines of events.jsonl that can be read: a kill may have torn one."""
    if not directory.events.exists():
        return
    for line in directory.events.read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            yield event


def _from_events(events: Iterable[Facts]) -> Iterator[dict[str, Any]]:
    asked_again: set[int] = set()
    for event in events:
        kind, step = event["event"], event.get("step")
        step = step if isinstance(step, int) else 0
        cause, done = _EVENTS[kind](event)
        if kind == "call_failed":
            kind = _CALL_KINDS.get(str(event.get("cause")), kind)
        if kind == "invalid_reply":  # an answer is asked for once more, not twice
            done = "given up: the row has no action" if step in asked_again else done
            asked_again.add(step)
        yield _error(step, kind, cause, done)


def _from_rows(rows: Iterable[Facts]) -> Iterator[dict[str, Any]]:
    for row in rows:
        if row["action"] is None:
            done = "kept as a row without an action: it costs a step and is never trained on"
            yield _error(row["step"], "failed_reply", row["error"] or "the reply named no action", done)
        elif row["error"] is not None:
            yield _error(row["step"], "failed_press", row["error"], "kept with its error")
        elif row["action_effect"] is False:
            cause = f"{row['action']} changed neither the picture nor the game's memory"
            yield _error(row["step"], "no_effect_press", cause, "kept with action_effect false")


def _loops(rows: Iterable[Facts]) -> Iterator[dict[str, Any]]:
    """Pictures that were come to too often with the same memory behind them; each is told once, where it began."""
    seen: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        seen.setdefault((row["frame_hash"], row["memory_hash"]), []).append(row["step"])
    for steps in seen.values():
        if len(steps) >= STUCK_AFTER:
            cause = f"the same picture and memory {len(steps)} times, at the steps {', '.join(map(str, steps))}"
            yield _error(steps[STUCK_AFTER - 1], "stuck_loop", cause, "nothing: the session went on")


def _error(step: int, kind: str, cause: str, done: str) -> dict[str, Any]:
    return {"step": step, "kind": kind, "cause": cause, "done": done}

"""How a session went so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from collector.records import SessionUsage, Status


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How a session went, kept up to date from step to step, so that it stands when an error ends the session."""

    status: Status = Status.RUNNING
    """How it ended."""
    task_completed: bool | None = None
    """Verdict from memory; None without a predicate or before the end."""
    progress: float | None = None
    """Share of the goal's parts that were reached; None without a predicate."""
    report: str | None = None
    """What the agent reported."""
    total_steps: int = 0
    """Steps recorded."""
    expected_outcomes: int = 0
    """Predictions that could be checked."""
    expected_outcomes_met: int = 0
    """How many came true."""
    usage: SessionUsage = field(default_factory=SessionUsage)
    """What it cost."""

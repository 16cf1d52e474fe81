"""What the gate found: counted for each rule, the first few kept, and the error that ends the build with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from collector.errors import WorkError

SHOWN: Final = 3
"""Violations of each rule that a report shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A cell that breaks a rule."""

    rule: str
    """The rule's name."""
    session_id: str
    """The row's session."""
    step: int | None
    """The row's step; None if it is about no single one."""
    config: str
    """The dataset's config."""
    column: str
    """The column in it."""
    what: str
    """What is wrong."""

    def __str__(self) -> str:
        step = "" if self.step is None else f", step {self.step}"
        return f"session {self.session_id}{step}, column {self.config}.{self.column}: {self.what}"


class LintError(WorkError):
    """Rows hold what they must not; the build leaves no folder behind."""


class Findings:
    """All violations of a build by rule: each is counted, the first of each rule are kept."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._first: dict[str, list[Violation]] = {}

    def add(self, violation: Violation) -> None:
        """Count one."""
        self.counts[violation.rule] += 1
        kept = self._first.setdefault(violation.rule, [])
        if len(kept) < SHOWN:
            kept.append(violation)

    def report(self, advice: Sequence[tuple[str, str]]) -> str:
        """What was found, a paragraph a rule; `advice` names the rules in order with what to do."""
        lines = [f"the gate found {self.counts.total():,} violations, so no dataset was written:"]
        for rule, what_to_do in advice:
            if count := self.counts[rule]:
                shown = self._first[rule]
                lines.append(f"{rule}: {count:,}; {what_to_do}")
                lines += [f"  {violation}" for violation in shown]
                lines += [f"  and {count - len(shown):,} more"] if count > len(shown) else []
        return "\n".join(lines)

"""What a batch asks of models, as the live line shows it, and the sessions that a shared limit ended."""

from __future__ import annotations

from pathlib import Path

from rich.progress import ProgressColumn
from rich.progress import Task as Bar
from rich.text import Text

from collector.agents.calls.ledger import Spent, spent_in
from collector.records import Session, Status
from collector.run_directory import SessionDirectory


def ran_out(directory: SessionDirectory, session: Session) -> bool:
    """Whether a limit on what all sessions may ask of models ended the session: it was not played to its own end."""
    if session.status != Status.TRUNCATED or not directory.events.exists():
        return False
    lines = directory.events.read_text(encoding="utf-8", errors="replace").splitlines()
    return any('"event": "spending_refused"' in line for line in lines)


class SpendingColumn(ProgressColumn):
    """Calls, tokens and money since the batch began; nothing while no model is asked."""

    max_refresh = 1.0

    def __init__(self, calls: Path | None) -> None:
        """`calls` is the calls file of the runs directory; None shows nothing."""
        super().__init__()
        self._calls = calls
        self._before = self._now()

    def render(self, task: Bar) -> Text:
        """What the calls file says."""
        spent = self._now()
        calls = spent.calls - self._before.calls
        if not calls:
            return Text("")
        tokens, cost = spent.tokens - self._before.tokens, spent.cost_usd - self._before.cost_usd
        return Text(f"{calls:,} calls, {tokens:,} tokens, ${cost:.2f}")

    def _now(self) -> Spent:
        nothing = Spent(calls=0, tokens=0, cost_usd=0.0)
        return nothing if self._calls is None else spent_in(self._calls) or nothing

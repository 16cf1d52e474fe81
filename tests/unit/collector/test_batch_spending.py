"""The live line's spending, and the sessions that a shared limit ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.progress import Progress

from collector.agents.calls.ledger import CallLedger, Limits, Spending
from collector.agents.calls.shared_file import SharedFile
from collector.batch.spending import SpendingColumn, ran_out
from collector.recording import record_session
from collector.records import Status
from tests.playing import a_job


def shown(column: SpendingColumn) -> str:
    with Progress(disable=True) as progress:
        number = progress.add_task("")
        return column.render(next(task for task in progress.tasks if task.id == number)).plain


def test_the_live_line_counts_from_where_the_batch_began(tmp_path: Path) -> None:
    path = tmp_path / "calls.sqlite"
    ledger = CallLedger(SharedFile(path), "p", Limits(), Spending())
    ledger.book(1_800_000_000.0, 50, 0.1)
    column = SpendingColumn(path)
    assert shown(column) == ""
    for _ in range(2):
        ledger.book(1_800_000_000.0, 1_000, 0.5)
    assert shown(column) == "2 calls, 2,000 tokens, $1.00"


def test_without_a_calls_file_it_shows_nothing(tmp_path: Path) -> None:
    assert shown(SpendingColumn(tmp_path / "none.sqlite")) == shown(SpendingColumn(None)) == ""


@pytest.mark.parametrize(
    ("status", "event", "expected"),
    [
        (Status.TRUNCATED, "spending_refused", True),
        (Status.TRUNCATED, "budget_spent", False),
        (Status.COMPLETED, "spending_refused", False),
    ],
)
def test_a_session_ran_out_if_a_shared_limit_ended_it(
    tmp_path: Path, status: Status, event: str, expected: bool
) -> None:
    directory, session = record_session(a_job(tmp_path))
    directory.add_event(event, step=1)
    assert ran_out(directory, replace(session, status=str(status))) is expected

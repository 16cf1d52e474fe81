"""No fault of a provider loses a step, leaks a key or leaves a session without an end."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.fakes.model_server import KEY
from tests.fakes.providers import PROVIDERS
from tests.fault_matrix import FAULTS, PAGE, Case, cases, page, play, play_all, problems

ONCE = [Case(kind="openai", fault=fault, lasting=False) for fault in FAULTS]
"""Faults that pass, against one agent; the slow test plays the others."""
LASTING = [
    Case(kind=kind, fault=fault, lasting=True)
    for kind in PROVIDERS
    for fault in ("429 with Retry-After", "403", "safety block", "unknown button")
]


@pytest.mark.parametrize("case", [*ONCE, *LASTING], ids=lambda case: f"{case.kind}-{case.fault}-{case.lasting}")
def test_a_session_outlives_a_fault(tmp_path: Path, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        played = play(case, tmp_path)
    assert problems(played) == []
    assert KEY not in caplog.text
    assert (played.status == "failed") == (case.lasting or case.fault in ("403", "400"))


@pytest.mark.slow
def test_the_whole_matrix_holds_and_the_page_says_so() -> None:
    played = list(play_all(cases(), workers=8))
    assert {str(one.case): problems(one) for one in played if problems(one)} == {}
    written, now = PAGE.read_text(encoding="utf-8"), page(played)
    assert _first_cells(written) == _first_cells(now)


def _first_cells(text: str) -> list[list[str]]:
    """Fault, how often, status and rows of every line; the reasons differ with the libraries' versions."""
    return [line.split("|")[1:5] for line in text.splitlines() if line.startswith("|")]

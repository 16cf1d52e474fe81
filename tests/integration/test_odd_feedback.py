"""Feedback of any kind is stored as typed, and shown as text: it changes no terminal, no page, and no other rating."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from collector.run_directory import find_sessions
from scoring.annotations import read_annotations
from scoring.cli import main
from scoring.rating.desk import Desk
from scoring.terminal import printable
from tests.rated_runs import rated_session

MEGABYTE = 2**20
ODD = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} </td></table>",
    "styles": "[red]not red[/red] [link=file:///etc]x[/link] \\[b]",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 né 日本",
    "right to left": "שלום \u202eabc\u202c مرحبا\u200f",
    "steering": "\x1b[2J\x1b]0;owned\x07\x9b31m\r\b",
    "lines": "first\nsecond\u2028third\n\n\ttabbed",
    "formula": '=HYPERLINK("x","y")\t$a_1$ $$',
    "a megabyte": "<b>é</b>" * (MEGABYTE // 8),
}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in (1, 2):
        rated_session(tmp_path / "runs", number)
    return tmp_path / "runs"


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.mark.parametrize("feedback", ODD.values(), ids=ODD.keys())
def test_feedback_is_stored_as_typed_and_shown_as_text(
    runs: Path, feedback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    of_other = told(capsys, "show", "s2", "--runs", runs)
    desk = Desk(runs, "r_one")
    desk.rate("20260102_030401_s1", 1, seconds_spent=1.0, feedback=feedback)
    first, second = find_sessions(runs)
    assert read_annotations(first).annotations[-1].feedback == feedback
    assert Desk(runs, "r_one").rating_of(first.session_id).feedback == feedback  # type: ignore[union-attr]
    assert [one.feedback for one in read_annotations(second).annotations] == [""]
    shown, listed, reported = (
        told(capsys, "show", "s1", "--runs", runs),
        told(capsys, "list", runs),
        told(capsys, "report", runs),
    )
    assert printable(feedback).split("\n")[0] in shown
    assert "2 sessions" in listed
    for text in (shown, listed, reported):
        assert text == printable(text)
    assert told(capsys, "show", "s2", "--runs", runs) == of_other


@pytest.mark.parametrize("feedback", [ODD["markup"], ODD["right to left"], ODD["a megabyte"]])
def test_the_page_shows_feedback_as_text(runs: Path, feedback: str, capsys: pytest.CaptureFixture[str]) -> None:
    Desk(runs, "r_one").rate("20260102_030401_s1", 1, seconds_spent=1.0, feedback=feedback)
    told(capsys, "report", runs, "--html", runs.parent / "page.html")
    page = (runs.parent / "page.html").read_text()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>é" not in page and "\u202e" not in page
    assert html.escape(printable(feedback))[:20] in page
    assert len(page) < 2 * MEGABYTE

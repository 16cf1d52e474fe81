"""A rater at `python -m scoring rate` in a pseudo-terminal: the store holds exactly what was keyed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.run_directory import CLAIMS_FILE, find_sessions
from scoring.annotations import read_annotations
from scoring.rating.claims import Claims
from scoring.rating.raters import rater_id
from scoring.records import Annotation, Source
from tests.person import Person
from tests.playing import environment
from tests.rated_runs import rated_session, write_runs

RIGHT, END = "\x1b[C", "\x1b[F"
FEEDBACK = "<b>né</b> 👩‍👩‍👧 שלום‏ [red]x[/red] \\x1b[2J 5"


def rater(runs: Path, *arguments: str, size: tuple[int, int] = (100, 40)) -> Person:
    return Person(
        runs.parent,
        *("--rater", "Ada", "--pictures", "blocks", *arguments, str(runs)),
        size=size,
        program=("scoring", "rate"),
    )


def in_order(runs: Path) -> list[Annotation]:
    """All that people said, in the order of time."""
    every = [one for directory in find_sessions(runs) for one in read_annotations(directory).annotations]
    return sorted((one for one in every if one.source == Source.HUMAN), key=lambda one: one.timestamp)


def test_twenty_sessions_are_rated_by_keys_alone_over_two_sittings(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 24)
    with rater(runs) as first:
        for number in range(1, 9):
            first.sees(f"{number - 1} rated")
            first.types({3: RIGHT + "x" + END + "x", 4: f"f{FEEDBACK}z\x7f\r"}.get(number, "") + str(number))
        first.sees("8 rated")
        first.types("n")
        first.sees("1 skipped")
        first.types("u")
        first.sees("0 skipped")
        first.types("u")
        first.sees("Taken back")
        first.types("n")
        first.sees("7 rated, 1 skipped")
        first.types("c")
        first.sees("Why can it not be judged?")
        first.types("the screen is 1 black box\r")
        first.sees("8 rated, 1 skipped")
        first.types("q")
        assert first.waits_for_the_end() == (0, "8 rated, 1 skipped, 15 left\n", "")
        assert first.settings_now == first.before
    with rater(runs) as second:
        for number in range(8, 20):
            second.sees(f"{number} rated, 1 skipped")
            second.types("0")
        second.sees("20 rated, 1 skipped, 3 left")
        second.types("q")
        assert second.waits_for_the_end()[0] == 0
    said = in_order(runs)
    assert [one.score for one in said] == [1, 2, 3, 4, 5, 6, 7, 8, None, None, *[10] * 12]
    assert [one.wrong_steps for one in said if one.wrong_steps] == [(2, 4)]
    assert said[2].wrong_steps == (2, 4)
    assert [one.feedback for one in said if one.feedback] == [FEEDBACK] and said[3].feedback == FEEDBACK
    taken_back, no_judgement = said[8], said[9]
    assert taken_back.retracts and taken_back.supersedes == said[7].annotation_id
    assert no_judgement.justification == "the screen is 1 black box" and not no_judgement.retracts
    rated = [one.session_id for one in said if not one.retracts and one is not said[7]]
    assert len(rated) == len(set(rated)) == 20
    me = rater_id("Ada", runs)
    assert {one.rater for one in said} == {me}
    assert list(Claims(runs / CLAIMS_FILE).skipped(me)) == [said[7].session_id]
    assert "Ada" not in "".join(path.read_text() for path in runs.glob("session_*/annotations.jsonl"))


def test_keys_typed_ahead_are_not_lost_and_what_is_pasted_rates_nothing(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 6)
    with rater(runs, "--doubles", "0") as person:
        person.sees("0 rated")
        person.types("\x1b[200~7 8 9\r\n1\x1b[201~")
        person.sees("That key does nothing")
        person.types("765")
        person.sees("3 rated")
        person.types("f\x1b[200~two\r\nlines, 1 paste\x1b[201~\r9")
        person.sees("4 rated")
        person.types("q")
        assert person.waits_for_the_end()[0] == 0
    assert [(one.score, one.feedback) for one in in_order(runs)] == [
        (7, ""),
        (6, ""),
        (5, ""),
        (9, "two\nlines, 1 paste"),
    ]


def test_what_is_undone_comes_back_with_what_was_said_of_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    rated_session(runs, 1)
    with rater(runs) as person:
        person.sees("0 rated")
        person.types("xfslow\r4")
        person.sees("No session is left to rate")
        person.types("u")
        person.sees("Taken back")
        person.types("2")
        person.sees("No session is left to rate")
        person.types("q")
        person.waits_for_the_end()
    assert [(one.score, one.feedback, one.wrong_steps) for one in in_order(runs)] == [
        (4, "slow", (1,)),
        (None, "", ()),
        (2, "slow", (1,)),
    ]


def test_nothing_tells_who_played_or_how_it_went_before_the_rating(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    session = rated_session(
        runs,
        1,
        session_id="20260102_030400_telltale",
        model_used="tell-model",
        policy="tell-policy",
        agent="tell-agent",
    )
    with rater(runs) as person:
        person.sees("0 rated")
        person.types(f"?q\rq{RIGHT}{END}")
        before = "\n".join([*person.sees_at_rest(), person.shown])
        person.types("6")
        after = person.sees("Last:") + "\n".join(person.sees_at_rest())
        person.types("q")
        person.waits_for_the_end()
    assert session.task_description in before
    assert "tell" not in before and "goal reached" not in before and "rule 9" not in before
    assert "Last: you 6 · goal reached · rule 9, judge -, others - · tell-policy (tell-model)" in after


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (30, 10)])
def test_every_size_of_terminal_shows_the_task_first_and_how_it_stands_last(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 2)
    with rater(runs) as person:
        person.sees("0 rated")
        person.resizes(*size)
        shown = person.sees_at_rest()
        assert shown[0].startswith("Task ") and shown[size[1] - 2].startswith("Nothing rated") and not shown[-1]
        assert any("▀" in line for line in shown) == (size[1] >= 24)
        person.types("q")
        assert person.waits_for_the_end()[0] == 0


def test_recorded_text_does_not_steer_the_terminal(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    rated_session(runs, 1, task_description="read \x1b[2J\x1b]0;owned\x07 it\u202e", model_used="m\x1b[31m")
    with rater(runs) as person:
        person.sees("0 rated")
        person.types("\rq8")
        person.sees("left to rate")
        person.types("q")
        seen = person.shown
        person.waits_for_the_end()
        seen += person.shown
    assert "\x1b]" not in seen and "\x07" not in seen and "\u202e" not in seen and "m\x1b[31m" not in seen


def test_a_terminal_that_is_asked_answers_while_keys_are_typed(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 2)
    with rater(runs, "--pictures", "auto") as person:
        person.sees("\x1b[c")
        person.types("\x1b_Gi=1;OK\x1b\\\x1b[?62;4;22c9")
        person.sees("\x1b_Ga=T,f=100,")
        person.sees("1 rated")
        person.types("q")
        person.waits_for_the_end()
    assert [one.score for one in in_order(runs)] == [9]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_gives_the_terminal_back_and_keeps_what_was_rated(tmp_path: Path, number: signal.Signals) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 3)
    with rater(runs) as person:
        person.sees("0 rated")
        person.types("8")
        person.sees("1 rated")
        person.process.send_signal(number)
        assert person.waits_for_the_end() == (130, "", "error: interrupted\n")
        assert person.settings_now == person.before
    assert [one.score for one in in_order(runs)] == [8]


def test_without_a_terminal_nothing_is_written(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", 1)
    before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "scoring", "rate", "runs"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: scoring rate reads keys from a terminal, and standard input is none")
    assert sorted(tmp_path.rglob("*")) == before

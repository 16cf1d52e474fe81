"""The report as JSON, text and page: every figure has its count or a reason, and nothing recorded acts as code."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from collector.errors import InputError
from collector.pictures import decode_picture
from collector.run_directory import RATER_SALT_FILE, find_sessions
from scoring.agreement import gold_rater
from scoring.annotations import append_annotation
from scoring.cli import main
from scoring.metrics import ScoreFilter, measure
from scoring.rating.raters import rater_id
from scoring.records import Annotation
from scoring.reporting.as_json import report_json
from scoring.reporting.as_text import print_report
from scoring.reporting.content import Report, full_report
from scoring.reporting.page import check_page, write_page
from scoring.reporting.pictures import PICTURES, picture_sheet
from scoring.reporting.wording import LONGEST_REMARK, remark
from scoring.sessions import read_sessions
from tests.rated_runs import a_screen, rated_session, write_runs

HOSTILE = '<script>alert("\u202e")</script><img src=http://evil.test/x> $x^2$ \x1b[31m'


def report_on(runs: Path, gold: str | None = None) -> Report:
    measured = measure(read_sessions(find_sessions(runs)).sessions)
    assert not measured.problems
    return full_report(measured.sessions, ScoreFilter(), gold)


def rate(runs: Path, session_id: str, rater: str, score: int | None, **changes: Any) -> None:
    fields: dict[str, Any] = {"feedback": "seen", "rubric_version": "1", "seconds_spent": 60}
    path = runs / f"session_{session_id}" / "annotations.jsonl"
    append_annotation(
        path, Annotation(session_id=session_id, rater=rater, source="human", score=score, **fields | changes)
    )


@pytest.fixture(scope="module")
def rated_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 sessions that two people rated; the first one's words are hostile, and the rule contradicts it."""
    runs = tmp_path_factory.mktemp("rated") / "runs"
    sessions = write_runs(runs, 40)
    for number, session in enumerate(sessions):
        score = 3 if number == 0 else 10 - number % 5
        rate(runs, session.session_id, "r_one", score, feedback=HOSTILE if number == 0 else "")
        rate(runs, session.session_id, "r_two", min(10, score + number % 2))
    return runs


def figures_in(value: Any) -> list[dict[str, Any]]:
    """Every object of a report that has a value."""
    if isinstance(value, list):
        return [found for inner in value for found in figures_in(inner)]
    if not isinstance(value, dict):
        return []
    return ([value] if "value" in value else []) + [found for inner in value.values() for found in figures_in(inner)]


def test_json_says_why_a_figure_has_no_value(rated_runs: Path) -> None:
    found = json.loads(json.dumps(report_json(report_on(rated_runs)), allow_nan=False))
    figures = figures_in(found)
    assert len(figures) > 100
    for figure in figures:
        assert (figure["value"] is None) == bool(figure.get("reason")), figure
    [game] = found["games"]
    assert game["overall"]["scores"]["judge"]["reason"] == "no session has a score from this source"
    assert found["filter"] == {"min_score": 6.0, "score_source": "auto", "exclude_policies": ["noisy", "random"]}
    assert game["accepted"]["overall"]["sessions"] == 38
    assert game["agreement"]["among_people"]["alpha"] > 0.5
    low, high = (game["overall"]["completion"]["interval"][end] for end in ("low", "high"))
    assert 0 < low < game["overall"]["completion"]["value"] < high < 1


def test_text_has_the_figures_before_and_after_the_filter(rated_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(report_on(rated_runs, gold="r_one"))
    said = capsys.readouterr().out
    assert re.search(r"completion +97% \[87%, 100%\], 38 of 39 +100% \[91%, 100%\], 38 of 38", said)
    assert re.search(r"score 1-10, judge +- \(no session has a score from this source\)", said)
    assert "people among themselves: alpha 0." in said
    assert "\x1b" not in said and "\u202e" not in said
    assert "<script>" in said, "what people say is shown as it was typed"


def test_a_task_whose_sessions_were_all_turned_down_stands_in_the_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rated_session(tmp_path, 1, score=2)
    print_report(report_on(tmp_path))
    assert re.search(r"talk_to_nell +1 +0 +1/1", capsys.readouterr().out)


def test_remarks_stand_on_one_line_and_end() -> None:
    assert remark(" two\n lines ") == "two lines"
    assert remark("x" * 1_000_000) == "x" * LONGEST_REMARK + " ... (1,000,000 characters)"


class Page(HTMLParser):
    """What a browser would make of a page: its tags, what it would fetch, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = {"src", "href", "xlink:href", "data", "action", "poster", "srcset"}
        self.links += [value or "" for name, value in attrs if name in names]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_fetches_nothing_and_shows_recorded_text_as_text(rated_runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_page(report_on(rated_runs, gold="\x1b[31mgold"), target)
    assert "\x1b" not in target.read_text(encoding="utf-8")
    page = Page(target.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 7
    assert {link.split(":")[0] if ":" in link else link[:1] for link in page.links} == {"data", "#"}
    assert '<script>alert("\\u202e")</script><img src=http://evil.test/x> $x^2$ \\x1b[31m' in "".join(page.text)
    assert "url(http" not in target.read_text(encoding="utf-8")


def test_a_name_that_looks_like_mathematics_is_drawn_as_it_stands(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    rated_session(runs, 1, policy="$\\frac{1}$ & <b>")
    target = tmp_path / "report.html"
    write_page(report_on(runs), target)
    assert re.search(r"<text[^>]*>\$\\frac\{1\}\$ &amp; &lt;b&gt;</text>", target.read_text(encoding="utf-8"))


def test_the_same_runs_give_the_same_page(rated_runs: Path, tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    for page in pages:
        write_page(report_on(rated_runs), page)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_the_picture_sheet_shows_an_accepted_session_from_its_first_screen_to_its_last(tmp_path: Path) -> None:
    rated_session(tmp_path, 1, score=2, task_id="bag", total_steps=9)
    rated_session(tmp_path, 2, score=9, task_id="bag", total_steps=9)
    rated_session(tmp_path, 3, score=2, task_id="heal", total_steps=2)
    rated_session(tmp_path, 4, score=2, task_id="heal", total_steps=3)
    measured = measure(read_sessions(find_sessions(tmp_path)).sessions)
    bag, heal = picture_sheet(measured.sessions, ScoreFilter())
    assert (bag.task_id, heal.task_id) == ("bag", "heal")
    assert (bag.session_id[-2:], heal.session_id[-2:]) == ("s2", "s3"), "an accepted one, else the first"
    assert [screen.caption for screen in bag.screens] == [
        *("1: press_start", "4: press_up", "6: press_start", "9: press_up"),
        "the last screen",
    ]
    assert len(bag.screens) == PICTURES
    pixels = [decode_picture(base64.b64decode(screen.source.partition(",")[2])) for screen in bag.screens]
    assert pixels == [a_screen(2, step) for step in (1, 4, 6, 9, 10)]
    assert [screen.caption for screen in heal.screens] == ["1: press_start", "2: press_down", "the last screen"]


def test_the_filter_is_given_on_the_command_line(rated_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--min-score", "8", "--score-source", "human", "--exclude-policies", "noisy,random"]
    assert main(["report", str(rated_runs), "--json", *flags]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["filter"] == {"min_score": 8.0, "score_source": "human", "exclude_policies": ["noisy", "random"]}
    assert main(["report", str(rated_runs), "--json", "--exclude-policies", "expert"]) == 0
    assert json.loads(capsys.readouterr().out)["games"][0]["accepted"]["overall"]["sessions"] == 0
    assert main(["report", str(rated_runs), "--json", "--exclude-policies", ""]) == 0
    assert json.loads(capsys.readouterr().out)["filter"]["exclude_policies"] == []


def test_a_page_of_no_session_and_a_page_in_no_folder(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_page(full_report((), ScoreFilter()), target)
    assert "There is no session to report on." in target.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="make it first"):
        check_page(tmp_path / "missing" / "report.html")


@pytest.mark.parametrize("missing", ["matplotlib.figure", "jinja2"])
def test_a_page_without_its_libraries_says_what_to_install(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=rf"--html needs {missing}; install the extra"):
        check_page(tmp_path / "report.html")


def test_gold_is_named_by_id_or_by_name_and_must_have_rated(tmp_path: Path) -> None:
    session = rated_session(tmp_path, 1)
    rate(tmp_path, session.session_id, "anonymous", 7)
    sessions = read_sessions(find_sessions(tmp_path)).sessions
    with pytest.raises(InputError, match="anonymous did"):
        gold_rater("ana", tmp_path, sessions)
    assert not (tmp_path / RATER_SALT_FILE).exists(), "asking leaves nothing behind"
    rate(tmp_path, session.session_id, rater_id("ana", tmp_path), 8)
    sessions = read_sessions(find_sessions(tmp_path)).sessions
    assert gold_rater("ana", tmp_path, sessions) == rater_id("ana", tmp_path)
    assert gold_rater("anonymous", tmp_path, sessions) == "anonymous"
    with pytest.raises(InputError, match="rated no session"):
        gold_rater("auto", tmp_path, sessions)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1400])
def test_no_part_of_the_page_is_wider_than_the_screen(rated_runs: Path, tmp_path: Path, width: int) -> None:
    """The page may not run a script, so that the browser measures a page around it."""
    browser = shutil.which("chromium")
    assert browser is not None, "needs chromium"
    write_page(report_on(rated_runs), tmp_path / "report.html")
    measuring = (
        f'<iframe src="report.html" style="width:{width}px;height:900px;border:0"></iframe><p id=out></p><script>'
        "const frame = document.querySelector('iframe'); frame.onload = () => {"
        "document.getElementById('out').textContent = 'wide:' + frame.contentDocument.documentElement.scrollWidth }"
        "</script>"
    )
    (tmp_path / "around.html").write_text(measuring)
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    page = (tmp_path / "around.html").as_uri()
    done = subprocess.run([browser, *flags, page], capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"wide:(\d+)", done.stdout)
    assert found is not None, done.stdout
    assert int(found[1]) <= width

"""The page in a real browser: what people do with it, and what stands in the store afterwards."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from collector.run_directory import find_sessions
from scoring.annotations import current, read_annotations
from scoring.comparisons import comparisons_in_force, read_comparisons
from scoring.records import Annotation, Source
from tests.playing import collector_command, environment
from tests.rated_runs import write_runs
from tests.serving import PageClient, serving
from tests.unit.scoring.rating.test_forks import a_walk
from tests.unit.scoring.web.test_rating import SECRETS, a_secret_session

pytestmark = pytest.mark.browser


def in_force(runs: Path) -> list[Annotation]:
    """What people said and did not take back."""
    found = [current(read_annotations(one).annotations, Source.HUMAN) for one in find_sessions(runs)]
    return [one for session in found for one in session if not one.retracts]


def opened(context: BrowserContext, client: PageClient, path: str = "/") -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script of the page failed: {error}"))
    page.goto(str(client.base_url).rstrip("/") + path)
    return page


def press(page: Page, key: str) -> None:
    """Press a key that sends something, and wait for the answer to stand on the page."""
    before = page.locator("#counts").inner_text()
    page.keyboard.press(key)
    expect(page.locator("#counts")).not_to_have_text(before)


def test_twenty_sessions_by_the_keyboard_with_an_undo_a_skip_and_a_reload(
    tmp_path: Path, desktop: BrowserContext
) -> None:
    write_runs(tmp_path, 22)
    with serving(tmp_path) as client:
        page = opened(desktop, client)
        expect(page.locator("#counts")).to_contain_text("22 left")
        scores = [1 + number % 10 for number in range(20)]
        given = []
        for number, score in enumerate(scores):
            if number == 5:  # takes the one before back and gives it another score
                press(page, "u")
                press(page, "1")
                given[-1] = 1
            if number == 8:
                press(page, "n")
            if number == 11:  # what was written and marked before a reload is still there after it
                page.keyboard.press("f")
                page.keyboard.type("half way")
                page.keyboard.press("Escape")
                page.keyboard.press("ArrowRight")
                page.keyboard.press("x")
                task = page.locator("#task").inner_text()
                page.reload()
                expect(page.locator("#task")).to_have_text(task)
                expect(page.locator("#feedback")).to_have_value("half way")
                expect(page.locator("[data-part=place]").first).to_have_text("Step 2 of 4")
            press(page, str(score % 10))
            given.append(score)
        expect(page.locator("#counts")).to_contain_text("20 rated · 1 skipped · 1 left")
    kept = in_force(tmp_path)
    assert sorted(one.score or 0 for one in kept) == sorted(given)
    assert [(one.feedback, one.wrong_steps) for one in kept if one.feedback] == [("half way", (2,))]
    assert all(one.seconds_spent is not None and 0 <= one.seconds_spent < 60 for one in kept)
    rows = [one for directory in find_sessions(tmp_path) for one in read_annotations(directory).annotations]
    assert len([one for one in rows if one.source == Source.HUMAN]) == 20 + 2  # the one taken back, and that it was


def test_nothing_the_browser_gets_before_the_rating_tells_the_outcome(tmp_path: Path, desktop: BrowserContext) -> None:
    from scoring.rating.desk import Rules

    a_secret_session(tmp_path)
    got: list[Response] = []
    with serving(tmp_path, rules=Rules(doubles=1.0)) as client:
        desktop.on("response", lambda response: got.append(response))
        page = opened(desktop, client)
        expect(page.locator("#task")).not_to_be_empty()
        for key in ("ArrowRight", "End", "Home", "?", "Escape", "f"):
            page.keyboard.press(key)
        page.wait_for_load_state("networkidle")
        seen = page.content() + "".join(
            f"{one.url} {one.all_headers()} {one.body().decode('latin-1')}" for one in got if one.ok
        )
        assert len(got) > 8 and [secret for secret in SECRETS if secret in seen] == []
        page.keyboard.press("Escape")
        page.keyboard.press("5")
        expect(page.locator("#revealed")).to_contain_text("SECRETMODEL")
        expect(page.locator("#revealed")).to_contain_text("goal not reached")


TEXTS = {
    "markup": "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><b>bold</b>",
    "emoji": "🐢👩‍🚀 fine",
    "right to left": "שלום \u202eabc",
    "1 MB": "long " * 209_715,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_feedback_is_shown_as_typed_and_kept_as_typed(tmp_path: Path, desktop: BrowserContext, text: str) -> None:
    write_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        page = opened(desktop, client)
        expect(page.locator("#counts")).to_contain_text("2 left")
        elements = page.locator("body *").count()
        page.locator("#feedback").fill(text)
        assert page.locator("body *").count() == elements
        page.keyboard.press("Escape")
        press(page, "4")
        assert "owned" not in page.title()
        press(page, "u")
        expect(page.locator("#feedback")).to_have_value(text)
        assert page.locator("body *").count() <= elements + 40  # the strip of what was revealed, nothing of the text
        press(page, "4")
    assert [one.feedback for one in in_force(tmp_path)] == [text]


def test_a_rating_outlives_a_server_that_is_gone(tmp_path: Path, desktop: BrowserContext) -> None:
    write_runs(tmp_path, 3)
    with serving(tmp_path) as client:
        page = opened(desktop, client)
        expect(page.locator("#counts")).to_contain_text("3 left")
        task, port = page.locator("#task").inner_text(), client.base_url.port
    page.keyboard.press("8")
    expect(page.locator("#trouble")).to_contain_text("Not saved yet: a 8")
    page.keyboard.press("3")  # is not taken: the 8 comes first
    expect(page.locator("#task")).to_have_text(task)
    with serving(tmp_path, port=port or 0):
        page.keyboard.press("r")
        expect(page.locator("#counts")).to_contain_text("2 left")
        expect(page.locator("#trouble")).to_be_hidden()
    assert [one.score for one in in_force(tmp_path)] == [8]


def test_what_can_not_be_judged_is_sent_with_the_reason(tmp_path: Path, desktop: BrowserContext) -> None:
    write_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        page = opened(desktop, client)
        expect(page.locator("#counts")).to_contain_text("2 left")
        page.keyboard.press("c")
        page.keyboard.type("7 screens are black")
        press(page, "Enter")
    assert [(one.score, one.justification) for one in in_force(tmp_path)] == [(None, "7 screens are black")]


@pytest.mark.parametrize("path", ["/", "/pairs", "/live"])
def test_a_phone_has_all_of_it_without_sideways_scrolling(tmp_path: Path, phone: BrowserContext, path: str) -> None:
    write_runs(tmp_path, 6)
    with serving(tmp_path) as client:
        page = opened(phone, client, path)
        expect(page.locator("main:visible")).to_have_count(1)
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        heights = "all => all.map(one => one.offsetHeight)"
        assert min(page.locator("main:visible button:visible").evaluate_all(heights), default=40) >= 40
        if path == "/":
            page.get_by_role("button", name="9, perfect").tap()
            expect(page.locator("#revealed")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert [one.score for one in in_force(tmp_path)] == [9]


def test_pairs_by_the_keyboard(tmp_path: Path, desktop: BrowserContext) -> None:
    write_runs(tmp_path, 9)
    with serving(tmp_path) as client:
        page = opened(desktop, client, "/pairs")
        expect(page.locator("#counts")).to_contain_text("6 left")
        for key in ("a", "ArrowRight", "t", "u"):
            press(page, key)
        with page.expect_response("**/api/pair/skip"):
            page.keyboard.press("n")
        page.wait_for_load_state("networkidle")
        press(page, "b")
    kept = comparisons_in_force(read_comparisons(tmp_path)[0])
    assert [one.better for one in kept] == ["a", "b", "b"]
    assert len(read_comparisons(tmp_path)[0]) == 5


def test_at_a_fork_the_two_presses_are_compared_before_anything_that_followed(
    tmp_path: Path, desktop: BrowserContext
) -> None:
    a_walk(tmp_path, 1, "press_a", "press_up", "press_up", reasoning={2: "SECRET"})
    a_walk(tmp_path, 2, "press_a", "press_b", report={2: "SECRET"})
    with serving(tmp_path) as client:
        page = opened(desktop, client, "/pairs")
        question = page.locator("#pair-question")
        expect(question).to_have_text("Both stood on this screen. Which press is better here?")
        expect(page.locator("#sides .film")).to_have_count(2)
        for hidden in (".film", ".steps", ".words", ".evidence"):
            assert not any(one.is_visible() for one in page.locator(f"#sides {hidden}").all())
        assert "SECRET" not in page.content()
        assert sorted(page.locator("#sides .press kbd").all_inner_texts()) == ["B", "↑"]
        page.keyboard.press("a")
        expect(question).to_have_text("Which session was better?")
        assert all(one.is_visible() for one in page.locator("#sides .film").all())
        press(page, "b")
    assert [(one.step, one.better) for one in read_comparisons(tmp_path)[0]] == [(2, "a"), (None, "b")]


def test_a_link_signs_in_and_leaves_no_token_in_the_address(tmp_path: Path, desktop: BrowserContext) -> None:
    from scoring.web.access import with_tokens

    write_runs(tmp_path, 2)
    token = "anna-token-0123456789"
    with serving(tmp_path, access=with_tokens({token: "anna"}, tmp_path)) as client:
        page = opened(desktop, client)
        expect(page.locator("#sign-in")).to_be_visible()
        page = opened(desktop, client, f"/#token={token}")
        expect(page.locator("#counts")).to_contain_text("2 left")
        assert token not in page.url and token not in page.content()
        assert token not in page.evaluate("document.cookie + JSON.stringify(sessionStorage) + history.length")
        opened(desktop, client).locator("#task").wait_for()


def test_the_live_tab_follows_a_collection(tmp_path: Path, desktop: BrowserContext) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    command = collector_command(
        "taskset=smoke", "agent=random", "max_sessions=60", "budget.max_steps=40", f"runs={runs}"
    )
    with serving(runs) as client:
        page = opened(desktop, client, "/live")
        with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=-3, stderr=-3) as collector:
            try:
                expect(page.locator("#playing img").first).to_be_visible(timeout=60_000)
                expect(page.locator("#figures")).to_contain_text(re.compile(r"of 60"))
                assert page.evaluate(
                    "() => new Promise(done => { const i = document.querySelector('#playing img');"
                    " i.complete ? done(i.naturalWidth) : (i.onload = () => done(i.naturalWidth)); })"
                ) in (0, 160)
            finally:
                collector.terminate()
        expect(page.locator("#playing")).to_contain_text("No session is being played", timeout=20_000)
        rows = client.get("/api/live").json()["rows"]
    assert rows == sum(one.read_session().total_steps for one in find_sessions(runs) if one.metadata.exists())

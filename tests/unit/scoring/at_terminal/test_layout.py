"""Any session fits any terminal: no line too wide, none too many, pictures inside and apart."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from scoring.at_terminal.layout import Screenful, cut, nothing_left_screen, rating_screen, text_screen
from scoring.at_terminal.look import Look, Standing
from scoring.rating.desk import Tally
from scoring.rating.item import Item, SeenStep
from tests.records import a_png

STYLE = re.compile(r"\x1b\[[\d;]*m")
STANDING = Standing(tally=Tally(rated=3, skipped=1, left=20), revealed="you 8 · goal reached", remark="")
PNGS = [a_png(shade) for shade in range(3)]

words = st.text(st.sampled_from("ab \n日é👩\u200d\u202e\x1b\t"), max_size=400)


def a_look(count: int = 6, no_effect: tuple[int, ...] = (), said: str = "because", **changes: str | None) -> Look:
    steps = tuple(
        SeenStep(
            step=number,
            action=("press_up", "press_a", "press_start", None)[number % 4],
            had_effect=number not in no_effect,
            reasoning=said,
            expected_outcome=said,
            before=PNGS[number % 3],
            after=PNGS[(number + 1) % 3],
        )
        for number in range(1, count + 1)
    )
    texts: dict[str, str | None] = {"task": "find it", "goal": "found", "report": None, "fact": "Bag: 3"} | changes
    return Look(item=Item(steps_used=count, budget=9, optimal_steps=3, steps=steps, **texts))  # type: ignore[arg-type]


def assert_fits(screenful: Screenful, size: tuple[int, int]) -> None:
    columns, lines = size
    assert len(screenful.lines) <= lines - 1
    for line in screenful.lines:
        plain = STYLE.sub("", line)
        assert cell_len(plain) <= columns, plain
        assert not set(plain) & set("\x1b\n\t\u202e")
    covered: set[tuple[int, int]] = set()
    for one in screenful.pictures:
        assert one.row + one.box.lines <= len(screenful.lines) and one.column + one.box.columns <= columns
        cells = {(row, one.column) for row in range(one.row, one.row + one.box.lines)}
        assert not cells & covered
        covered |= cells
        assert not any(STYLE.sub("", line).strip() for line in screenful.lines[one.row : one.row + one.box.lines])


@example(  # a joiner that joins nothing
    size=(20, 34), count=1, at=0, said="\x1b\x1b \u200d\u200d\x1b", report=None, shows_strip=False, no_effect=set()
)
@given(
    size=st.tuples(st.integers(20, 250), st.integers(8, 100)),
    count=st.integers(1, 60),
    at=st.integers(0, 59),
    said=words,
    report=st.none() | words,
    shows_strip=st.booleans(),
    no_effect=st.sets(st.integers(1, 60)),
)
def test_a_session_fits_any_terminal(
    size: tuple[int, int],
    count: int,
    at: int,
    said: str,
    report: str | None,
    shows_strip: bool,
    no_effect: set[int],
) -> None:
    look = a_look(count, tuple(no_effect), said, task=said, fact=said, report=report).moved(at)
    standing = replace(STANDING, remark=said, revealed=said)
    look = replace(look, shows_strip=shows_strip, feedback=said, wrong=frozenset({1, at}))
    assert_fits(rating_screen(look, standing, size), size)
    assert_fits(text_screen([("Heading", said)], size, top=at), size)
    assert_fits(nothing_left_screen(standing, size), size)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 4)])
def test_the_smallest_terminals_bring_nothing_down(size: tuple[int, int]) -> None:
    rating_screen(a_look(), STANDING, size)
    text_screen([("Heading", "text")], size)
    nothing_left_screen(STANDING, size)


def test_a_small_screen_shows_the_overview_or_the_step_and_a_large_one_both() -> None:
    look = a_look()
    overview = rating_screen(look, STANDING, (80, 24))
    step = rating_screen(look.moved(1), STANDING, (80, 24))
    both = rating_screen(look, STANDING, (200, 60))
    assert [len(one.pictures) for one in (overview, step, both)] == [4, 2, 9]
    assert [one.png for one in step.pictures] == [look.item.steps[1].before, look.item.steps[1].after]
    assert step.pictures[0].box.lines > overview.pictures[0].box.lines


def test_the_overview_begins_with_the_start_and_folds_presses_without_effect() -> None:
    look = a_look(6, no_effect=(2, 3, 4))
    overview = rating_screen(look, STANDING, (100, 24))
    [captions] = [line for line in overview.lines if "start" in STYLE.sub("", line)]
    plain = STYLE.sub("", captions)
    assert [plain[one.column :].split("  ")[0] for one in overview.pictures] == [
        "start",
        "▸1 A",
        "2-4 no effect",
        "5 A",
        "6 St",
    ]
    assert [one.png for one in overview.pictures] == [
        look.item.steps[0].before,
        *(look.item.steps[place].after for place in (0, 3, 4, 5)),
    ]


def test_up_and_down_pass_over_presses_without_effect_and_left_and_right_do_not() -> None:
    look = a_look(6, no_effect=(2, 3, 4))
    assert [look.moved(3).at_next_moment(by).step.step for by in (-1, 1)] == [1, 5]
    assert [look.moved(3).moved(by).step.step for by in (-1, 1)] == [3, 5]
    assert (look.moved(-1).at, look.moved(99).at, look.at_end().at, look.at_end().at_next_moment(1).at) == (0, 5, 5, 5)


def test_the_report_stands_beside_the_fact_and_a_mark_is_seen() -> None:
    look = a_look(report="2 jars").moved(1).with_mark_turned()
    lines = [STYLE.sub("", line) for line in rating_screen(look, STANDING, (80, 24)).lines]
    place = lines.index("Report 2 jars")
    assert lines[place + 1] == "Memory Bag: 3"
    assert any(line.startswith("Wrong  2: press_start · because") for line in lines)
    assert look.with_mark_turned().wrong == frozenset()


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("a\nb", 9, "a b")],
)
def test_a_line_is_cut_by_the_width_of_its_characters(text: str, columns: int, shown: str) -> None:
    assert cut(text, columns) == shown

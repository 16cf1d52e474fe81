"""The log of comparisons keeps every word, names what it can't read, and one rule says which words count."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import InputError
from collector.run_directory import COMPARISONS_FILE
from scoring.comparisons import Comparison, add_comparison, comparisons_in_force, read_comparisons

_names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)


def a_comparison(**changes: Any) -> Comparison:
    fields: dict[str, Any] = {
        "task_id": "check_bag",
        "session_a": "s_1",
        "session_b": "s_2",
        "better": "a",
        "rater": "r_one",
        "rubric_version": "1",
    }
    return Comparison(**fields | changes)


comparisons = st.builds(
    a_comparison,
    task_id=_names,
    session_a=_names.map(lambda name: f"a{name}"),
    session_b=_names.map(lambda name: f"b{name}"),
    better=st.sampled_from(["a", "b", "tie"]),
    rater=_names,
    reason=st.text(st.characters(codec="utf-8"), max_size=100),
    seconds_spent=st.none() | st.floats(0, 1e6),
    supersedes=st.none() | _names,
) | st.builds(a_comparison, better=st.none(), supersedes=_names)


@given(st.lists(comparisons, max_size=5))
def test_what_is_added_is_read_back_in_order(tmp_path_factory: pytest.TempPathFactory, rows: list[Comparison]) -> None:
    runs = tmp_path_factory.mktemp("runs")
    for row in rows:
        add_comparison(runs, row)
    assert read_comparisons(runs) == (tuple(rows), ())


@pytest.mark.parametrize("line", ["oops", "[]", '{"better": "a"}', "{" * 9999, '{"better": 5}'])
def test_a_line_that_was_spoilt_is_named_and_the_others_are_read(tmp_path: Path, line: str) -> None:
    kept = a_comparison(), a_comparison(rater="r_two")
    add_comparison(tmp_path, kept[0])
    with (tmp_path / COMPARISONS_FILE).open("a") as out:
        out.write(f"{line}\n")
    add_comparison(tmp_path, kept[1])
    read, problems = read_comparisons(tmp_path)
    assert read == kept
    assert [problem.startswith(f"{tmp_path / COMPARISONS_FILE}:2: not a comparison") for problem in problems] == [True]


def test_a_raters_latest_word_on_a_pair_counts_whichever_side_it_was_shown_on() -> None:
    first = a_comparison(better="a")
    second = a_comparison(better="a", session_a="s_2", session_b="s_1")
    other = a_comparison(rater="r_two", better="tie")
    assert comparisons_in_force([first, other, second]) == (other, second)
    third = a_comparison(better="b")
    assert [one.winner for one in (first, second, third, other)] == ["s_1", "s_2", "s_2", None]


def test_what_is_taken_back_counts_no_more_until_it_is_judged_again() -> None:
    first = a_comparison()
    taken_back = a_comparison(better=None, supersedes=first.comparison_id)
    again = a_comparison(better="b")
    assert comparisons_in_force([first, taken_back]) == ()
    assert comparisons_in_force([first, taken_back, again]) == (again,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"session_b": "s_1"}, "with itself"),
        ({"better": None}, "expected a, b or tie"),
        ({"better": "c"}, "better='c'"),
        ({"reason": "\ud800"}, "UTF-8"),
        ({"seconds_spent": float("nan")}, "seconds_spent=nan"),
    ],
)
def test_what_no_reader_could_use_is_refused(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        a_comparison(**changes)

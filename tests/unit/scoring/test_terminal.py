"""Recorded text is shown as written and steers no terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.terminal import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/bold]", "plain [bold]text[/bold]"),
        ("two\nlines", "two\nlines"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\u202eb", "a\\u202eb"),
        ("👩\u200d🚀 שלום é", "👩\u200d🚀 שלום é"),
        ("\u200d\u200dx \u200dy\u200d", "\\u200d\\u200dx \\u200dy\\u200d"),
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_nothing_below_space_but_newlines_comes_through(text: str) -> None:
    assert all(character == "\n" or (character >= " " and character != "\x7f") for character in printable(text))

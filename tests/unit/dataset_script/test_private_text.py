"""What the search for private texts must let pass: ordinary words about games, and what is nobody's secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_script.private_text import PATTERNS, Pattern, PrivateTextSearch

SEARCH = PrivateTextSearch({})


@pytest.mark.parametrize(
    "text",
    [
        "The menu is open; press A/B, or START/SELECT. Tea and/or honey.",
        "Version 2.8.1, PyBoy 2.8.1; 1.5 hearts; 12/20 HP at 3:45",
        "http://127.0.0.1:8080/step did not answer; nor did http://localhost:8000/v1",
        "see https://huggingface.co/docs/datasets",
        "sha256 " + "0123456789abcdef" * 4,
        "-" * 400,
        "=" * 400,
        "20260102_030405_demo/3",
        "key items, the secret path, password screen, token of thanks",
        "half asleep @ the pond; me@home",
        "skip to the tmp/var shelf",
        "\x1b[1mbold\x1b[0m",
        "The keys: up, down. Task-key fits.",
        '{"screen": "map", "x": 4, "bag": [["sap_drop", 2]]}',
    ],
)
def test_ordinary_texts_pass(text: str) -> None:
    assert list(SEARCH.find(text)) == []


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60), st.integers(0, 60))
def test_an_address_is_found_wherever_it_stands(around: str, place: int) -> None:
    text = f"{around[:place]} ada@example.org {around[place:]}"
    assert any("ada@example.org" in found.excerpt for found in SEARCH.find(text))


@given(st.text(max_size=200))
def test_no_text_breaks_the_search_and_what_is_shown_is_one_plain_line(text: str) -> None:
    for found in SEARCH.find(text):
        assert found.excerpt.isascii() and "\n" not in found.excerpt


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.kind)
@given(data=st.data())
def test_no_match_lacks_the_letters_that_are_looked_for_first(pattern: Pattern, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern.expression))
    assert any(letters in text.casefold() for letters in pattern.has)

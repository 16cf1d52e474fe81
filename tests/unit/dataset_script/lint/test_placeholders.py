"""Where `<image>` is the place of a picture it is counted; everywhere else it, and words like it, are faults."""

from typing import Any

import pytest

from dataset_script.lint.cells import RowCells
from dataset_script.lint.placeholders import PlaceholderRule


def faults(**row: Any) -> list[tuple[str, str]]:
    return [tuple(fault) for fault in PlaceholderRule().faults(RowCells(row))]


def spoken(content: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": content}]


TOOK = "which trainers take for a picture or the like"


def test_in_a_string_the_word_is_the_pictures_place() -> None:
    assert faults(images=[b"1", b"2"], prompt=spoken("<image><image> Go on.")) == []
    assert faults(images=[b"1"], prompt=spoken("<image><image>")) == [("prompt", "2 places for 1 pictures")]
    assert faults(images=[b"1"], prompt=spoken("<image><video>")) == [("prompt", f"a text holds <video>, {TOOK}")]


@pytest.mark.parametrize("word", ["<image>", "<audio>", "[IMG_END]", "<|vision_start|>", "<|image|>", "<img>"])
def test_in_a_list_and_in_rows_without_messages_no_text_holds_such_a_word(word: str) -> None:
    parts = [{"type": "image", "text": None}, {"type": "text", "text": f"as in {word}"}]
    assert faults(images=[b"1"], prompt=spoken(parts)) == [("prompt", f"a text holds {word}, {TOOK}")]
    deep = {"game_state": {"notes": ["none", f"as in {word}"]}}
    assert faults(images=[b"1"], input=deep, instruction="x") == [("input", f"a text holds {word}, {TOOK}")]


def test_rows_that_nobody_is_trained_on_and_other_words_in_brackets_pass() -> None:
    assert faults(screenshot={"bytes": b"1"}, raw_response="<image>") == []
    assert faults(images=[b"1"], input={"goal": "press <START> [A] <|> and a < b > c; <images> [IMAGE]"}) == []

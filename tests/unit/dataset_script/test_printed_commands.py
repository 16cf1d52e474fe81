"""A printed override comes through the shell and Hydra as the value it was made of."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from dataset_script.printed_commands import Value, override

PARSER = OverridesParser.create()
TEXTS = st.one_of(st.text(), st.text(alphabet="'\\\"${}[]=,:; .\nab1", max_size=12)).filter(lambda text: text != "???")


def read(word: str) -> Any:
    """What a configuration holds after a shell has split the word and Hydra has read it."""
    [argument] = shlex.split(word)
    [parsed] = PARSER.parse_overrides([argument])
    held = OmegaConf.create({"value": parsed.value()})
    return dict(OmegaConf.to_container(held, resolve=True))["value"]  # type: ignore[arg-type]


@given(TEXTS)
def test_any_text_stays_that_text(text: str) -> None:
    value = read(override("runs", text))
    assert value == text and type(value) is str


@given(st.lists(TEXTS, max_size=4))
def test_any_list_stays_that_list(texts: list[str]) -> None:
    assert read(override("exclude_policies", texts)) == texts


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False)))
def test_any_number_stays_to_its_last_digit(value: Value) -> None:
    assert read(override("min_score", value)) == value


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (Path("runs/my-runs_2"), "key=runs/my-runs_2"),
        (Path("../runs"), "key=../runs"),
        ("null", "'key='\"'\"'null'\"'\"''"),
        (["sft", "heldout"], "'key=[sft,heldout]'"),
        (5.5000001, "key=5.5000001"),
        (True, "key=true"),
        (None, "key=null"),
    ],
)
def test_plain_values_stay_readable(value: Value, word: str) -> None:
    assert override("key", value) == word

"""Our front of the command line: every flag of the specification, any text, and nothing secret."""

from __future__ import annotations

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from collector.errors import InputError
from collector.flags import USAGE, quoted, translate

PARSER = OverridesParser.create()


def read(override: str) -> str:
    """The text that a configuration holds after the override: through Hydra's grammar, then OmegaConf's."""
    [parsed] = PARSER.parse_overrides([override])
    value: str = OmegaConf.create({"value": parsed.value()}).value
    return value


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", []),
        ("--steps=15", ["budget.max_steps=15"]),
        ("--steps 15", ["budget.max_steps=15"]),
        ("-m --steps=8,15", ["-m", "budget.max_steps=8,15"]),
        ("--save-training-data", ["recording.training_data=true"]),
        ("--collect-screenshots", ["recording.screenshots=true"]),
        ("--training-session=gym-battle-001", ["session.name='gym-battle-001'"]),
        ("--training-session gym-battle-001", ["session.name='gym-battle-001'"]),
        ("--training-mode", ["taskset=all"]),
        ("--training-mode taskset=smoke", ["taskset=smoke"]),
        ("--training-mode --task-file=tasks.yaml", ["task_file='tasks.yaml'"]),
        ("--task-file 'my tasks.yaml'", ["task_file='my tasks.yaml'"]),
        ("--max-sessions=100", ["max_sessions=100"]),
        ("'check healing items in bag'", ["instruction='check healing items in bag'"]),
        ("task=heal_party agent=random", ["task=heal_party", "agent=random"]),
        ("+new.key=1 ~old=1 ++forced=2", ["+new.key=1", "~old=1", "++forced=2"]),
        ("-m 'task=glob(*)'", ["-m", "task=glob(*)"]),
        ("--multirun seed=1,2", ["--multirun", "seed=1,2"]),
        ("--cfg job --resolve", ["--cfg", "job", "--resolve"]),
        ("-c job", ["-c", "job"]),
        ("--config-dir=mine", ["--config-dir=mine"]),
        ("--config-dir mine", ["--config-dir", "mine"]),
        ("--info", ["--info"]),
    ],
)
def test_each_flag_becomes_an_override(command: str, expected: list[str]) -> None:
    assert translate(shlex.split(command)) == expected


@pytest.mark.parametrize(
    "command",
    [
        "'check healing items in bag' --steps=15 --save-training-data",
        "'battle gym leader' --steps=50 --training-session gym-battle-001 --collect-screenshots",
        "--training-mode --task-file tasks.yaml --max-sessions=100",
    ],
)
def test_the_specifications_commands_are_overrides_that_hydra_reads(command: str) -> None:
    overrides = PARSER.parse_overrides(translate(shlex.split(command)))
    assert all(override.key_or_group for override in overrides)


@given(st.text().filter(lambda text: text != "???"))  # OmegaConf's mark for a value that is to be given
def test_any_text_stays_the_same_string_through_hydras_grammar(text: str) -> None:
    assert read(f"instruction={quoted(text)}") == text


@given(st.text(alphabet="'\\\"${}=,: \n", max_size=12))
def test_quotes_and_backslashes_stay_too(text: str) -> None:
    assert read(f"instruction={quoted(text)}") == text


@pytest.mark.parametrize(
    "text", ["it's 5", "a = b", "${seed}", "[1, 2]", "null", "true", "007", 'say: "hi"', "ends in \\"]
)
def test_what_looks_like_a_value_is_still_text(text: str) -> None:
    [override] = translate([text])
    assert override.startswith("instruction=")
    assert read(override) == text


@pytest.mark.parametrize("argument", ["--step=3", "--training", "-x", "--collect_screenshots", "--save"])
def test_an_unknown_flag_names_the_known_ones(argument: str) -> None:
    with pytest.raises(InputError) as caught:
        translate([argument])
    assert str(caught.value).startswith(argument.partition("=")[0])
    for known in ("--steps", "--save-training-data", "--training-session", "--task-file", "--max-sessions"):
        assert known in str(caught.value)


@pytest.mark.parametrize("flag", ["--steps", "--training-session", "--task-file", "--max-sessions", "--config-dir"])
def test_a_flag_without_its_value_says_so(flag: str) -> None:
    with pytest.raises(InputError, match=f"{flag} needs a value"):
        translate(["task=heal_party", flag])


@pytest.mark.parametrize("argument", ["--steps=many", "--steps=-3", "--steps=1.5", "--steps=", "--max-sessions=all"])
def test_a_number_is_a_number(argument: str) -> None:
    with pytest.raises(InputError, match="give a whole number"):
        translate([argument])


def test_two_texts_are_one_too_many() -> None:
    with pytest.raises(InputError, match=r"got 3 texts \('check', 'my', 'bag'\)"):
        translate(["check", "my", "bag"])


@pytest.mark.parametrize(
    "override",
    [
        "agent.api_key=abc123",
        "+agent.api_key=abc123",
        "++agent.apikey=abc123",
        "agent.token=abc123",
        "HF_TOKEN=abc123",
        "+OPENAI_API_KEY=abc123",
        "agent.client_secret=abc123",
        "emulator.password=abc123",
    ],
)
def test_a_key_is_refused_and_not_repeated(override: str) -> None:
    with pytest.raises(InputError, match="set them in the environment") as caught:
        translate([override])
    assert "abc123" not in str(caught.value)


@pytest.mark.parametrize("override", ["agent.max_tokens=5", "task.goal=key", "agent.tokens=3"])
def test_what_only_sounds_like_a_key_passes(override: str) -> None:
    assert translate([override]) == [override]


def test_the_help_names_every_flag_of_the_specification() -> None:
    for flag in (
        "steps",
        "save-training-data",
        "training-session",
        "collect-screenshots",
        "training-mode",
        "task-file",
    ):
        assert f"--{flag}" in USAGE

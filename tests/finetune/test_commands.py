from __future__ import annotations

from pathlib import Path

import pytest
from loop.commands import run, run_all
from loop.playing import majority_button, players_without_model
from sweep import OWN, grid, text_of

from collector.agents.random_buttons import RandomAgent
from collector.errors import ConfigError, WorkError


def test_a_command_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match=r"ended with 3; .*failing\.log ends:\nout of luck"):
        run(["-c", "print('out of luck'); raise SystemExit(3)"], tmp_path / "logs" / "failing.log")


def test_an_exit_code_that_was_foreseen_is_no_failure(tmp_path: Path) -> None:
    assert run(["-c", "print('well'); raise SystemExit(1)"], tmp_path / "log", ends_well=(0, 1)) == "well\n"


def test_of_several_commands_each_is_run_and_a_failure_is_told(tmp_path: Path) -> None:
    commands = [(["-c", f"raise SystemExit({number == 1})"], tmp_path / f"{number}.log") for number in range(3)]
    with pytest.raises(WorkError, match="ended with 1"):
        run_all(commands, at_once=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.log", "1.log", "2.log"]


def test_the_majority_is_the_button_most_rows_teach() -> None:
    majority = majority_button({"action": ["press_a", "press_b", "press_a", "wait"]})
    assert majority == "press_a"
    choice = next(one for one in players_without_model(majority)["majority button"] if "choice" in one)
    assert RandomAgent(choice.removeprefix("agent.choice=")).model_used == "random: press_a"


def test_a_grid_is_every_combination_in_the_order_of_the_arguments() -> None:
    own, settings = grid(["-m", "obs=image,image+memory", "seed=0,1", "min_score=6"])
    assert own == {**OWN, "seed": "0,1"}
    assert settings == [{"obs": "image", "min_score": "6"}, {"obs": "image+memory", "min_score": "6"}]


def test_an_argument_without_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="'obs': expected key=value"):
        grid(["-m", "obs"])


def test_a_sweep_s_table_has_a_line_for_each_setting() -> None:
    rate = {"reached": 3, "sessions": 4, "share": 0.75}
    ahead = {"difference": -0.25, "interval": [-0.5, 0.0]}
    lines = text_of(
        [
            {"settings": {"obs": "image"}, "rate": rate, "ahead_of_the_first": None},
            {"settings": {"obs": "image+memory"}, "rate": rate, "ahead_of_the_first": ahead},
        ]
    ).splitlines()
    assert lines[0].split() == ["obs=image", "3", "of", "4", "0.75"]
    assert lines[1].endswith("0.75  -0.25 (-0.50 to +0.00)")

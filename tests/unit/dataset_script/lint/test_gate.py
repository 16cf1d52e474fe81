"""Each fault of tests/leaks.py, planted in a session that was really played, ends the build and is named."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from collector.recording import record_session
from collector.run_directory import SessionDirectory
from dataset_script.lint.scrambled import OUTPUTS
from dataset_script.lint.violations import SHOWN, LintError
from scoring.annotations import append_annotation
from tests.leaks import PLANTS, Plant
from tests.planting import rewrite
from tests.playing import a_job
from tests.rated_runs import a_rating, built

STEP = 2


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("gate") / "runs"
    directory, session = record_session(a_job(runs, "use_sap_drop"))
    append_annotation(directory.annotations, a_rating(session.session_id, 9))
    assert session.total_steps > STEP
    return runs


@pytest.fixture
def runs(played: Path, tmp_path: Path) -> Path:
    return shutil.copytree(played, tmp_path / "runs")


def session_of(runs: Path) -> SessionDirectory:
    [path] = runs.glob("session_*")
    return SessionDirectory(path)


def lines_of(report: str, rule: str) -> list[str]:
    """The lines of a report under one rule."""
    lines: list[str] = []
    inside = False
    for line in report.splitlines():
        inside = line.startswith(f"{rule}: ") or (inside and line.startswith("  "))
        lines += [line] if inside else []
    return lines


@pytest.mark.parametrize("overrides", [(), ("obs=image+memory", "history=3", "image_scale=2")], ids=["plain", "full"])
def test_what_was_played_passes(runs: Path, tmp_path: Path, overrides: tuple[str, ...]) -> None:
    built(runs, tmp_path / "out", *overrides)


BY_RULE_ALONE = {f"{column} in the prompt" for column in OUTPUTS} - {"action in the prompt", "report in the prompt"}
"""Faults that test_rendering.py plants, and benchmarks/gate.py in a build, as all others."""


@pytest.mark.parametrize(
    "plant",
    [plant for plant in PLANTS if plant.name not in BY_RULE_ALONE],
    ids=lambda plant: f"{plant.rule}: {plant.name}",
)
def test_a_planted_fault_ends_the_build_and_is_named(runs: Path, tmp_path: Path, plant: Plant) -> None:
    directory = session_of(runs)
    with plant.at(directory, STEP), pytest.raises(LintError) as raised:
        built(runs, tmp_path / "out", *plant.overrides)
    where = f"  session {directory.session_id}, step {STEP}, column {plant.column}: "
    assert any(line.startswith(where) for line in lines_of(str(raised.value), plant.rule)), str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_at_the_first_step_no_action_can_have_come_before(runs: Path, tmp_path: Path) -> None:
    [plant] = [plant for plant in PLANTS if plant.name == "the action among the last actions"]
    with plant.at(session_of(runs), 1), pytest.raises(LintError, match="1 of them, though 0 came before the step"):
        built(runs, tmp_path / "out", *plant.overrides)


def test_every_rule_has_its_plants() -> None:
    from dataset_script.lint.gate import RULES

    assert {plant.rule for plant in PLANTS} == {rule.name for rule in RULES}


def test_all_violations_are_counted_and_the_first_are_shown(runs: Path, tmp_path: Path) -> None:
    directory, steps = session_of(runs), 0

    def spoil(rows: list[dict[str, Any]]) -> None:
        nonlocal steps
        steps = len(rows)
        for row in rows:
            row["reasoning"] = f"Bell {row['step']} rings loudly."
            row["goal"] += f" {row['reasoning']} Mail ada@example.org"

    rewrite(directory, spoil)
    with pytest.raises(LintError) as raised:
        built(runs, tmp_path / "out", "export=[sft]")
    report = str(raised.value)
    for rule in ("wording", "private text"):
        head, *shown = lines_of(report, rule)
        assert head.startswith(f"{rule}: {steps}; ")
        assert len(shown) == SHOWN + 1 and shown[-1] == f"  and {steps - SHOWN} more"


def test_off_is_loud_lets_pass_and_stands_on_the_card(runs: Path, tmp_path: Path) -> None:
    [plant] = [plant for plant in PLANTS if plant.name == "the action among the last actions"]
    with plant.at(session_of(runs), STEP):
        told = built(runs, tmp_path / "out", "export=[sft]", "lint=off")
    assert any(line.startswith("WARNING: lint=off") for line in told)
    assert "**The gate was switched off for this build" in (tmp_path / "out" / "README.md").read_text()


def test_texts_that_anybody_may_read_can_be_let_pass(runs: Path, tmp_path: Path) -> None:
    [plant] = [plant for plant in PLANTS if plant.name == "an e-mail address in the notes"]
    with plant.at(session_of(runs), STEP):
        built(runs, tmp_path / "out", "export=[sft]", "push.allow=[ada@example.org]")


HONEST = (
    "Option A:\nopen the menu.\nOption B:\nup",
    "The sign tells a secret: Somewhere north lies honey",
    "Nell's password = friendship; the emulator is version 1.10.2.1, see https://example.org:8080",
    "press_up press_down press_left press_right " * 20,
)


@pytest.mark.parametrize("text", HONEST, ids=["options", "secret", "version", "buttons"])
def test_words_about_games_pass(runs: Path, tmp_path: Path, text: str) -> None:
    def say(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["reasoning"], row["raw_response"] = text, json.dumps({"reasoning": text, "quoted": json.dumps([text])})

    rewrite(session_of(runs), say)
    built(runs, tmp_path / "out")


def test_a_screen_that_the_step_before_did_not_leave_is_found_where_it_is_shown_later(
    runs: Path, tmp_path: Path
) -> None:
    [plant] = [plant for plant in PLANTS if plant.name == "screen and hash after the press"]
    with plant.at(session_of(runs), STEP), pytest.raises(LintError) as raised:
        built(runs, tmp_path / "out", "export=[sft]", "history=2")
    shown = [line.partition(", step ")[2][:1] for line in lines_of(str(raised.value), "sources")[1:]]
    assert shown == [str(STEP), str(STEP + 1)]


def test_a_torn_screen_that_is_not_shown_is_no_crash_at_a_later_step(runs: Path, tmp_path: Path) -> None:
    [torn] = [plant for plant in PLANTS if plant.name == "a torn screen"]
    [elsewhere] = [plant for plant in PLANTS if plant.name == "a screen from elsewhere"]
    with torn.at(session_of(runs), 1), elsewhere.at(session_of(runs), 3), pytest.raises(LintError) as raised:
        built(runs, tmp_path / "out", "export=[sft]", "image_scale=2")
    assert ", step 1, " in lines_of(str(raised.value), "pictures")[1]
    assert ", step 3, " in lines_of(str(raised.value), "sources")[1]

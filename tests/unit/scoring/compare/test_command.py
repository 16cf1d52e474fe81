import json
from pathlib import Path

import pytest

from scoring.annotations import append_annotation
from scoring.cli import main
from tests.rated_runs import a_rating
from tests.records import a_session, write_session

PLAYERS = ("expert", "random")


def play(runs: Path, player: str, worlds: int, **changes: object) -> None:
    """Sessions of a player in the first worlds: the expert reaches the goal, the other in every third world."""
    for world in range(worlds):
        reached = player == "expert" or world % 3 == 0
        outcome = {"status": "completed" if reached else "truncated", "task_completed": reached}
        session = a_session(
            session_id=f"{player}-{world}",
            policy=player,
            model_used=f"{player}-1",
            world_seed=world,
            start_id=f"w{world:04d}",
            total_steps=3 if reached else 15,
            **outcome | changes,
        )
        directory = write_session(runs, session, steps=())
        append_annotation(directory.annotations, a_rating(session.session_id, 9))


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    for player in PLAYERS:
        play(tmp_path / player, player, 12)
    return tmp_path / "expert", tmp_path / "random"


def test_two_run_trees_as_json(trees: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *map(str, trees), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pairing"]["a"] == {"name": str(trees[0]), "sessions": 12, "left_out": {}}
    assert len(found["pairing"]["pairs"]) == 12
    completion = found["overall"][0]
    assert (completion["measure"], completion["a"], completion["b"]) == ("completion", 1.0, pytest.approx(1 / 3))
    assert completion["interval"]["low"] > 0
    assert completion["table"]["counts"] == {"both": 4, "only_first": 8, "only_second": 0, "neither": 0}
    assert set(found["by_task"]) == {"check_bag"}


def test_two_players_of_one_tree_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for player, worlds in zip(PLAYERS, (12, 14), strict=True):
        play(tmp_path / "runs", player, worlds)
    assert main(["compare", "expert-1", "random-1", "--by", "model", "--runs", str(tmp_path / "runs")]) == 0
    told = capsys.readouterr().out
    assert "B  random-1: 14 sessions; 2 left out (task and start that the other side did not play)" in told
    assert "12 pairs of the same task and start, from 12 different starts" in told
    assert "completion: A is higher, beyond what the choice of starts explains" in told
    assert "steps: A is fewer, beyond what the choice of starts explains" in told
    assert "4 both, 8 A alone, 0 B alone, 0 neither" in told
    assert "all starts differ alike" in told


@pytest.mark.parametrize(("name", "begins"), [("plot.svg", b"<?xml"), ("plot.png", b"\x89PNG")])
def test_the_plot_is_the_same_each_time(trees: tuple[Path, Path], tmp_path: Path, name: str, begins: bytes) -> None:
    pictures = []
    for _ in range(2):
        assert main(["compare", *map(str, trees), "--plot", str(tmp_path / name)]) == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(begins)
    if name.endswith("svg"):
        assert b"check_bag (12)" in pictures[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plot", "x.pdf"], r"ends in .svg or .png"),
        (["--plot", "nowhere/x.svg"], "there is no folder nowhere"),
        (["--level", "95"], "level=95.0: expected a share"),
    ],
)
def test_what_can_not_be_is_refused(
    trees: tuple[Path, Path], arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *map(str, trees), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nothing_to_pair_is_a_failure_that_is_said(
    trees: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(tmp_path / "elsewhere", "random", 3, task_id="another")
    assert main(["compare", str(trees[0]), str(tmp_path / "elsewhere")]) == 1
    assert "0 pairs of the same task and start" in capsys.readouterr().out

"""A thin dataset played again: the run tree that comes of it is the one it was built from, or says why not."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collector.agents.catalogue import AGENTS
from collector.agents.human import HumanAgent
from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.run_directory import find_sessions
from dataset_script.rematerialize import main
from scoring.annotations import append_annotation
from tests.fakes.typed_screen import TypedScreen
from tests.playing import a_job, environment
from tests.rated_runs import a_rating, built, write_runs


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Real sessions of an expert, of random buttons, and of a person who took two steps back, built thin and full."""
    base = tmp_path_factory.mktemp("thin")
    with pytest.MonkeyPatch.context() as patch:
        screen = TypedScreen(["enter", "down", "u", "u", "enter", "b"])
        patch.setitem(AGENTS, "human", lambda settings, shared: HumanAgent(lambda: screen))
        record_session(a_job(base / "runs", "open_close_menu", agent=AgentSettings(kind="human")))
    record_session(a_job(base / "runs", "check_healing_items"))
    record_session(a_job(base / "runs", "read_sign", agent=AgentSettings(kind="random"), max_steps=12))
    for directory in find_sessions(base / "runs"):
        append_annotation(directory.annotations, a_rating(directory.session_id, 9))
    built(base / "runs", base / "thin", "images=thin", "split_by=session")
    built(base / "runs", base / "full", "split_by=session")
    yield base


def shards_of(runs: Path) -> dict[str, bytes]:
    return {directory.session_id: directory.shard.read_bytes() for directory in find_sessions(runs)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def copy_with(base: Path, target: Path, config: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """The thin dataset with the rows of a config changed."""
    for name, content in contents(base / "thin").items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    for path in (target / config).glob("*.parquet"):
        table = pq.read_table(path)
        rows = table.to_pylist()
        for row in rows:
            change(row)
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    return target


def test_a_thin_dataset_holds_neither_pictures_nor_what_was_read_from_the_game(base: Path) -> None:
    assert {path.name for path in (base / "thin").iterdir() if path.is_dir()} == {
        *("thin", "recipes", "sessions", "scores"),
    }
    columns = {column for path in (base / "thin").rglob("*.parquet") for column in pq.read_schema(path).names}
    assert not columns & {"screenshot", "screenshot_after", "images", "state", "memory_context"}
    assert {"action", "frame_hash", "frame_hash_after", "memory_hash", "row_hash", "recipe"} <= columns
    assert not any(b"\x89PNG" in content for name, content in contents(base / "thin").items())


def test_the_shards_come_back_to_the_byte_and_so_does_the_full_dataset(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(base / "thin"), "--output", str(tmp_path / "again")]) == 0
    assert "3 sessions, " in (told := capsys.readouterr().out) and "every digest is right" in told
    assert shards_of(tmp_path / "again") == shards_of(base / "runs")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "splits.json").write_bytes((base / "thin" / "splits.json").read_bytes())
    built(tmp_path / "again", tmp_path / "full", "split_by=session")
    assert contents(tmp_path / "full") == contents(base / "full")


def test_what_is_there_already_is_not_played_again(base: Path, tmp_path: Path) -> None:
    runs = tmp_path / "again"
    assert main([str(base / "thin"), "--output", str(runs)]) == 0
    before = {directory.session_id: directory.shard.stat().st_mtime_ns for directory in find_sessions(runs)}
    assert main([str(base / "thin"), "--output", str(runs)]) == 0
    assert before == {directory.session_id: directory.shard.stat().st_mtime_ns for directory in find_sessions(runs)}


def other_action(row: dict[str, Any]) -> None:
    if row["task_id"] == "check_healing_items" and row["step"] == 2:
        row["action"] = "press_b"


def other_words(row: dict[str, Any]) -> None:
    if row["task_id"] == "check_healing_items" and row["step"] == 2:
        row["reasoning"] += " Really."


@pytest.mark.parametrize(("change", "column"), [(other_action, "frame_hash_after"), (other_words, "row_hash")])
def test_a_row_that_is_not_as_it_was_recorded_leaves_its_session_out(
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], None],
    column: str,
) -> None:
    thin = copy_with(base, tmp_path / "thin", "thin", change)
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 1
    assert f"left out: step 2: {column} is " in capsys.readouterr().out
    there = shards_of(tmp_path / "again")
    assert there.items() < shards_of(base / "runs").items() and len(there) == 2
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == sorted(f"session_{name}" for name in there)


def from_a_state(row: dict[str, Any]) -> None:
    row["from_power_on"] = False


def from_nowhere(row: dict[str, Any]) -> None:
    row["recipe"] = None


def on_another_rom(row: dict[str, Any]) -> None:
    row["rom_sha256"] = "f" * 64


@pytest.mark.parametrize(
    ("config", "change", "message"),
    [
        ("recipes", from_a_state, "it began at a captured state, which a thin dataset does not hold"),
        ("recipes", from_nowhere, "nothing says how it began"),
        ("sessions", on_another_rom, "it needs the ROM with sha256 ffffffffffff...: --rom PATH"),
    ],
)
def test_what_can_not_be_played_is_named(
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    config: str,
    change: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    thin = copy_with(base, tmp_path / "thin", config, change)
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 1
    told = capsys.readouterr().out
    assert told.count(message) == 3 and "every digest" not in told


def test_a_dataset_with_pictures_is_no_thin_one(base: Path) -> None:
    command = [sys.executable, "-m", "dataset_script.rematerialize", str(base / "full")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no config thin, recipes; a thin dataset is built by python -m dataset_script images=thin" in done.stderr


def test_the_recipe_of_a_session_from_a_captured_state_says_so(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", 3)
    for number, directory in enumerate(find_sessions(tmp_path / "runs")):
        directory.start.parent.mkdir()
        start = {"start_id": "s", "state": "mine" if number else None}
        directory.start.write_text(json.dumps({"start": start, "timing": {}}))
    built(tmp_path / "runs", tmp_path / "thin", "images=thin")
    rows = [row for path in (tmp_path / "thin" / "recipes").iterdir() for row in pq.read_table(path).to_pylist()]
    assert [row["from_power_on"] for row in sorted(rows, key=lambda row: row["session_id"])] == [True, False, False]

"""A thin dataset played again: the run tree that comes of it is the one it was built from, or says why not."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.agents.catalogue import AGENTS
from collector.agents.human import HumanAgent
from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import read_rows
from dataset_script.rematerialize import main
from scoring.annotations import append_annotation
from tests.fakes.typed_screen import TypedScreen
from tests.playing import a_job, environment
from tests.rated_runs import a_rating, built, write_runs
from tests.thin_sets import Row, contents, copy_with, copy_with_rows


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


def other_action(row: Row) -> None:
    if row["task_id"] == "check_healing_items" and row["step"] >= 2:
        row["action"] = "press_b" if row["step"] == 2 else row["action"]
        row["previous_actions"][1:2] = ["press_b"] if row["step"] > 2 else []


def other_words(row: Row) -> None:
    if row["task_id"] == "check_healing_items" and row["step"] == 2:
        row["reasoning"] += " Really."


@pytest.mark.parametrize(("change", "column"), [(other_action, "frame_hash_after"), (other_words, "row_hash")])
def test_a_row_that_is_not_as_it_was_recorded_leaves_its_session_out(
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Row], None],
    column: str,
) -> None:
    thin = copy_with(base, tmp_path / "thin", "thin", change)
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 1
    assert f"left out: step 2: {column} is " in capsys.readouterr().out
    there = shards_of(tmp_path / "again")
    assert there.items() < shards_of(base / "runs").items() and len(there) == 2
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == sorted(f"session_{name}" for name in there)


def from_a_state(row: Row) -> None:
    row["from_power_on"] = False


def from_nowhere(row: Row) -> None:
    row["recipe"] = None


def on_another_rom(row: Row) -> None:
    if "rom_sha256" in row:
        row["rom_sha256"] = "f" * 64


@pytest.mark.parametrize(
    ("config", "change", "message"),
    [
        ("recipes", from_a_state, "it began at a captured state, which a thin dataset does not hold"),
        ("recipes", from_nowhere, "nothing says how it began"),
        ("[st]*", on_another_rom, "it needs the ROM with sha256 ffffffffffff...: --rom PATH"),
    ],
)
def test_what_can_not_be_played_is_named(
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    config: str,
    change: Callable[[Row], None],
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


def without_the_last(rows: list[Row]) -> list[Row]:
    return rows[:-1]


def without_the_first(rows: list[Row]) -> list[Row]:
    return rows[1:]


def without_the_second(rows: list[Row]) -> list[Row]:
    return [rows[0], *rows[2:]]


def swapped(rows: list[Row]) -> list[Row]:
    return [rows[1], rows[0], *rows[2:]]


def gone(rows: list[Row]) -> list[Row]:
    return []


def twice(rows: list[Row]) -> list[Row]:
    return rows * 2


def each(**changes: Any) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [{**row, **changes} for row in rows]


def second(**changes: Any) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [{**row, **(changes if row["step"] == 2 else {})} for row in rows]


@pytest.mark.parametrize(
    ("config", "change", "message"),
    [
        ("thin", without_the_last, r"sessions counts (\d+) steps .*, and what should be step \1 is missing"),
        ("thin", without_the_first, r"thin has \d+, and what should be step 1 is 2;"),
        ("thin", without_the_second, r"and what should be step 2 is 3;"),
        ("thin", swapped, r"and what should be step 1 is 2;"),
        ("thin", gone, r"thin has 0, and what should be step 1 is missing;"),
        ("thin", second(parent_step=99), r"step 2 is not sound: parent_step: expected 0 to 1, seen 99"),
        ("thin", second(frames_elapsed=None), r"its row in thin is no ThinStep .*frames_elapsed is None"),
        ("sessions", gone, r"sessions has 0 rows of it, expected one"),
        ("sessions", twice, r"sessions has 2 rows of it, expected one"),
        ("sessions", each(total_steps=999, status="gave_up"), r"sessions counts 999 steps of it"),
        ("sessions", each(status="gave_up"), r"it is not sound: final_result.completion_status"),
        ("sessions", each(task_completed=False), r"it is not sound: task_completed: expected True for completed"),
        ("sessions", each(status="asleep"), r"the status 'asleep', expected one of running"),
        ("recipes", gone, r"recipes has 0 rows of it, expected one"),
        ("recipes", each(recipe="{"), r"start\.json: not JSON"),
        ("*", each(session_id="../../escaped"), r"its name is none that the collector gives"),
    ],
)
def test_what_is_not_whole_is_left_out_by_itself(
    base: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    config: str,
    change: Callable[[list[Row]], list[Row]],
    message: str,
) -> None:
    def of_the_healing(rows: list[Row]) -> list[Row]:
        of_it = [row for row in rows if row["session_id"] == healing.session_id]
        return [row for row in rows if row not in of_it] + (change(of_it) if of_it else [])

    [healing] = [one for one in find_sessions(base / "runs") if one.read_session().task_id == "check_healing_items"]
    thin, runs = copy_with_rows(base, tmp_path / "thin", config, of_the_healing), tmp_path / "deep" / "again"
    shutil.copytree(base / "runs", runs, ignore=shutil.ignore_patterns(healing.path.name))  # what is there is kept
    assert main([str(thin), "--output", str(runs)]) == 1
    told = capsys.readouterr().out
    assert re.search(f"left out: .*{message}", told) and told.count("left out") == 1 and "2 sessions, " in told
    assert len(list(runs.iterdir())) == 2 and {path.name for path in tmp_path.iterdir()} == {"thin", "deep"}


def test_rows_that_are_missing_everywhere_leave_nothing_that_is_right(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thin = copy_with_rows(base, tmp_path / "thin", "thin", lambda rows: [row for row in rows if row["step"] <= 2])
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 1
    told = capsys.readouterr().out
    assert told.count("and what should be step 3 is missing") == 3 and "every digest" not in told


def test_a_recipe_that_leaves_another_session_than_the_rows_do_is_not_right(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing was pressed on the way, so every digest is right."""

    def branched(rows: list[Row]) -> list[Row]:
        [first, *_] = read_rows(SessionDirectory(base / "runs" / f"session_{rows[0]['session_id']}").shard)
        way = {"session_id": "20260101_000000_other", "step": 1, "way": [], "first_action": None}
        branch = way | {name: first[name] for name in ("frame_hash", "memory_hash")}
        return [{**row, "recipe": json.dumps({**json.loads(row["recipe"]), "branch": branch})} for row in rows]

    thin = copy_with_rows(base, tmp_path / "thin", "recipes", branched)
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 1
    message = "left out: parent_session_id: expected 20260101_000000_other, seen None"
    assert capsys.readouterr().out.count(message) == 3


def test_a_file_that_is_no_parquet_is_named(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thin = copy_with(base, tmp_path / "thin", "none", other_words)
    [damaged, *_] = sorted((thin / "thin").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:100])
    assert main([str(thin), "--output", str(tmp_path / "again")]) == 2
    assert f"{damaged}: can't be read as Parquet" in capsys.readouterr().err


def test_the_command_that_is_told_builds_the_full_dataset_wherever_it_stands(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "it's {mine}, $HOME; = yours"
    thin = copy_with(base, folder / "thin set", "none", other_words)
    assert main([str(thin), "--output", str(folder / "runs again")]) == 0
    [command] = re.findall(r"with the same splits: (.+)$", capsys.readouterr().out, re.MULTILINE)
    command = command.replace("python -m", f"{shlex.quote(sys.executable)} -m")
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "FULL") == contents(base / "full")

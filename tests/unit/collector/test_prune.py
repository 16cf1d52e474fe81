"""What goes and what stays when disk space is given back."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.errors import InputError
from collector.prune.__main__ import main, parse_age, parse_size
from collector.prune.selection import Conditions, plan, read_stored
from collector.records import Start, Status, Step, Timing
from collector.run_directory import SessionDirectory, create_session_directory
from collector.safe_files import bytes_on_disk
from collector.shards import ShardWriter
from tests.records import a_session, write_session


def stored(runs: Path, day: int, name: str, **changes: Any) -> SessionDirectory:
    """A session begun on that day of January 2026."""
    return write_session(runs, a_session(session_id=f"202601{day:02d}_000000_{name}", **changes))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    stored(runs, 1, "best", final_score=9.0)
    stored(runs, 2, "worst", final_score=2.0)
    stored(runs, 3, "worst_too", final_score=2.0)
    stored(runs, 4, "unrated")
    stored(runs, 5, "failed", status=str(Status.FAILED), task_completed=None)
    stored(runs, 6, "interrupted", status=str(Status.INTERRUPTED), task_completed=None)
    return runs


def left(runs: Path) -> list[str]:
    return sorted(path.name.split("_", 3)[3] for path in runs.glob("session_*"))


ALL = ["best", "failed", "interrupted", "unrated", "worst", "worst_too"]


@pytest.mark.parametrize(
    ("flags", "gone"),
    [
        (["--status", "failed,interrupted"], {"failed", "interrupted"}),
        (["--status", "failed"], {"failed"}),
        (["--max-score", "3"], {"worst", "worst_too"}),
        (["--max-score", "9"], {"worst", "worst_too", "best"}),
        (["--older-than", "1d"], set(ALL)),
        (["--older-than", "5200w"], set()),
        (["--max-score", "3", "--status", "failed"], set()),
        (["--keep-size", "1GB"], set()),
        (["--keep-size", "0kB"], set(ALL)),
    ],
)
def test_sessions_that_meet_every_condition_go(
    runs: Path, capsys: pytest.CaptureFixture[str], flags: list[str], gone: set[str]
) -> None:
    assert main([str(runs), *flags]) == 0
    dry = capsys.readouterr().out
    assert left(runs) == ALL
    assert dry.count("would remove") == len(gone)
    assert "remove with --yes" in dry
    assert main([str(runs), *flags, "--yes"]) == 0
    assert left(runs) == sorted(set(ALL) - gone)
    assert capsys.readouterr().out.count("removed ") == len(gone)
    assert not list(runs.glob(".pruned-*"))


def test_age_is_counted_from_the_sessions_name(runs: Path) -> None:
    now = datetime(2026, 1, 10, tzinfo=UTC)
    chosen = plan(read_stored(runs, now), Conditions(older_than=timedelta(days=7.5)), now)
    assert [removal.session.directory.session_id[16:] for removal in chosen] == ["worst", "best"]


def test_the_least_worth_goes_first(runs: Path) -> None:
    now = datetime(2026, 2, 1, tzinfo=UTC)
    chosen = plan(read_stored(runs, now), Conditions(keep_bytes=0), now)
    names = [removal.session.directory.session_id[16:] for removal in chosen]
    assert names == ["failed", "interrupted", "worst", "worst_too", "best", "unrated"]


def test_only_as_much_goes_as_is_needed(runs: Path) -> None:
    sizes = {path.name[24:]: bytes_on_disk(path) for path in runs.glob("session_*")}
    keep = sum(sizes.values()) - sizes["failed"] - 1
    assert main([str(runs), "--keep-size", f"{keep / 1000}kB", "--yes"]) == 0
    assert left(runs) == ["best", "unrated", "worst", "worst_too"]


def test_checkpoints_go_before_sessions_and_how_it_began_stays(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [best] = [SessionDirectory(path) for path in runs.glob("session_*_best")]
    best.write_start(Start(start_id="mine", presses=("press_a",)), Timing())
    folder = best.start.parent
    for name in ("step_0010.state", "step_0020.state", "mine.state"):
        (folder / name).write_bytes(b"x" * 50_000)
    whole = bytes_on_disk(runs)
    flags = [str(runs), "--keep-size", f"{(whole - 60_000) / 1000}kB"]
    assert main(flags) == 0
    assert "would remove 2 checkpoints of 20260101_000000_best" in capsys.readouterr().out
    assert main([*flags, "--yes"]) == 0
    assert left(runs) == ALL
    assert sorted(path.name for path in folder.iterdir()) == ["mine.state", "start.json"]


def test_a_session_being_written_stays(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [failed] = [SessionDirectory(path) for path in runs.glob("session_*_failed")]
    failed.shard.unlink()
    starting = create_session_directory(runs, "starting")
    with ShardWriter(failed.shard, Step):
        assert main([str(runs), "--keep-size", "0kB", "--yes"]) == 0
    told = capsys.readouterr().out
    assert left(runs) == ["failed", "starting"]
    assert f"{failed.session_id}: stays, it is being written" in told
    assert f"{starting.session_id}: stays, it is being written" in told


def test_an_empty_directory_goes_when_it_is_asked_for_and_old_enough(runs: Path) -> None:
    empty = create_session_directory(runs, "bare")
    os.utime(empty.path, (0, 0))
    assert main([str(runs), "--status", "empty", "--yes"]) == 0
    assert left(runs) == ALL


def test_a_session_that_cant_be_read_stays_and_is_named(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [spoilt] = [SessionDirectory(path) for path in runs.glob("session_*_worst")]
    spoilt.metadata.write_text("{")
    assert main([str(runs), "--keep-size", "0kB", "--yes"]) == 0
    assert left(runs) == ["worst"]
    assert f"stays: {spoilt.metadata}: not JSON" in capsys.readouterr().out


def test_what_a_killed_prune_left_is_finished(runs: Path) -> None:
    [failed] = runs.glob("session_*_failed")
    failed.rename(runs / f".pruned-{failed.name}")
    assert main([str(runs), "--status", "interrupted", "--yes"]) == 0
    assert sorted(path.name for path in runs.iterdir() if path.name.startswith(".")) == []


def test_more_than_the_conditions_allow_is_said(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(runs), "--status", "failed", "--keep-size", "0kB"]) == 0
    assert "no other session meets the conditions" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([], "say what may go: --older-than AGE, --status S,S, --max-score N, --keep-size SIZE"),
        (["--yes"], "say what may go"),
        (["--status", "broken"], "--status broken: there are completed, empty, failed"),
        (["--status", "running"], "--status running: there are"),
        (["--older-than", "30"], "--older-than 30: give a number with h, d or w"),
        (["--keep-size", "2"], "--keep-size 2: give a number with kB, MB, GB or TB"),
    ],
)
def test_bad_flags_are_one_line_and_nothing_goes(
    runs: Path, capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    assert main([str(runs), *flags]) == InputError.exit_code
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1
    assert left(runs) == ALL


def test_ages_and_sizes_are_read() -> None:
    assert (parse_age("12h"), parse_age("1.5d"), parse_age("8w")) == (
        timedelta(hours=12),
        timedelta(hours=36),
        timedelta(weeks=8),
    )
    assert (parse_size("1kB"), parse_size("1.5MB"), parse_size("2GB")) == (1000, 1_500_000, 2_000_000_000)

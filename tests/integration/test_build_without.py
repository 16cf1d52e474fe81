"""Builds from runs that lack something: sessions without a verdict, and sessions whose files are damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import load_dataset

from collector.errors import EeveeError, InputError
from collector.records import Status
from collector.run_directory import SessionDirectory
from tests.rated_runs import built, rated_session, write_runs


def sessions_of_steps(output: Path, cache: str) -> list[str]:
    """The session of every step."""
    splits = load_dataset(str(output), "steps", cache_dir=cache)
    return [name for rows in splits.values() for name in rows["session_id"]]


@pytest.fixture
def cache(tmp_path: Path) -> str:
    """A cache of the test's own."""
    return str(tmp_path / "cache")


def test_sessions_without_any_verdict_are_not_sent_round_in_a_circle(tmp_path: Path, cache: str) -> None:
    """A user's own game: `scoring auto` can't rate it, so to be told to run that would lead nowhere."""
    for number in (1, 2, 3):
        rated_session(tmp_path / "runs", number, None, task_completed=None, status=str(Status.TRUNCATED))
    with pytest.raises(InputError, match=r"no session has a verdict .* export=\[steps,sessions\]"):
        built(tmp_path / "runs", tmp_path / "dataset")
    built(tmp_path / "runs", tmp_path / "dataset", "export=[steps,sessions]")
    assert len(sessions_of_steps(tmp_path / "dataset", cache)) == 12


def damage_metadata(directory: SessionDirectory) -> None:
    directory.metadata.write_text('{"session_id": ')


def damage_schema(directory: SessionDirectory) -> None:
    content = bytearray(directory.shard.read_bytes())
    content[40:60] = bytes(20)
    directory.shard.write_bytes(content)


def damage_a_row(directory: SessionDirectory) -> None:
    content = directory.shard.read_bytes()
    assert content.count(b"World 2 shows bar 3") >= 1
    directory.shard.write_bytes(content.replace(b"World 2 shows bar 3", b"World 2 shows bar 7"))


@pytest.mark.parametrize("damage", [damage_metadata, damage_schema, damage_a_row])
def test_a_damaged_session_ends_the_build_with_what_to_do_or_is_left_out(
    tmp_path: Path, cache: str, damage: Callable[[SessionDirectory], None]
) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 3)
    damage(SessionDirectory(runs / "session_20260102_030402_s2"))
    with pytest.raises(EeveeError, match=r"skip_damaged=true, or mv \S+/session_20260102_030402_s2 ELSEWHERE"):
        built(runs, tmp_path / "dataset")
    assert not (tmp_path / "dataset").exists()
    told = built(runs, tmp_path / "dataset", "skip_damaged=true")
    assert any(line.startswith("20260102_030402_s2: left out, it is damaged: ") for line in told)
    assert set(sessions_of_steps(tmp_path / "dataset", cache)) == {"20260102_030401_s1", "20260102_030403_s3"}

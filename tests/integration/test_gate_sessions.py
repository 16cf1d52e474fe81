"""The gate on sessions that were honestly played: no word of alarm, however much a player repeats what it was told."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.retold import retold_context, retold_notes
from collector.run_directory import SessionDirectory
from collector.shards import read_rows
from dataset_script.lint.violations import LintError
from scoring.annotations import append_annotation
from tests.fakes.parrot import parrot
from tests.fakes.providers import provider, settings_for
from tests.planting import Row, rewrite
from tests.playing import a_job
from tests.rated_runs import a_rating, built, rated_session, steps_of
from tests.records import a_session


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> list[SessionDirectory]:
    """Two sessions of a model that repeats everything, the second with the memory of the first."""
    runs, played = tmp_path_factory.mktemp("parrot") / "runs", []
    with provider("openai", parrot) as server:
        agent = settings_for("openai", server, obs="image+memory", memory=True, memory_session="kim", max_actions=3)
        for seed in (1, 2):
            directory, session = record_session(a_job(runs, "use_sap_drop", agent=agent, max_steps=20, seed=seed))
            append_annotation(directory.annotations, a_rating(session.session_id, 9))
            played.append(directory)
    return played


def prompts_and_reasons(output: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((output / "sft").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            yield row["prompt"][-1]["content"][-1]["text"], row["reasoning"]


def test_a_model_that_repeats_all_it_is_told_raises_no_alarm(repeated: list[SessionDirectory], tmp_path: Path) -> None:
    runs = repeated[0].path.parent
    built(runs, tmp_path / "out", "obs=image+memory", "history=2", "max_actions=3")
    quoting = [reason in prompt for prompt, reason in prompts_and_reasons(tmp_path / "out") if len(reason.split()) > 3]
    assert sum(quoting) > len(quoting) / 2 > 5


@pytest.mark.parametrize("lost", ["memory_snapshots", "state"])
def test_without_its_source_a_quoted_fact_is_found(repeated: list[SessionDirectory], tmp_path: Path, lost: str) -> None:
    """What lets the quotations pass is that the facts can be told again, not that they are quotations."""
    runs = Path(shutil.copytree(repeated[0].path.parent, tmp_path / "runs"))
    for path in runs.glob("session_*"):
        if lost == "memory_snapshots":
            shutil.rmtree(path / lost)
        else:
            rewrite(SessionDirectory(path), without_states)
    with pytest.raises(LintError, match=r"wording: \d+; (.|\n)* it quotes the reply's"):
        built(runs, tmp_path / "out", "export=[sft]", "obs=image+memory", "max_actions=3")


def without_states(rows: list[Row]) -> None:
    for row in rows:
        row["state"] = "{}"


def test_facts_are_told_again_as_they_were_recorded(repeated: list[SessionDirectory]) -> None:
    for directory in repeated:
        rows = list(read_rows(directory.shard))
        retold = retold_notes(directory, rows)
        assert all(retold_context(row["game"], row["state"]) == row["memory_context"] != "" for row in rows)
        asked = [row for row in rows if row["reply_index"] == 0]
        assert all(set(row["memory_notes"].splitlines()) <= set(retold[row["step"]].splitlines()) for row in asked)
    assert any(row["memory_notes"] for row in read_rows(repeated[1].shard))
    assert not (repeated[0].path / "memory_snapshots" / "before_session.db-wal").exists()


def test_a_session_without_memory_or_reader_has_nothing_to_tell_again(tmp_path: Path) -> None:
    directory, _ = record_session(a_job(tmp_path, agent=AgentSettings(kind="random"), max_steps=2))
    assert retold_notes(directory, list(read_rows(directory.shard))) == {}
    assert retold_context("some other game", '{"x": 1}') is None
    assert retold_context("thistledown", '{"of": "another version"}') is None


def test_a_step_that_was_taken_back_raises_no_alarm(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=3)
    first, undone, third = steps_of(session)
    again = dataclasses.replace(
        third, parent_step=1, frame=undone.frame, previous_actions=(first.action or "",), screenshot=undone.screenshot,
        frame_hash=undone.frame_hash,
    )  # fmt: skip
    rated_session(tmp_path / "runs", 1, total_steps=3, steps=(first, undone, again))
    built(tmp_path / "runs", tmp_path / "out", "history=3")

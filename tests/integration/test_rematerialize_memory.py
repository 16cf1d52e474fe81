"""A thin dataset of a model with a memory: what it knew comes back, and nothing of it passes by the gate."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from collector.recording import record_session
from collector.run_directory import find_sessions
from collector.shards import read_rows
from dataset_script.lint.violations import LintError
from dataset_script.rematerialize import main
from scoring.annotations import append_annotation
from tests.fakes.parrot import parrot
from tests.fakes.providers import provider, settings_for
from tests.playing import a_job
from tests.rated_runs import a_rating, built
from tests.thin_sets import contents

SEEN: Final = ("obs=image+memory", "history=2", "max_actions=3", "split_by=session")


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions of a model that quotes its notes, the second with the memory of the first."""
    base = tmp_path_factory.mktemp("remembered")
    with provider("openai", parrot) as server:
        agent = settings_for("openai", server, obs="image+memory", memory=True, memory_session="kim", max_actions=3)
        for seed in (1, 2):
            directory, session = record_session(
                a_job(base / "runs", "use_sap_drop", agent=agent, max_steps=20, seed=seed)
            )
            append_annotation(directory.annotations, a_rating(session.session_id, 9))
    return base


def test_what_a_memory_knew_comes_back_so_that_quoted_notes_pass_the_gate(remembered: Path, tmp_path: Path) -> None:
    built(remembered / "runs", tmp_path / "thin", "images=thin", "split_by=session")
    assert main([str(tmp_path / "thin"), "--output", str(tmp_path / "again")]) == 0
    for name, runs in (("one", remembered / "runs"), ("two", tmp_path / "again")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "splits.json").write_bytes((tmp_path / "thin" / "splits.json").read_bytes())
        built(runs, tmp_path / name, *SEEN)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    [_, second] = find_sessions(tmp_path / "again")
    assert any("Noted: " in row["memory_notes"] for row in read_rows(second.shard, ["memory_notes"]))
    recipes = contents(tmp_path / "thin" / "recipes")
    built(tmp_path / "again", tmp_path / "thin", "images=thin", "split_by=session")
    assert contents(tmp_path / "thin" / "recipes") == recipes


def test_what_a_memory_brings_along_goes_through_the_gate(remembered: Path, tmp_path: Path) -> None:
    runs = Path(shutil.copytree(remembered / "runs", tmp_path / "runs"))
    [_, second] = find_sessions(runs)
    with closing(sqlite3.connect(second.memory_snapshot("before"))) as memory:
        memory.execute("INSERT INTO notes VALUES ('write to kim@example.org', 1, 'elsewhere', 1, 1)")
        memory.commit()
    with pytest.raises(LintError, match=r"column recipes\.memory: an e-mail address"):
        built(runs, tmp_path / "thin", "images=thin", "split_by=session")

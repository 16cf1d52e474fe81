"""A dataset folder with every trained config, from real sessions with mistakes, and a tiny untrained model for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from collector.agents.settings import AgentSettings
from collector.recording import record_session
from collector.records import Start
from collector.relabel.__main__ import main as relabel
from scoring.__main__ import main as score
from tests.playing import ROOT, a_job
from tests.rated_runs import built

sys.path.insert(0, str(ROOT / "examples" / "finetune"))

CONFIGS = ("sft", "chat", "dpo", "kto", "grpo", "llamafactory", "mistral")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sessions of the expert with mistakes in 16 worlds, labelled and rated."""
    folder = tmp_path_factory.mktemp("train") / "runs"
    noisy = AgentSettings(kind="noisy", mistake_rate=0.3)
    for world in range(16):
        start = Start(start_id=f"w{world:04d}", world_seed=world)
        task = ("save_game", "change_text_speed")[world % 2]
        record_session(a_job(folder, task, agent=noisy, start=start, seed=world))
    assert relabel([str(folder)]) == 0
    assert score(["auto", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def dataset(runs: Path) -> Path:
    """The built folder, slips among its rows; its JSON lines stand beside it."""
    folder = runs.parent / "dataset"
    built(runs, folder, "prompt=compact", "exclude_policies=[]", f"export=[{','.join(CONFIGS)}]")
    return folder


@pytest.fixture(scope="session")
def untrained(dataset: Path) -> Path:
    """A tiny checkpoint, its tokenizer made of the rows."""
    from datasets import load_dataset
    from tiny import TinySize, write_tiny

    folder = dataset.parent / "untrained"
    rows = load_dataset(str(dataset), "sft", split="train").remove_columns("images")
    write_tiny(folder, rows, TinySize(width=64, vision_layers=1, text_layers=2), seed=0)
    return folder

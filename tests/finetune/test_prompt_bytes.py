"""What a served model is asked while the loop plays, and what the rows it was trained on show: the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Image, List, load_dataset
from loop.playing import play, served_player
from loop.serving import Served
from loop.starts import WorldTasks, write_splits, write_task_file

from collector.pictures import decode_picture
from collector.relabel.__main__ import main as relabel
from collector.run_directory import find_sessions
from collector.shards import read_rows
from tests.fakes.model_server import Asked, reply_text
from tests.fakes.providers import provider
from tests.rated_runs import built

BUTTONS = ("press_start", "press_down", "press_a", "press_b", "press_up")


def test_a_server_is_asked_byte_for_byte_what_the_built_rows_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are those of the folder as the loop builds it and load_dataset reads it: the expert's answers."""
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    tasks, sessions = tmp_path / "tasks.yaml", tmp_path / "runs"
    write_task_file(tasks, WorldTasks(split="train", tasks=("save_game", "enter_house"), starts=1))
    with provider("openai", lambda number, asked: reply_text(BUTTONS[number % len(BUTTONS)])) as server:
        served = Served(base_url=server.base_url, model="tiny", structured="json_schema")
        play(tasks, 2, sessions, tmp_path / "play.log", 1, served_player(served))
        received = list(server.received)
    assert relabel([str(sessions)]) == 0
    dataset = tmp_path / "dataset"
    write_splits(dataset)
    built(sessions, dataset, "prompt=compact", "obs=image", "target=expert", "export=[sft]")
    asked = dict(zip(steps_in_order(sessions), received, strict=True))
    rows = load_dataset(str(dataset), "sft", split="train").cast_column("images", List(Image(decode=False)))
    assert len(rows) > 10
    for row in rows:
        assert as_shown(row) == as_asked(asked[row["session_id"], row["step"]])


def steps_in_order(runs: Path) -> list[tuple[str, int]]:
    """The recorded steps in the order in which they were asked for."""
    rows = [row for directory in find_sessions(runs) for row in read_rows(directory.shard, ["session_id", "step"])]
    return [(row["session_id"], row["step"]) for row in rows]


def as_shown(row: dict[str, Any]) -> list[Any]:
    system, user = row["prompt"]
    pictures = iter(row["images"])
    parts = [
        decode_picture(next(pictures)["bytes"]) if part["type"] == "image" else part["text"].encode()
        for part in user["content"]
    ]
    return ["".join(part["text"] for part in system["content"]).encode(), *parts]


def as_asked(asked: Asked) -> list[Any]:
    return [asked.system.encode(), *map(decode_picture, asked.pictures), *(text.encode() for text in asked.texts)]

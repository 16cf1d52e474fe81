"""The builder as its users meet it: the command, then `load_dataset` on what it left."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, get_dataset_config_names, get_dataset_split_names, load_dataset
from PIL import Image

from collector.errors import InputError
from collector.prompts import parse_reply
from collector.records import Status
from collector.run_directory import SessionDirectory
from dataset_script.lint.violations import LintError
from scoring.annotations import append_annotation
from tests.rated_runs import a_rating, a_screen, built, rated_session, write_runs
from tests.records import a_session, a_step, write_session
from tests.warm_python import run_module

CONFIGS = {
    "sft": ["train", "validation"],
    "heldout": ["test"],
    "instruct": ["train", "validation"],
    "steps": ["train", "validation", "test"],
    "sessions": ["train", "validation", "test"],
    "scores": ["auto"],
}


def run_build(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_module("dataset_script", *arguments, folder=Path.cwd(), env=os.environ)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("build")
    write_runs(base / "runs")
    done = run_build(f"runs={base / 'runs'}", f"output={base / 'dataset'}")
    assert done.returncode == 0, done.stderr
    assert f"picture sheet: {base / 'dataset' / 'picture_sheet.png'}" in done.stdout
    return base / "dataset"


@pytest.fixture
def cache(tmp_path: Path) -> str:
    """A cache of the test's own: `datasets` keys it on the folder's name and card."""
    return str(tmp_path / "cache")


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(output: Path, config: str, cache: str) -> Iterator[dict[str, Any]]:
    for split in load_dataset(str(output), config, cache_dir=cache).values():
        yield from split


def test_configs_and_splits_are_announced(output: Path) -> None:
    assert get_dataset_config_names(str(output)) == list(CONFIGS)
    for config, splits in CONFIGS.items():
        assert get_dataset_split_names(str(output), config) == splits


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_loads_plain_and_streaming(output: Path, cache: str, config: str) -> None:
    plain = load_dataset(str(output), config, cache_dir=cache)
    streamed = load_dataset(str(output), config, streaming=True, cache_dir=cache)
    assert list(plain) == list(streamed) == CONFIGS[config]
    for split in CONFIGS[config]:
        rows = list(streamed[split])
        assert len(rows) == plain[split].num_rows > 0
        assert [{k: v for k, v in row.items() if "image" not in k and "screen" not in k} for row in rows] == [
            {k: v for k, v in row.items() if "image" not in k and "screen" not in k} for row in plain[split]
        ]


def test_sft_is_the_default_and_shows_decoded_screens(output: Path, cache: str) -> None:
    dataset = load_dataset(str(output), split="train", cache_dir=cache)
    assert isinstance(dataset, Dataset)
    steps = {(row["session_id"], row["step"]): row for row in rows_of(output, "steps", cache)}
    for row in dataset:
        [image] = row["images"]
        assert isinstance(image, Image.Image) and image.size == (160, 144)
        step = steps[row["session_id"], row["step"]]
        assert image.convert("RGB").tobytes() == a_screen(step["world_seed"], row["step"]).rgb
        assert row["action"] == step["action"]


@pytest.mark.parametrize("config", ["sft", "heldout"])
def test_rows_have_the_shape_that_trl_takes(output: Path, cache: str, config: str) -> None:
    for row in rows_of(output, config, cache):
        parts = [part for message in row["prompt"] + row["completion"] for part in message["content"]]
        assert all(part.keys() == {"type", "text"} for part in parts)
        assert sum(part["type"] == "image" for part in parts) == len(row["images"]) >= 1
        assert all((part["text"] is None) == (part["type"] == "image") for part in parts)
        assert not any("<image>" in (part["text"] or "") for part in parts)
        assert [message["role"] for message in row["prompt"]] == ["system", "user"]
        [answer] = row["completion"]
        assert answer["role"] == "assistant"
        reply = parse_reply(answer["content"][0]["text"])
        assert (reply.error, ", ".join(reply.actions)) == (None, row["action"])


def test_only_well_scored_sessions_that_ended_are_examples(output: Path, cache: str) -> None:
    sessions = {row["session_id"]: row for row in rows_of(output, "sessions", cache)}
    examples = {row["session_id"] for config in ("sft", "heldout") for row in rows_of(output, config, cache)}
    assert {row["status"] for row in sessions.values()} == {"completed", "truncated", "failed"}
    assert examples == {session for session, row in sessions.items() if row["status"] == "completed"}


def test_no_world_of_heldout_stands_in_train_or_validation(output: Path, cache: str) -> None:
    steps = load_dataset(str(output), "steps", cache_dir=cache)
    worlds = {split: set(steps[split]["world_seed"]) for split in steps}
    assert not worlds["test"] & (worlds["train"] | worlds["validation"])
    assert not worlds["train"] & worlds["validation"]
    heldout = {row["session_id"] for row in rows_of(output, "heldout", cache)}
    assert heldout <= set(steps["test"]["session_id"])


def test_instruct_has_the_spec_shape(output: Path, cache: str) -> None:
    row = load_dataset(str(output), "instruct", split="train", cache_dir=cache)[1]
    assert list(row) == ["instruction", "input", "images", "output", "metadata"]
    assert row["input"]["task_context"] == {
        "step_number": 2,
        "total_steps": 15,
        "goal": "the bag is open on the healing items",
    }
    assert row["input"]["game_state"]["previous_actions"] == ["press_start"]
    assert row["output"]["action"] == "press_down"
    assert list(row["output"]) == ["action", "reasoning", "expected_outcome", "report"]
    assert (row["metadata"]["success"], row["metadata"]["human_score"]) == (True, None)


def test_instruct_keeps_the_answer_of_an_information_task(tmp_path: Path, cache: str) -> None:
    session = a_session(session_id="20260102_030401_s1", total_steps=1)
    step = a_step(session_id=session.session_id, done=True, report="3 Sap Drops")
    rated_session(tmp_path / "runs", 1, total_steps=1, steps=(step,))
    built(tmp_path / "runs", tmp_path / "dataset")
    [row] = load_dataset(str(tmp_path / "dataset"), "instruct", split="train", cache_dir=cache)
    assert row["output"]["report"] == "3 Sap Drops"


def test_the_same_runs_give_the_same_bytes(output: Path, tmp_path: Path) -> None:
    built(output.parent / "runs", tmp_path / "again")
    assert digests(tmp_path / "again") == digests(output)


def test_a_rebuild_sees_new_sessions_and_moves_no_old_one(tmp_path: Path, cache: str) -> None:
    runs, out = tmp_path / "runs", tmp_path / "dataset"
    write_runs(runs, 6)
    built(runs, out)
    before = {row["session_id"]: split for split, row in splits_of(out, cache)}
    for number in range(20, 32):
        rated_session(runs, number)
    built(runs, out)
    after = {row["session_id"]: split for split, row in splits_of(out, cache)}
    assert len(after) == 18
    assert {session: after[session] for session in before} == before


def test_a_rebuild_by_other_units_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", 6)
    built(tmp_path / "runs", tmp_path / "dataset", "export=[sft]")
    before = digests(tmp_path / "dataset")
    with pytest.raises(InputError, match=r"split_by=session: .* keeps every start whole"):
        built(tmp_path / "runs", tmp_path / "dataset", "export=[sft]", "split_by=session")
    assert digests(tmp_path / "dataset") == before


def splits_of(output: Path, cache: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Sessions with their splits; the cache is shared on purpose: the card must tell the builds apart."""
    for split, rows in load_dataset(str(output), "sessions", cache_dir=cache).items():
        for row in rows:
            yield split, row


def test_new_content_under_the_same_counts_is_not_taken_from_the_cache(tmp_path: Path, cache: str) -> None:
    seen = []
    for number, reasoning in enumerate(("First.", "Second.")):
        runs, out = tmp_path / f"runs{number}", tmp_path / str(number) / "dataset"
        session = a_session(session_id="20260102_030401_s1", total_steps=1)
        rated_session(runs, 1, total_steps=1, steps=(a_step(session_id=session.session_id, reasoning=reasoning),))
        built(runs, out)
        seen += load_dataset(str(out), split="train", cache_dir=cache)["reasoning"]
    assert seen == ["First.", "Second."]


def test_history_memory_and_scale_reach_the_rows(output: Path, tmp_path: Path, cache: str) -> None:
    out = tmp_path / "dataset"
    built(output.parent / "runs", out, "history=3", "obs=image+memory", "image_scale=2", "export=[sft]")
    rows = list(load_dataset(str(out), split="train", cache_dir=cache))
    assert [len(row["images"]) for row in rows[:4]] == [1, 2, 3, 3]
    assert rows[3]["images"][0].size == (320, 288)
    assert "From the game's memory: On the map." in rows[3]["prompt"][1]["content"][-1]["text"]
    assert "The last 3 screens" in rows[3]["prompt"][1]["content"][-1]["text"]


def test_running_and_stillborn_sessions_are_left_out_and_said(tmp_path: Path) -> None:
    from collector.records import Step
    from collector.shards import ShardWriter

    runs = tmp_path / "runs"
    write_runs(runs, 3)
    (runs / "session_20260102_030459_dead").mkdir()
    running = SessionDirectory(runs / "session_20260102_030458_live")
    running.path.mkdir()
    running.write_session(a_session(session_id="20260102_030458_live", status=str(Status.RUNNING)))
    with ShardWriter(running.shard, Step):
        told = built(runs, tmp_path / "dataset", "export=[sessions]")
    assert "20260102_030458_live: left out, it is still running" in told
    assert "20260102_030459_dead: left out, it died before its first step" in told
    told = built(runs, tmp_path / "dataset", "export=[sessions]")
    assert not any("running" in line for line in told)


def test_empty_splits_are_left_out_and_said(tmp_path: Path, cache: str) -> None:
    rated_session(tmp_path / "runs", 1)
    told = built(tmp_path / "runs", tmp_path / "dataset")
    assert "sft/validation: no row, so the split is left out" in told
    assert "heldout/test: no row, so the split is left out" in told
    assert get_dataset_config_names(str(tmp_path / "dataset")) == ["sft", "instruct", "steps", "sessions", "scores"]
    assert list(load_dataset(str(tmp_path / "dataset"), cache_dir=cache)) == ["train"]


def test_held_out_tasks_in_trained_worlds_are_no_heldout_rows(tmp_path: Path, cache: str) -> None:
    runs = tmp_path / "runs"
    for number in range(1, 7):
        rated_session(runs, number)
        rated_session(
            runs, number, session_id=f"20260102_0305{number:02d}_h", held_out=True, task_id="reach", status="completed"
        )
    told = built(runs, tmp_path / "dataset")
    assert any("sessions of held-out tasks began where train or validation" in line for line in told)
    steps = {row["session_id"]: row["world_seed"] for row in rows_of(tmp_path / "dataset", "steps", cache)}
    test_worlds = {steps[row["session_id"]] for row in rows_of(tmp_path / "dataset", "heldout", cache)}
    train_worlds = {steps[row["session_id"]] for row in rows_of(tmp_path / "dataset", "sft", cache)}
    assert test_worlds and not test_worlds & train_worlds
    tasks = set(load_dataset(str(tmp_path / "dataset"), cache_dir=cache)["train"]["task_id"])
    assert "reach" not in tasks


def test_scores_come_from_one_source_alone(tmp_path: Path, cache: str) -> None:
    runs = tmp_path / "runs"
    for number, human in ((1, 9), (2, 2), (3, None)):
        session = rated_session(runs, number, 2 if number == 1 else 9)
        if human is not None:
            rating = a_rating(session.session_id, human, source="human", rater="ann")
            append_annotation(runs / f"session_{session.session_id}" / "annotations.jsonl", rating)
    built(runs, tmp_path / "dataset", "score_source=human")
    rows = list(load_dataset(str(tmp_path / "dataset"), cache_dir=cache)["train"])
    assert {(row["session_id"], row["score"], row["score_source"]) for row in rows} == {
        ("20260102_030401_s1", 9.0, "human")
    }
    assert list(load_dataset(str(tmp_path / "dataset"), "scores", cache_dir=cache)) == ["human", "auto"]


@pytest.mark.parametrize(
    ("score", "override", "message"),
    [
        (None, "min_score=6", r"no session is rated; run this first: python -m scoring auto .*runs"),
        (9, "score_source=human", "score_source=human: no session has a score from it; there are ratings by auto"),
        (5, "min_score=6", r"min_score=6: no session .* reaches it \(auto scores go from 5 to 5;"),
    ],
)
def test_nothing_to_train_on_is_said_with_what_to_do(
    tmp_path: Path, score: int | None, override: str, message: str
) -> None:
    rated_session(tmp_path / "runs", 1, score)
    with pytest.raises(InputError, match=message):
        built(tmp_path / "runs", tmp_path / "dataset", override)
    assert not (tmp_path / "dataset").exists()


def test_a_leak_ends_the_build_and_leaves_the_old_folder(output: Path, tmp_path: Path) -> None:
    """The planted fault: the screen after the press stands in the prompt."""
    from dataset_script.exports import sft

    built(output.parent / "runs", tmp_path / "dataset")
    before = digests(tmp_path / "dataset")
    row = sft.EXPORT.row

    def leaking(placed: Any, reply: Any, options: Any) -> Any:
        return {**row(placed, reply, options), "images": [reply.first["screenshot_after"]]}

    with pytest.MonkeyPatch.context() as patch, pytest.raises(LintError, match=r"step 1, column sft\.images"):
        patch.setattr(sft.SftExport, "row", staticmethod(leaking))
        built(output.parent / "runs", tmp_path / "dataset")
    assert digests(tmp_path / "dataset") == before
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]


def test_a_torn_shard_gives_its_whole_steps(tmp_path: Path, cache: str) -> None:
    runs = tmp_path / "runs"
    write_runs(runs, 3)
    directory = write_session(runs, a_session(session_id="20260102_030440_torn", world_seed=40, total_steps=3))
    directory.write_session(a_session(session_id="20260102_030440_torn", world_seed=40, status=str(Status.INTERRUPTED)))
    with directory.shard.open("r+b") as shard:
        shard.truncate(directory.shard.stat().st_size - 10)
    built(runs, tmp_path / "dataset")
    steps = [row for row in rows_of(tmp_path / "dataset", "steps", cache) if row["session_id"].endswith("torn")]
    assert [row["step"] for row in steps] == [1, 2]


@pytest.mark.parametrize(
    ("override", "key"),
    [("minscore=3", "minscore"), ("min_score=abc", "min_score"), ("export=[sft,nope]", "export/nope")],
)
def test_wrong_keys_end_in_one_line_and_exit_code_2(tmp_path: Path, override: str, key: str) -> None:
    done = run_build(f"runs={tmp_path}", f"output={tmp_path / 'dataset'}", override)
    assert done.returncode == 2
    assert key in done.stderr and len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr

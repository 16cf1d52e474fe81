"""The exports that are built on demand: Parquet beside the usual configs, JSON lines in a folder of their own."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from PIL import Image

from collector.errors import ConfigError, InputError
from collector.pictures import decode_picture
from dataset_script.lint.violations import LintError
from tests.rated_runs import A_MISTAKE, built, rated_session, steps_of, write_runs, write_step_labels
from tests.records import a_session

PARQUET = ("sft", "heldout", "instruct", "chat", "chat_windows", "dpo", "kto", "grpo")
LINES = ("spec", "openai", "mistral", "llamafactory", "vllm_batch")
ALL = f"export=[{','.join([*PARQUET, *LINES])}]"


def write_labelled_runs(runs: Path, count: int = 12) -> None:
    write_runs(runs, count)
    write_step_labels(runs, {2: A_MISTAKE})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("exports")
    write_labelled_runs(base / "runs")
    built(base / "runs", base / "dataset", ALL)
    return base


def lines_of(base: Path, name: str, split: str = "train") -> list[dict[str, Any]]:
    text = (base / "dataset-jsonl" / name / f"{split}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def sft(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The train rows that the lines are made of, pictures as bytes."""
    cache = str(tmp_path_factory.mktemp("cache"))
    return undecoded(load_dataset(str(base / "dataset"), "sft", split="train", cache_dir=cache))


def undecoded(rows: Any) -> list[dict[str, Any]]:
    return list(rows.with_format("arrow").data.to_pylist())


def digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()


def texts_of(content: list[dict[str, Any]]) -> list[str]:
    return [part["text"] for part in content if part["type"] == "text"]


def bytes_of(uri: str) -> bytes:
    head, _, body = uri.partition(",")
    assert head == "data:image/png;base64"
    return base64.b64decode(body, validate=True)


@pytest.mark.parametrize(("name", "unwrap"), [("openai", lambda url: url["url"]), ("mistral", lambda url: url)])
def test_chat_lines_say_and_show_what_sft_does(base: Path, sft: list[dict[str, Any]], name: str, unwrap: Any) -> None:
    lines = lines_of(base, name)
    assert len(lines) == len(sft)
    for line, row in zip(lines, sft, strict=True):
        assert list(line) == ["messages"]
        assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant"]
        for message, same in zip(line["messages"], [*row["prompt"], *row["completion"]], strict=True):
            assert texts_of(message["content"]) == texts_of(same["content"])
            assert all(set(part) == {"type", part["type"]} for part in message["content"])
        shown = [part for message in line["messages"] for part in message["content"] if part["type"] == "image_url"]
        sent = [bytes_of(unwrap(part["image_url"])) for part in shown]
        assert [decode_picture(one) for one in sent] == [decode_picture(image["bytes"]) for image in row["images"]]
        with_palette = {Image.open(io.BytesIO(one)).mode == "P" for one in sent}
        assert with_palette == {name != "openai"}


def test_llamafactory_finds_every_picture_and_is_told_the_keys(base: Path, sft: list[dict[str, Any]]) -> None:
    folder, lines = base / "dataset-jsonl" / "llamafactory", lines_of(base, "llamafactory")
    for line, row in zip(lines, sft, strict=True):
        assert [message["role"] for message in line["messages"]] == ["system", "user", "assistant"]
        assert sum(message["content"].count("<image>") for message in line["messages"]) == len(line["images"])
        assert [(folder / name).read_bytes() for name in line["images"]] == [image["bytes"] for image in row["images"]]
    info = json.loads((folder / "dataset_info.json").read_text(encoding="utf-8"))
    assert [entry["file_name"] for entry in info.values()] == ["train.jsonl", "validation.jsonl"]
    for entry in info.values():
        assert set(entry["columns"].values()) == set(lines[0])
        assert {entry["tags"]["role_tag"], entry["tags"]["content_tag"]} == set(lines[0]["messages"][0])


def test_a_picture_is_one_file_however_often_it_is_shown(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    built(tmp_path / "runs", tmp_path / "dataset", "export=[llamafactory]", "history=3")
    files = list((tmp_path / "dataset-jsonl" / "llamafactory" / "images").iterdir())
    lines = [line for split in ("train", "validation") for line in lines_of(tmp_path, "llamafactory", split)]
    shown = [name for line in lines for name in line["images"]]
    assert {f"images/{path.name}" for path in files} == set(shown)
    assert len({path.read_bytes() for path in files}) == len(files) < len(shown)


def test_the_specification_s_lines_are_the_rows_of_instruct(base: Path, tmp_path: Path) -> None:
    rows = undecoded(load_dataset(str(base / "dataset"), "instruct", split="train", cache_dir=str(tmp_path)))
    for line, row in zip(lines_of(base, "spec"), rows, strict=True):
        screen = line["input"]["game_state"].pop("screenshot_base64")
        assert base64.b64decode(screen, validate=True) == row["images"][-1]["bytes"]
        assert (line["instruction"], line["input"]) == (row["instruction"], row["input"])
        assert list(line["output"]) == ["action", "reasoning", "expected_outcome"]
        assert line["output"].items() <= row["output"].items()
        assert list(line["metadata"]) == ["session_id", "timestamp", "model_used", "success", "human_score"]
        assert line["metadata"].items() <= row["metadata"].items()


def test_batch_requests_ask_what_the_rows_ask_and_hold_no_answer(base: Path, tmp_path: Path) -> None:
    for config, split in (("sft", "validation"), ("heldout", "test")):
        rows = undecoded(load_dataset(str(base / "dataset"), config, split=split, cache_dir=str(tmp_path)))
        lines = lines_of(base, "vllm_batch", split)
        assert [line["custom_id"] for line in lines] == [f"{row['session_id']}/{row['step']}" for row in rows]
        assert len({line["custom_id"] for line in lines}) == len(lines) > 0
        for line, row in zip(lines, rows, strict=True):
            messages = line["body"]["messages"]
            assert [message["role"] for message in messages] == ["system", "user"]
            assert [texts_of(one["content"]) for one in messages] == [texts_of(one["content"]) for one in row["prompt"]]


def test_every_config_on_demand_loads(base: Path, tmp_path: Path) -> None:
    for name in PARQUET:
        for split, rows in load_dataset(str(base / "dataset"), name, cache_dir=str(tmp_path)).items():
            assert rows.num_rows > 0, (name, split)


def test_two_builds_are_the_same_to_the_byte(base: Path, tmp_path: Path) -> None:
    built(base / "runs", tmp_path / "dataset", ALL)
    for folder in ("dataset", "dataset-jsonl"):
        assert dict(digests(tmp_path / folder)) == dict(digests(base / folder))


def test_more_sessions_move_no_old_row_to_another_split(tmp_path: Path) -> None:
    write_labelled_runs(tmp_path / "runs", 12)
    built(tmp_path / "runs", tmp_path / "dataset", ALL)
    before = {name: places(tmp_path, name) for name in (*PARQUET, "vllm_batch")}
    write_labelled_runs(tmp_path / "more", 30)
    for session in sorted((tmp_path / "more").iterdir())[12:]:
        session.rename(tmp_path / "runs" / session.name)
    built(tmp_path / "runs", tmp_path / "dataset", ALL)
    for name, old in before.items():
        new = places(tmp_path, name)
        assert old and len(new) > len(old)
        assert all(new.get(row, split) == split for row, split in old.items()), name


def places(base: Path, name: str) -> dict[str, str]:
    """The split of each row, by session and step."""
    if name in LINES:
        return {line["custom_id"]: split for split in ("validation", "test") for line in lines_of(base, name, split)}
    found = {}
    for split in ("train", "validation", "test"):
        for path in (base / "dataset" / name).glob(f"{split}-*.parquet"):
            for row in pq.read_table(path).to_pylist():
                place = row.get("metadata", row)
                found[f"{place['session_id']}/{place['step']}"] = split
    return found


def test_lines_alone_leave_the_dataset_folder_as_it_is(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    built(tmp_path / "runs", tmp_path / "dataset")
    before = dict(digests(tmp_path / "dataset"))
    built(tmp_path / "runs", tmp_path / "dataset", "export=[openai]")
    assert dict(digests(tmp_path / "dataset")) == before
    assert sorted(path.name for path in (tmp_path / "dataset-jsonl").iterdir()) == ["openai", "splits.json"]


def test_lines_and_folder_agree_on_splits_whichever_came_first(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", 3)
    built(tmp_path / "runs", tmp_path / "dataset", "export=[openai]")
    first = json.loads((tmp_path / "dataset-jsonl" / "splits.json").read_text())["units"]
    write_runs(tmp_path / "more", 12)
    for session in sorted((tmp_path / "more").iterdir())[3:]:
        session.rename(tmp_path / "runs" / session.name)
    built(tmp_path / "runs", tmp_path / "dataset")
    assert first.items() <= json.loads((tmp_path / "dataset" / "splits.json").read_text())["units"].items()


def test_what_the_gate_refuses_leaves_neither_folder(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2)
    steps = steps_of(session, reasoning="As written to someone@example.org.")
    rated_session(tmp_path / "runs", 1, total_steps=2, steps=steps)
    with pytest.raises(LintError):
        built(tmp_path / "runs", tmp_path / "dataset", "export=[sft,openai]", "split_by=session")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_a_file_of_somebody_else_beside_the_lines_stops_the_build(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    built(tmp_path / "runs", tmp_path / "dataset", "export=[openai]")
    (tmp_path / "dataset-jsonl" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"a rebuild would delete notes\.txt"):
        built(tmp_path / "runs", tmp_path / "dataset", "export=[openai]")


def test_pairs_without_any_evidence_say_where_it_comes_from_and_leave_no_folder(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    with pytest.raises(InputError, match=r"not one row .* python -m collector\.relabel"):
        built(tmp_path / "runs", tmp_path / "dataset", "export=[dpo]")
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


def test_lines_are_not_pushed(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    with pytest.raises(ConfigError, match="JSON lines are not pushed; add a config to push"):
        built(tmp_path / "runs", tmp_path / "dataset", "export=[openai]", "push.repo_id=me/it")


def test_the_card_counts_the_steps_that_were_judged(base: Path) -> None:
    card = (base / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "### Steps judged one by one" in card and "| wrong by cost_to_go |" in card

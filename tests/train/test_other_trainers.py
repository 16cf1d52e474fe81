"""LLaMA-Factory's own parser and Mistral's own validator take the lines that are written for them."""

from __future__ import annotations

import importlib.machinery
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("default"),  # the libraries' own
]


def lines(dataset: Path, config: str) -> list[dict[str, Any]]:
    path = dataset.with_name(f"{dataset.name}-jsonl") / config / "train.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_llama_factory_reads_the_folder(dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llamafactory", reason="pip install --no-deps llamafactory")
    sound = types.ModuleType("torchaudio")  # imported for sound; pictures need none of it
    sound.__spec__ = importlib.machinery.ModuleSpec(sound.__name__, None)
    monkeypatch.setitem(sys.modules, sound.__name__, sound)
    monkeypatch.setenv("DISABLE_VERSION_CHECK", "1")  # it trains with an older transformers; only its parser runs here
    from llamafactory.data.loader import _load_single_dataset
    from llamafactory.data.parser import get_dataset_list
    from llamafactory.hparams import DataArguments, ModelArguments
    from transformers import TrainingArguments

    folder = dataset.with_name(f"{dataset.name}-jsonl") / "llamafactory"
    (entry,) = get_dataset_list(["eevee_train"], str(folder))
    rows = _load_single_dataset(
        entry,
        ModelArguments(model_name_or_path="none"),
        DataArguments(dataset="eevee_train", dataset_dir=str(folder), media_dir=str(folder)),
        TrainingArguments(output_dir=str(folder.parent / "out"), use_cpu=True),
    )
    written = lines(dataset, "llamafactory")
    assert len(rows) == len(written) > 20
    for row, line in zip(rows, written, strict=True):
        system, user, assistant = line["messages"]
        assert row["_system"] == system["content"]
        assert row["_prompt"] == [{"role": "user", "content": user["content"]}]
        assert row["_response"] == [{"role": "assistant", "content": assistant["content"]}]
        assert len(row["_images"]) == user["content"].count("<image>") == 1
        assert all(Path(path).is_file() for path in row["_images"])


def test_mistral_accepts_the_lines_for_fine_tuning(dataset: Path) -> None:
    pytest.importorskip("mistral_common")
    from mistral_common.exceptions import InvalidMessageStructureException
    from mistral_common.protocol.instruct.request import ChatCompletionRequest
    from mistral_common.protocol.instruct.validator import MistralRequestValidatorV3, ValidationMode

    validator = MistralRequestValidatorV3(mode=ValidationMode.finetuning)
    rows = lines(dataset, "mistral")
    assert len(rows) > 20
    for row in rows:
        validator.validate_request(ChatCompletionRequest(messages=row["messages"]))
    unanswered = ChatCompletionRequest(messages=rows[0]["messages"][:-1])
    with pytest.raises(InvalidMessageStructureException, match="Expected last role Assistant"):
        validator.validate_request(unanswered)

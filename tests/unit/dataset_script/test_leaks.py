import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.features import row_of
from collector.prompt_options import PromptOptions
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.exports import instruct, sft
from dataset_script.exports.protocol import ExportRow
from dataset_script.leaks import IDENTITY, OUTPUTS, LeakError, checked_rows
from dataset_script.replies import RecordedReply
from tests.rated_runs import corpus_of, rated_session, settings_for, steps_of, write_runs
from tests.records import a_session, a_step


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    write_runs(tmp_path / "runs", 4)
    return corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))


def first_split(corpus: Corpus) -> str:
    return next(str(placed.split) for placed in corpus.sessions if placed.trained_on)


def text_part(row: ExportRow) -> dict[str, Any]:
    part: dict[str, Any] = row["prompt"][-1]["content"][-1]
    return part


Leak = Callable[[ExportRow, PlacedSession, RecordedReply], None]


class LeakingExport(sft.SftExport):
    """The real export with a fault planted behind its renderer."""

    def __init__(self, leak: Leak) -> None:
        self.leak = leak

    def row(self, placed: PlacedSession, reply: RecordedReply, options: PromptOptions) -> ExportRow:
        row = super().row(placed, reply, options)
        self.leak(row, placed, reply)
        return row


def into_text(value: Callable[[PlacedSession, RecordedReply], object]) -> Leak:
    def leak(row: ExportRow, placed: PlacedSession, reply: RecordedReply) -> None:
        text_part(row)["text"] += f" {value(placed, reply)}"

    return leak


def image_of_after(row: ExportRow, placed: PlacedSession, reply: RecordedReply) -> None:
    row["images"] = [reply.first["screenshot_after"]]


def image_from_elsewhere(row: ExportRow, placed: PlacedSession, reply: RecordedReply) -> None:
    row["images"] = [row_of(a_step(step=99))["screenshot"]]


FAULTS: dict[str, tuple[Leak, str]] = {
    **{
        column: (into_text(lambda placed, reply, column=column: reply.first[column]), "sft.prompt")  # type: ignore[misc]
        for column in OUTPUTS
    },
    "later button": (into_text(lambda placed, reply: [step["state"] for step in reply.steps[1:]]), "sft.prompt"),
    "session outcome": (into_text(lambda placed, reply: placed.session.record.task_completed), "sft.prompt"),
    "session length": (into_text(lambda placed, reply: placed.session.record.total_steps), "sft.prompt"),
    "score": (into_text(lambda placed, reply: placed.score), "sft.prompt"),
    "screen after": (image_of_after, "sft.images"),
    "screen from elsewhere": (image_from_elsewhere, "sft.images"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_leak_is_caught_and_named(tmp_path: Path, fault: str) -> None:
    leak, column = FAULTS[fault]
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2)
    first, second = steps_of(session)
    shared = {"reply_id": "r", "reply_length": 2}
    pair = (dataclasses.replace(first, **shared), dataclasses.replace(second, **shared, reply_index=1))
    rated_session(tmp_path / "runs", 1, total_steps=2, steps=pair)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    where = f"session 20260102_030401_s1, step 1, column {column}"
    with pytest.raises(LeakError, match=where):
        list(checked_rows(LeakingExport(leak), "sft", corpus, first_split(corpus)))


@pytest.mark.parametrize("export", [sft.EXPORT, instruct.EXPORT], ids=["sft", "instruct"])
@pytest.mark.parametrize("overrides", [(), ("obs=image+memory", "history=3", "image_scale=2")], ids=["plain", "full"])
def test_true_prompts_raise_no_alarm(tmp_path: Path, export: Any, overrides: tuple[str, ...]) -> None:
    write_runs(tmp_path / "runs", 9)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out", *overrides))
    for split in ("train", "validation", "test"):
        assert list(checked_rows(export, "x", corpus, split)) == list(export.rows(corpus, split)) != []


def test_every_step_column_is_an_output_an_identity_or_known_before() -> None:
    """A new column must be put on one side: forgotten outputs could leak unseen."""
    known_before = {
        *("timestamp", "task_id", "task_type", "instruction", "goal", "step_budget", "memory_context", "memory_notes"),
        *("previous_actions", "prompt_id", "screenshot", "frame", "frame_hash", "state", "memory_hash"),
        *("agent", "policy", "model_used", "game", "rom_sha256", "emulator", "emulator_version", "start_id"),
        *("world_seed", "seed", "schema_version", "label_terms"),
    }
    assert {*OUTPUTS, *IDENTITY, *known_before} == set(row_of(a_step()))
    assert len(OUTPUTS) + len(IDENTITY) + len(known_before) == len(row_of(a_step()))

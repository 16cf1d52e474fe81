"""Which replies of sessions that are trained on become examples: not those that a rater marks as mistakes."""

import dataclasses
from pathlib import Path

from dataset_script.exports import sft
from scoring.annotations import append_annotation
from tests.rated_runs import (
    a_rating,
    built,
    corpus_of,
    rated_session,
    settings_for,
    steps_of,
    write_runs,
    write_step_labels,
)
from tests.records import a_session


def marked_runs(runs: Path) -> Path:
    """Sessions of four steps; of the first of them a person marks the third step."""
    write_runs(runs)
    [first] = runs.glob("session_*_s1")
    session_id = first.name.removeprefix("session_")
    for number, marked in enumerate(((2,), (3,))):  # she thought better of it
        rating = a_rating(session_id, 9, source="human", rater="ann", wrong_steps=marked, annotation_id=f"a{number}")
        append_annotation(first / "annotations.jsonl", rating)
    return runs


def trained_steps(runs: Path, *overrides: str) -> list[int]:
    corpus = corpus_of(settings_for(runs, runs.parent / "out", *overrides))
    rows = (row for split in ("train", "validation", "test") for row in sft.EXPORT.rows(corpus, split))
    return [row["step"] for row in rows if row["session_id"].endswith("_s1")]


def test_a_step_that_a_rater_marks_is_no_example_and_the_card_counts_it(tmp_path: Path) -> None:
    runs = marked_runs(tmp_path / "runs")
    assert trained_steps(runs) == [1, 2, 4]
    built(runs, tmp_path / "out")
    assert "replies that a rater marked as mistakes are left out (1)" in (tmp_path / "out/README.md").read_text()


def test_what_the_expert_would_have_done_at_a_marked_step_is_an_example(tmp_path: Path) -> None:
    runs = marked_runs(tmp_path / "runs")
    write_step_labels(runs, {})
    assert trained_steps(runs, "target=expert") == [1, 2, 3, 4]


def test_a_reply_with_any_marked_button_is_no_example(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=4)
    together = {"reply_id": "r", "reply_length": 2}
    steps = list(steps_of(session))
    for place, index in ((2, 0), (3, 1)):
        steps[place] = dataclasses.replace(steps[place], **together, reply_index=index)
    rated_session(tmp_path / "runs", 1, steps=tuple(steps))
    rating = a_rating(session.session_id, 9, source="human", rater="ann", wrong_steps=(4,))
    append_annotation(tmp_path / "runs" / f"session_{session.session_id}" / "annotations.jsonl", rating)
    assert trained_steps(tmp_path / "runs", "max_actions=2") == [1, 2]

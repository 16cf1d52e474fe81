from pathlib import Path

import pytest

from dataset_script.exports import chat, chat_windows, sft
from tests.rated_runs import corpus_of, rated_session, settings_for, steps_of, write_runs
from tests.records import a_session

SPLITS = ("train", "validation", "test")


def test_a_conversation_says_what_the_rows_of_sft_say_in_turn(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs")
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    for split in SPLITS:
        replies = list(sft.EXPORT.rows(corpus, split))
        for row in chat.EXPORT.rows(corpus, split):
            turns, replies = replies[: row["replies"]], replies[row["replies"] :]
            assert {turn["session_id"] for turn in turns} == {row["session_id"]}
            assert row["messages"][0]["role"] == "system"
            assert row["messages"][1::2] == [turn["prompt"][-1] for turn in turns]
            assert row["messages"][2::2] == [turn["completion"][0] for turn in turns]
            assert row["images"] == [turn["images"][0] for turn in turns]
        assert not replies


@pytest.mark.parametrize(("window", "expected"), [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_windows_hold_so_many_replies_at_most(tmp_path: Path, window: int, expected: list[int]) -> None:
    rated_session(tmp_path / "runs", 1, total_steps=5)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out", f"chat_window={window}"))
    rows = [row for split in SPLITS for row in chat_windows.EXPORT.rows(corpus, split)]
    assert [row["replies"] for row in rows] == expected
    assert [row["step"] for row in rows] == [1 + sum(expected[:place]) for place in range(len(expected))]


def test_a_conversation_ends_where_a_reply_is_left_out(tmp_path: Path) -> None:
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=5)
    steps = steps_of(session)
    failed = steps_of(session, action=None, error="no JSON")[2]
    rated_session(tmp_path / "runs", 1, total_steps=5, steps=(*steps[:2], failed, *steps[3:]))
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out"))
    rows = [row for split in SPLITS for row in chat.EXPORT.rows(corpus, split)]
    assert [(row["step"], row["replies"]) for row in rows] == [(1, 2), (4, 2)]

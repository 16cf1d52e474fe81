"""target=expert: the expert's answer to the screens that anybody reached."""

from pathlib import Path

import pytest

from collector.errors import ConfigError, InputError
from collector.prompts import parse_reply
from dataset_script.exports import instruct, sft
from dataset_script.exports.protocol import ExportRow, PromptExport
from tests.rated_runs import A_MISTAKE, built, corpus_of, rated_session, settings_for, write_step_labels

NO_ANSWER = {"expert_actions": (), "cost_to_go": None, "cost_to_go_after": None, "reason": "nothing solves it"}
AT_THE_END = {"expert_actions": ("wait",), "expert_done": True, "expert_report": "3 jars"}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A random player's session with a bad score: a mistake, a step without answer, and one to report at."""
    rated_session(tmp_path / "runs", 1, score=1, policy="random")
    write_step_labels(tmp_path / "runs", {2: A_MISTAKE, 3: NO_ANSWER, 4: AT_THE_END})
    return tmp_path / "runs"


def rows_of(export: PromptExport, runs: Path, *overrides: str) -> list[ExportRow]:
    corpus = corpus_of(settings_for(runs, runs.parent / "out", "target=expert", *overrides))
    return [row for split in ("train", "validation", "test") for row in export.rows(corpus, split)]


def test_the_whole_answer_is_the_experts(runs: Path) -> None:
    rows = rows_of(sft.EXPORT, runs)
    assert [row["step"] for row in rows] == [1, 2, 4]
    for row, action, report in zip(rows, ("press_start", "press_select", "wait"), (None, None, "3 jars"), strict=True):
        answer = parse_reply(row["completion"][0]["content"][0]["text"])
        assert (answer.actions, answer.report, answer.done) == ((action,), report, report is not None)
        assert answer.analysis == f"The expert sees step {row['step']}."
        assert answer.expected_outcome == "The expert is one step nearer."
        assert row["reasoning"] == answer.reasoning == "The expert has a plan."
        assert (row["action"], row["policy"], row["model_used"]) == (action, "expert", "scripted")


def test_the_question_is_the_players(runs: Path) -> None:
    by_step = {row["step"]: row for row in rows_of(sft.EXPORT, runs)}
    taken = corpus_of(settings_for(runs, runs.parent / "out", "min_score=1", "exclude_policies=[]"))
    for split in ("train", "validation", "test"):
        for row in sft.EXPORT.rows(taken, split):
            if row["step"] in by_step:
                assert {name: by_step[row["step"]][name] for name in ("prompt", "images")} == {
                    name: row[name] for name in ("prompt", "images")
                }


def test_whether_an_answer_that_nobody_gave_had_an_effect_is_unknown(runs: Path) -> None:
    effects = {row["metadata"]["step"]: row["metadata"]["success"] for row in rows_of(instruct.EXPORT, runs)}
    assert effects == {1: True, 2: None, 4: None}


def test_the_card_says_whose_answers_these_are_and_what_is_left_out(runs: Path) -> None:
    built(runs, runs.parent / "dataset", "target=expert")
    card = (runs.parent / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "The answers are not the player's but the expert's" in card
    assert "1 replies to whose step it has no answer are left out" in card.replace("\n", " ")


def test_without_labels_the_way_to_get_them_is_told(tmp_path: Path) -> None:
    rated_session(tmp_path / "runs", 1)
    with pytest.raises(InputError, match=r"target=expert: no session .* has labels, .*: python -m collector.relabel"):
        built(tmp_path / "runs", tmp_path / "dataset", "target=expert")


@pytest.mark.parametrize("name", ["chat", "chat_windows"])
def test_no_conversation_is_made_of_answers_that_were_not_played(runs: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"export={name} with target=expert: in a conversation"):
        settings_for(runs, runs.parent / "out", "target=expert", f"export=[sft,{name}]")

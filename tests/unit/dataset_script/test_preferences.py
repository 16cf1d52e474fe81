"""People who compared two presses at a fork make a pair of dpo; who compared whole sessions does not."""

from pathlib import Path

import pytest

from dataset_script.exports import dpo, kto
from dataset_script.preferences import with_preferences
from scoring.comparisons import Comparison, add_comparison
from tests.rated_runs import corpus_of, rated_session, settings_for, steps_of
from tests.records import a_session

LEFT, RIGHT = "20260102_030401_s1", "20260102_030402_s2"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two sessions from one start that part at step 3: A and B."""
    for number, button in ((1, "press_a"), (2, "press_b")):
        shown = a_session(session_id=f"20260102_03040{number}_s{number}", total_steps=4, world_seed=7, start_id="w7")
        steps = list(steps_of(shown))
        steps[2] = steps_of(shown, action=button)[2]
        rated_session(tmp_path / "runs", number, steps=tuple(steps), world_seed=7, start_id="w7", task_id="read_sign")
    return tmp_path / "runs"


def compare(runs: Path, better: str, *, rater: str = "r_one", step: int | None = 3) -> None:
    told = {"task_id": "read_sign", "session_a": LEFT, "session_b": RIGHT, "rubric_version": "1"}
    add_comparison(runs, Comparison(better=better, rater=rater, step=step, seconds_spent=1.0, **told))


def pairs(runs: Path) -> list[tuple[str, int, str, str, str]]:
    """The rows of dpo and those of kto, which have to agree."""
    settings = settings_for(runs, runs.parent / "out")
    corpus = corpus_of(settings)
    placed = with_preferences(corpus.sessions, runs, None)
    found = []
    for one in placed:
        for reply in one.judged():
            if dpo.EXPORT.takes(one, reply):
                row = dpo.EXPORT.row(one, reply, settings.prompt)
                assert kto.EXPORT.row(one, reply, settings.prompt)["label"] is False
                chosen, rejected = row["chosen_action"], row["rejected_action"]
                found.append((row["session_id"], row["step"], row["evidence"], chosen, rejected))
    return found


def test_the_press_that_people_preferred_is_chosen_over_the_other(runs: Path) -> None:
    compare(runs, "b")
    compare(runs, "b", rater="r_two")
    assert pairs(runs) == [(LEFT, 3, "pairwise", "press_b", "press_a")]


def test_the_other_session_gives_the_pair_where_its_press_was_worse(runs: Path) -> None:
    compare(runs, "a")
    assert pairs(runs) == [(RIGHT, 3, "pairwise", "press_a", "press_b")]


def test_whole_sessions_say_nothing_of_a_step(runs: Path) -> None:
    compare(runs, "b", step=None)
    assert pairs(runs) == []


@pytest.mark.parametrize("other", ["a", "tie"])
def test_people_who_disagree_make_no_pair(runs: Path, other: str) -> None:
    compare(runs, "b")
    compare(runs, other, rater="r_two")
    assert pairs(runs) == []


def test_a_word_that_its_rater_changed_counts_as_changed(runs: Path) -> None:
    compare(runs, "b")
    compare(runs, "a")
    assert pairs(runs) == [(RIGHT, 3, "pairwise", "press_a", "press_b")]

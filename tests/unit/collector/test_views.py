"""Views say what the shard says, in the specification's shapes."""

from __future__ import annotations

import base64
import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from collector.pictures import decode_picture
from collector.records import Session, Status, Step
from collector.run_directory import SessionDirectory
from collector.shards import ShardWriter
from collector.views import Ratings, rebuild_views, write_screenshots, write_trace, write_training_data
from tests.records import a_picture, a_session, a_step, write_session

INSTRUCTION_SHAPE: Final = {
    "instruction": str,
    "input": {
        "game_state": {"screenshot_base64": str, "memory_context": str, "previous_actions": list},
        "task_context": {"step_number": int, "total_steps": int, "goal": str},
    },
    "output": {"action": str, "reasoning": str, "expected_outcome": str},
    "metadata": {
        "session_id": str,
        "timestamp": str,
        "model_used": str,
        "success": (bool, type(None)),
        "human_score": (int, float, type(None)),
    },
}
"""The specification's example of an instruction tuning line: these keys, in this order, and no others."""

RATINGS: Final = Ratings(final_score=8.0, human_score=7.5, human_feedback="Good.", score_justification="auto: done")


def has_shape(value: Any, shape: Any) -> bool:
    if isinstance(shape, dict):
        return list(value) == list(shape) and all(has_shape(value[key], inner) for key, inner in shape.items())
    return isinstance(value, shape)


@pytest.fixture
def directory(tmp_path: Path) -> SessionDirectory:
    """A session of three steps whose second reply had no action."""
    failed = a_step(step=2, action=None, error="no JSON object in the reply 'Hm'", action_effect=None)
    return write_session(tmp_path, a_session(), (a_step(step=1), failed, a_step(step=3, terminated=True)))


def training_lines(directory: SessionDirectory) -> list[dict[str, Any]]:
    return [json.loads(line) for line in directory.training_data.read_text(encoding="utf-8").splitlines()]


def trace(directory: SessionDirectory) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(directory.trace.read_text(encoding="utf-8"))
    return found


# -- training_data.jsonl


def test_training_lines_have_the_specifications_shape(directory: SessionDirectory) -> None:
    write_training_data(directory)
    lines = training_lines(directory)
    assert lines
    assert all(has_shape(line, INSTRUCTION_SHAPE) for line in lines)


def test_training_lines_say_what_the_steps_say(directory: SessionDirectory) -> None:
    write_training_data(directory, human_score=8)
    line, step = training_lines(directory)[-1], a_step(step=3)
    state, context = line["input"]["game_state"], line["input"]["task_context"]
    assert line["instruction"] == step.instruction
    assert state["memory_context"] == step.memory_context
    assert tuple(state["previous_actions"]) == step.previous_actions
    assert decode_picture(base64.b64decode(state["screenshot_base64"])) == a_picture(3)
    assert context == {"step_number": 3, "total_steps": step.step_budget, "goal": step.goal}
    assert line["output"]["action"] == step.action
    assert line["metadata"]["human_score"] == 8


def test_a_reply_without_an_action_is_never_trained_on(directory: SessionDirectory) -> None:
    write_training_data(directory)
    assert [line["input"]["task_context"]["step_number"] for line in training_lines(directory)] == [1, 3]


def test_no_training_file_stands_empty(tmp_path: Path) -> None:
    directory = write_session(tmp_path, a_session(total_steps=1), (a_step(action=None, error="refused"),))
    write_training_data(directory)
    assert not directory.training_data.exists()


@pytest.mark.parametrize("text", ["two\nlines", "\u2028 separator", 'quo"te', "ポケット"])
def test_any_text_stays_on_its_line(tmp_path: Path, text: str) -> None:
    directory = write_session(tmp_path, a_session(total_steps=1), (a_step(reasoning=text),))
    write_training_data(directory)
    lines = directory.training_data.read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert [json.loads(line)["output"]["reasoning"] for line in lines[:-1]] == [text]


# -- execution_trace.json


def test_the_trace_has_the_specifications_parts(directory: SessionDirectory) -> None:
    write_trace(directory, a_session())
    found = trace(directory)
    assert list(found) == ["session_metadata", "execution_trace", "final_result"]
    assert found["final_result"] == dataclasses.asdict(a_session().final_result)
    wanted = "session_id task_description start_time end_time total_steps max_steps final_score task_completed"
    for key in wanted.split():
        assert found["session_metadata"][key] == getattr(a_session(), key)


def test_the_trace_tells_every_step_failed_replies_too(directory: SessionDirectory) -> None:
    write_trace(directory, a_session())
    steps = trace(directory)["execution_trace"]
    assert [step["step"] for step in steps] == [1, 2, 3]
    for key in ("step", "screenshot", "ai_analysis", "action_taken", "success", "timestamp"):
        assert all(key in step for step in steps)
    assert steps[1]["action_taken"] is None
    assert "no JSON object" in steps[1]["error"]


def test_the_trace_names_the_pictures_that_are_there(directory: SessionDirectory) -> None:
    write_trace(directory, a_session())
    assert {step["screenshot"] for step in trace(directory)["execution_trace"]} == {None}
    write_screenshots(directory)
    write_trace(directory, a_session())
    for step in trace(directory)["execution_trace"]:
        assert (directory.path / step["screenshot"]).is_file()
        assert (directory.path / step["screenshot_after"]).is_file()


# -- screenshots


def test_screenshots_are_the_pictures_of_the_steps(directory: SessionDirectory) -> None:
    write_screenshots(directory)
    names = sorted(path.name for path in directory.screenshots.iterdir())
    assert names == sorted(f"step_{step:04d}_{when}_action.png" for step in (1, 2, 3) for when in ("before", "after"))
    assert decode_picture(directory.screenshot(2, "before").read_bytes()) == a_picture(2)
    assert decode_picture(directory.screenshot(2, "after").read_bytes()) == a_picture(3)


# -- all of them again


def test_views_are_made_again_from_the_shard_and_the_ratings(directory: SessionDirectory) -> None:
    write_screenshots(directory)
    write_training_data(directory)
    directory.trace.write_text("gone wrong")
    shutil.rmtree(directory.screenshots)
    directory.screenshots.mkdir()
    rebuild_views(directory, RATINGS)
    assert {line["metadata"]["human_score"] for line in training_lines(directory)} == {7.5}
    assert trace(directory)["final_result"]["human_feedback"] == "Good."
    assert len(list(directory.screenshots.iterdir())) == 6
    session = directory.read_session()
    assert (session.final_score, session.final_result.score_justification) == (8.0, "auto: done")


def test_views_a_session_was_recorded_without_stay_absent(directory: SessionDirectory) -> None:
    rebuild_views(directory, RATINGS)
    assert directory.trace.exists()
    assert not directory.training_data.exists()
    assert not directory.screenshots.exists()


def test_rebuilding_twice_changes_no_byte(directory: SessionDirectory) -> None:
    write_training_data(directory)
    rebuild_views(directory, RATINGS)
    files = (directory.metadata, directory.trace, directory.training_data)
    first = [path.read_bytes() for path in files]
    rebuild_views(directory, RATINGS)
    assert [path.read_bytes() for path in files] == first


def test_ratings_change_nothing_else_of_a_session(directory: SessionDirectory) -> None:
    rebuild_views(directory, RATINGS)
    rebuild_views(directory, Ratings())
    assert directory.read_session() == a_session()


def test_a_session_that_is_being_played_keeps_its_metadata(tmp_path: Path) -> None:
    running: Session = a_session(status=str(Status.RUNNING), end_time=None, task_completed=None, total_steps=1)
    directory = write_session(tmp_path, running)
    before = directory.metadata.read_bytes()
    directory.shard.unlink()
    with ShardWriter(directory.shard, Step) as shard:
        shard.write(a_step())
        rebuild_views(directory, RATINGS)
    assert directory.metadata.read_bytes() == before

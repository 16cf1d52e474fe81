"""A file of tasks: known ones by their words, others by their keys, and every error with its line."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from collector.errors import EeveeError
from collector.task_file import read_task_file
from collector.tasks import load_task

OWN = """\
tasks:
  - task_id: visit_otto
    instruction: Visit Otto at the pond
    goal: Otto was met
    task_type: interaction
    max_steps: 20
    success: {field: screen, op: eq, value: dialogue}
    starts:
      - {world_seed: 1}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "tasks.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def test_tasks_are_named_by_their_words_or_their_ids(tmp_path: Path) -> None:
    path = write(
        tmp_path, "tasks:\n- check healing items in bag\n- heal_party\n- Open the START menu and close it again\n"
    )
    assert [task.task_id for task in read_task_file(path)] == ["check_healing_items", "heal_party", "open_close_menu"]


def test_a_task_may_be_repeated_with_a_limit_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks:\n- {task: heal_party, max_steps: 40, repeat: 3}\n- {task: check party}\n")
    tasks = read_task_file(path)
    assert [(task.task_id, task.max_steps) for task in tasks] == [
        *[("heal_party", 40)] * 3,
        ("check_party", load_task("check_party").max_steps),
    ]


def test_a_task_may_be_told_where_to_start(tmp_path: Path) -> None:
    path = write(tmp_path, "tasks:\n- {task: heal_party, start: w1207, repeat: 2}\n- heal_party\n")
    starts = [[start.world_seed for start in task.starts] for task in read_task_file(path)]
    assert starts == [[1207], [1207], [start.world_seed for start in load_task("heal_party").starts]]


def test_a_task_of_ones_own_stands_in_the_file(tmp_path: Path) -> None:
    [task] = read_task_file(write(tmp_path, OWN))
    assert (task.task_id, task.max_steps, task.starts[0].world_seed) == ("visit_otto", 20, 1)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "expected a list under `tasks:`"),
        ("tasks: []\n", 1, "expected a list under `tasks:`"),
        ("- heal_party\n", 1, "expected a list under `tasks:`"),
        ("tasks:\n- heal_party\n- [\n", 4, "not valid YAML"),
        ("tasks:\n- heal_party\n- heal_partly\n", 3, "there is no task 'heal_partly'"),
        ("tasks:\n- heal_party\n\n# note\n- 7\n", 5, "got 7"),
        ("tasks:\n- task: heal_party\n  times: 3\n", 2, r"unknown keys \['times'\]"),
        ("tasks:\n- {task: heal_party, repeat: 0}\n", 2, "repeat is 0"),
        ("tasks:\n- {task: heal_party, max_steps: soon}\n", 2, "max_steps is 'soon'"),
        ("tasks:\n- {task: heal_party, repeat: true}\n", 2, "repeat is True"),
        (
            "tasks:\n- {task: heal_party, start: w9999}\n",
            2,
            "task heal_party has no start 'w9999'; it has w0000, w0003",
        ),
        (OWN.replace("op: eq", "op: is"), 2, "op 'is'"),
        (OWN.replace("max_steps: 20", "max_steps: soon"), 2, "max_steps.*soon"),
        (OWN.replace("goal: Otto was met", "gaol: Otto was met"), 2, "gaol"),
        (OWN.replace("    goal: Otto was met\n", ""), 2, "goal"),
        (OWN.replace("starts:\n      - {world_seed: 1}", "starts: []"), 2, "at least one start"),
        ("tasks:\n- heal_party\n- task_id: x\n", 3, "instruction"),
    ],
)
def test_an_error_names_file_and_line(tmp_path: Path, text: str, line: int, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(EeveeError, match=problem) as caught:
        read_task_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_file_that_cant_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(EeveeError, match=r"task_file=.*can't be read"):
        read_task_file(tmp_path / name)


@pytest.mark.parametrize("content", [b"tasks:\n- \xff\xfe\n", b"tasks:\n- a\x00b\n"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tasks.yaml"
    path.write_bytes(content)
    with pytest.raises(EeveeError, match=r"tasks\.yaml"):
        read_task_file(path)

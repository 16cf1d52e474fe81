"""No value of an environment variable reaches a file through a setting, whichever way it is asked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from collector.shards import read_rows
from tests.playing import environment
from tests.warm_python import run_module

SECRET: Final = "sk-planted-7f31"
ASK: Final = "${oc.env:EEVEE_PLANTED}"
QUICK: Final = ("agent=random", "--steps=1")

TASK: Final = """\
task_id: leak
instruction: {instruction}
goal: g
task_type: menu
max_steps: 2
success: {{field: screen, op: eq, value: bag}}
starts: [{{world_seed: 0}}]
"""
GLOBAL: Final = "# @package _global_\nhydra:\n{hydra}task:\n" + "".join(
    f"  {line}\n" for line in TASK.splitlines()
).replace("\n  \n", "\n")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_module("collector", *arguments, folder=folder, env=environment() | {"EEVEE_PLANTED": SECRET})


def where_it_stands(folder: Path) -> list[str]:
    """Paths below the folder whose name or content holds the planted value."""
    found = []
    for path in folder.rglob("*"):
        if SECRET in path.name or (path.is_file() and SECRET.encode() in path.read_bytes()):
            found.append(str(path.relative_to(folder)))
    return found


@pytest.mark.parametrize(
    "words", [f"say {ASK}", "${", "a ${b", "\\${seed}", "${seed} is ${now:%Y}", "${hydra:runtime.cwd} $$ \\\\${x}"]
)
def test_words_are_recorded_as_they_were_typed(tmp_path: Path, words: str) -> None:
    done = run(tmp_path, words, *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    [shard] = tmp_path.glob("runs/session_*/steps.arrow")
    [row] = read_rows(shard, ["instruction"])
    assert row["instruction"] == words
    assert yaml.safe_load((shard.parent / "config.yaml").read_text())["task"]["instruction"] == words
    assert where_it_stands(tmp_path) == []


def test_a_sweep_over_words_records_them_as_they_were_typed(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", f"say {ASK}", "seed=1,2", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(tmp_path.glob("runs/session_*"))) == 2
    assert len(list(tmp_path.glob("runs/sweep_*"))) == 1, "the project's own ${runs} and ${now:} go on working"
    assert where_it_stands(tmp_path) == []


@pytest.mark.parametrize(
    "override",
    [
        f"instruction={ASK}",
        f"instruction='x {ASK}'",
        f"session.name={ASK}",
        f"runs=runs/{ASK}",
        f"hydra.run.dir={ASK}",
        f"emulator={ASK}",
        "instruction='${oc.select:nowhere,${oc.env:EEVEE_PLANTED}}'",
        "hydra.job.env_copy=[EEVEE_PLANTED]",
    ],
)
@pytest.mark.parametrize("sweep", [(), ("-m", "seed=1,2")])
def test_an_override_that_reads_it_is_refused(tmp_path: Path, override: str, sweep: tuple[str, ...]) -> None:
    done = run(tmp_path, *sweep, override, *QUICK)
    if sweep and override.startswith("hydra.run.dir"):
        assert done.returncode == 0, "a sweep has no use for it"
    else:
        assert done.returncode == 2
        assert "EEVEE_PLANTED" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert where_it_stands(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        TASK.format(instruction=ASK),
        TASK.format(instruction="hm") + f"aliases: ['{ASK}']\n",
        GLOBAL.format(hydra="  job: {env_copy: [EEVEE_PLANTED]}\n", instruction="${hydra:job.env_set.EEVEE_PLANTED}"),
        GLOBAL.format(hydra=f"  job: {{env_set: {{X: '{ASK}'}}}}\n", instruction="'${hydra:job.env_set.X}'"),
    ],
    ids=["instruction", "alias", "env_copy", "env_set"],
)
def test_a_task_of_a_config_dir_that_reads_it_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "own" / "task").mkdir(parents=True)
    (tmp_path / "own" / "task" / "leak.yaml").write_text(text)
    done = run(tmp_path, "--config-dir", "own", "task=leak", *QUICK)
    assert done.returncode == 2
    assert "EEVEE_PLANTED" in done.stderr
    assert where_it_stands(tmp_path) == []


def test_a_task_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    text = TASK.format(instruction=f'"Y {ASK} ${{"').replace("\n", "\n    ").rstrip()
    (tmp_path / "tasks.yaml").write_text(f"tasks:\n  - {text}\n")
    done = run(tmp_path, "task_file=tasks.yaml", *QUICK)
    assert (done.returncode, done.stderr) == (0, "")
    [shard] = tmp_path.glob("runs/session_*/steps.arrow")
    assert [row["instruction"] for row in read_rows(shard, ["instruction"])] == [f"Y {ASK} ${{"]
    assert where_it_stands(tmp_path) == []


def test_the_printed_configuration_does_not_tell_it(tmp_path: Path) -> None:
    done = run(tmp_path, "--cfg", "job", "--resolve", f"session.name={ASK}")
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr
    assert SECRET not in os.environ.values()

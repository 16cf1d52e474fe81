import json
from pathlib import Path

import pytest
import yaml

from collector.__main__ import main as collect
from collector.records import Session
from collector.run_directory import SESSION_PREFIX, SessionDirectory, recorded_sessions
from collector.task_file import read_task_file
from scoring.cli import main
from scoring.suggest.playable import playable_starts
from tests.records import a_session


def keep(runs: Path, session: Session) -> None:
    """Leave the session's metadata in RUNS: suggestions look at nothing else."""
    directory = SessionDirectory(runs / f"{SESSION_PREFIX}{session.session_id}")
    directory.path.mkdir(parents=True)
    directory.write_session(session)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every start played once by an expert, but one; and one that another policy missed again and again."""
    runs = tmp_path_factory.mktemp("suggest") / "runs"
    places = [(task, start) for task, starts in playable_starts().items() for start in starts]
    for number, (task, start) in enumerate(places):
        if (task, start) != ("open_close_menu", "w0000"):
            session = a_session(session_id=f"s{number:04d}", task_id=task, start_id=start, seed=number)
            keep(runs, session)
    missed = {"task_id": "check_party", "start_id": "w1207", "status": "truncated", "task_completed": False}
    for time in range(9):
        keep(runs, a_session(session_id=f"m{time}", policy="random", seed=1000, **missed))
    return runs


def test_the_collector_plays_the_file(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, played = tmp_path / "next.yaml", tmp_path / "played"
    assert main(["suggest", str(runs), "--most", "2", "--out", str(out)]) == 0
    assert f"play them with: python -m collector --task-file={out} seed=1001" in capsys.readouterr().out
    assert out.read_text().splitlines()[0] == f"# python -m collector --task-file={out} seed=1001"
    assert collect([f"--task-file={out}", "seed=1001", f"runs={played}"]) == 0
    sessions = [session for _, session in recorded_sessions(played)]
    places = {(session.task_id, session.start_id, session.task_completed) for session in sessions}
    assert places == {("open_close_menu", "w0000", True), ("check_party", "w1207", True)}
    assert sorted(session.seed for session in sessions) == [1001, 1002]


def test_each_line_has_its_reason_and_says_as_much_as_the_json(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "next.yaml"
    assert main(["suggest", str(runs), "--most", "12", "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    suggested = [(one["task_id"], one["start_id"], one["sessions"]) for one in found["suggestions"]]
    read = [(one["task"], one["start"], one.get("repeat", 1)) for one in yaml.safe_load(out.read_text())["tasks"]]
    assert read == suggested
    assert sum(sessions for _, _, sessions in read) == len(read_task_file(out)) == 12
    lines = [line for line in out.read_text().splitlines() if line.startswith("  - ")]
    assert [line.partition("# ")[2] for line in lines] == [one["reason"] for one in found["suggestions"]]


def test_one_policy_alone_may_tell(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["suggest", str(runs), "--most", "1", "--policy", "random"]) == 0
    told = capsys.readouterr().out
    assert "played 0 times from here" in told and "told from 9 sessions; 0 of other" in told


@pytest.mark.parametrize(("arguments", "said"), [(["--most", "0"], "--most 0"), (["--out", "."], "is there already")])
def test_what_can_not_be_is_refused(
    runs: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["suggest", str(runs), *arguments]) == 2
    assert said in capsys.readouterr().err

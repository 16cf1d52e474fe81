from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector.errors import InputError
from collector.run_directory import SessionDirectory
from scoring.cli import main
from scoring.error_counts import ErrorCount, error_counts
from tests.records import a_session, a_step, write_session


def a_directory(tmp_path: Path, name: str, analysis: str | None) -> SessionDirectory:
    directory = SessionDirectory(tmp_path / f"session_{name}")
    directory.error_analysis.parent.mkdir(parents=True)
    if analysis is not None:
        directory.error_analysis.write_text(analysis)
    return directory


def test_errors_are_summed_by_kind_the_most_frequent_first(tmp_path: Path) -> None:
    directories = [
        a_directory(tmp_path, "1", json.dumps({"counts": {"no_effect_press": 3, "retry": 1}})),
        a_directory(tmp_path, "2", None),
        a_directory(tmp_path, "3", json.dumps({"counts": {"retry": 5}})),
    ]
    assert list(error_counts(directories).items()) == [
        ("retry", ErrorCount(times=6, sessions=2)),
        ("no_effect_press", ErrorCount(times=3, sessions=1)),
    ]


@pytest.mark.parametrize("analysis", ["", "{}", '{"counts": 3}', '{"counts": {"retry": []}}', "[]"])
def test_an_analysis_that_cannot_be_read_is_said(tmp_path: Path, analysis: str) -> None:
    with pytest.raises(InputError, match=r"collector\.repair makes it again"):
        error_counts([a_directory(tmp_path, "1", analysis)])


def test_the_report_sums_them_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write_session(tmp_path, a_session(total_steps=1), (a_step(step=1),))
    directory.error_analysis.parent.mkdir()
    directory.error_analysis.write_text(json.dumps({"counts": {"retry": 2}}))
    assert main(["report", str(tmp_path)]) == 0
    assert "errors             2 retry (in 1)" in capsys.readouterr().out
    assert main(["report", "--json", str(tmp_path)]) == 0
    [game] = json.loads(capsys.readouterr().out)["games"]
    assert game["overall"]["errors"] == {"retry": {"times": 2, "sessions": 1}}

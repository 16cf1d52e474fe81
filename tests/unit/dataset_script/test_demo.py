"""The demo's own command line; what it makes is tested where each part is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_script.demo import main


def test_arguments_are_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--fast", "a b"]) == 2
    assert capsys.readouterr().err == "error: got --fast 'a b'; eevee-demo takes no arguments (--help)\n"
    assert list(tmp_path.iterdir()) == []


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: eevee-demo")

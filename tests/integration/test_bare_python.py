"""In a Python that has none of the packages, a command that needs them says so in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.playing import ROOT

BARE = "import runpy, sys; sys.path.insert(0, {root!r}); sys.argv = [{module!r}, *{arguments!r}]; "
BARE += "runpy.run_module({module!r}, run_name='__main__')"


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("collector", []),
        ("collector", ["taskset=all"]),
        ("collector.verify", ["runs"]),
        ("dataset_script", ["runs=runs"]),
    ],
)
def test_a_missing_package_is_one_line(tmp_path: Path, module: str, arguments: list[str]) -> None:
    (tmp_path / "runs").mkdir()
    code = BARE.format(root=str(ROOT), module=module, arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: the package ")
    assert ". .venv/bin/activate" in done.stderr
    assert done.stderr.count("\n") == 1

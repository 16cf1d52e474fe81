"""A rater's id is the same in every sitting on a run tree, and says nothing without the tree's key."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from collector.errors import EeveeError, InputError
from collector.run_directory import RATER_SALT_FILE
from scoring.rating.raters import LONGEST_NAME, rater_id
from tests.playing import environment

EIGHT_AT_ONCE = """
import sys, time
from pathlib import Path
from scoring.rating.raters import rater_id
while not Path(sys.argv[1], "go").exists():
    time.sleep(0.001)
print(rater_id("Ada", Path(sys.argv[1])))
"""


def test_an_id_is_the_same_again_and_another_for_other_names_and_trees(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    ada = rater_id("Ada", here)
    assert ada == rater_id(" Ada ", here) and ada.startswith("r_") and len(ada) == 14
    assert len({ada, rater_id("Bob", here), rater_id("Ada", there)}) == 3
    assert stat.S_IMODE((here / RATER_SALT_FILE).stat().st_mode) == 0o600


def test_eight_processes_at_once_make_one_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", EIGHT_AT_ONCE, str(tmp_path)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) for _ in range(8)]
    (tmp_path / "go").touch()
    ids = [process.communicate(timeout=60)[0].strip() for process in started]
    assert set(ids) == {rater_id("Ada", tmp_path)}
    assert sorted(path.name for path in tmp_path.iterdir()) == [RATER_SALT_FILE, "go"]
    assert len((tmp_path / RATER_SALT_FILE).read_bytes()) == 32


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\u202ea", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="printable characters"):
        rater_id(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_tree_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(EeveeError, match="nowhere"):
        rater_id("Ada", tmp_path / "nowhere")

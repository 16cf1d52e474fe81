import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from dataset_script.card import TEMPLATE
from tests.rated_runs import a_rating, built, rated_session, steps_of, write_runs
from tests.records import a_session


def metadata_of(output: Path) -> dict[str, Any]:
    _, head, _ = (output / "README.md").read_text().split("---\n", 2)
    content: dict[str, Any] = yaml.safe_load(head)
    return content


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("card")
    write_runs(base / "runs")
    built(base / "runs", base / "out")
    return base / "out"


def test_the_template_is_the_repositorys_card() -> None:
    assert TEMPLATE.read_text() == Path("dataset_card.md").read_text()


def test_every_file_is_listed_and_every_number_is_true(output: Path) -> None:
    metadata = metadata_of(output)
    infos = {info["config_name"]: info for info in metadata["dataset_info"]}
    listed = []
    for config in metadata["configs"]:
        splits = {split["name"]: split for split in infos[config["config_name"]]["splits"]}
        for entry in config["data_files"]:
            paths = [output / path for path in entry["path"]]
            listed += paths
            tables = [pq.read_table(path) for path in paths]
            assert splits[entry["split"]]["num_examples"] == sum(table.num_rows for table in tables) > 0
            assert splits[entry["split"]]["num_bytes"] == pytest.approx(sum(t.nbytes for t in tables), rel=0.05)
        assert infos[config["config_name"]]["download_size"] == sum(
            (output / path).stat().st_size for entry in config["data_files"] for path in entry["path"]
        )
    assert sorted(listed) == sorted(output.rglob("*.parquet"))


def test_sft_alone_is_the_default(output: Path) -> None:
    assert [config["config_name"] for config in metadata_of(output)["configs"] if config.get("default")] == ["sft"]


def test_own_cartridge_is_said_in_yaml_and_text(output: Path) -> None:
    metadata = metadata_of(output)
    assert (metadata["synthetic"], metadata["license"]) == ("own cartridge", "apache-2.0")
    assert "**synthetic: own cartridge**" in (output / "README.md").read_text()


def test_figures_come_from_the_data(output: Path) -> None:
    text = (output / "README.md").read_text()
    assert "10 of 12 sessions" in text
    assert "| completed | 10 | 83.3% |" in text
    assert "| failed | 1 | 8.3% |" in text
    assert "| auto | 11 | 11 | 2 | 9 | 9 |" in text
    assert "36 of 36 (100.0%)" in text
    assert "| same pixels as one of validation or test | 0 |" in text
    assert "| same completion | 0 of 8 (0.0%) |" in text


def test_by_start_no_row_of_heldout_begins_where_one_of_train_does(output: Path) -> None:
    text = (output / "README.md").read_text()
    assert "from starts and worlds that no row of `train` or `validation` has" in text
    assert "Splits keep every start whole" in text
    assert "that train or validation has, too | 0 of 8 (0.0%) |" in text


@pytest.mark.parametrize("split_by", ["task", "session"])
def test_by_task_and_by_session_the_card_claims_no_new_worlds(tmp_path: Path, split_by: str) -> None:
    for number in range(1, 13):
        steps = steps_of(a_session(session_id=f"20260102_0304{number:02d}_s{number}", world_seed=number, total_steps=4))
        rated_session(tmp_path / "runs", number, world_seed=number % 2, start_id=f"w{number % 2}", steps=steps)
    built(tmp_path / "runs", tmp_path / "out", f"split_by={split_by}")
    text = (tmp_path / "out" / "README.md").read_text()
    assert f"from {split_by}s that no row of `train` or `validation` has" in text
    assert f"Splits keep every {split_by} whole" in text
    assert "worlds that" not in text
    shared = re.search(r"that train or validation has, too \| (\d+) of (\d+)", text)
    assert shared is not None and int(shared[1]) == int(shared[2]) > 0


def test_every_column_is_explained(output: Path) -> None:
    text = (output / "README.md").read_text()
    for config in metadata_of(output)["dataset_info"]:
        for column in config["features"]:
            assert re.search(rf"^\| `{column['name']}` \| `.+` \| .+ \|$", text, re.MULTILINE)


def test_no_placeholder_is_left_and_no_date_of_the_build(output: Path) -> None:
    text = (output / "README.md").read_text()
    assert not re.findall(r"\$\w+", text)
    assert not re.findall(r"20\d\d-\d\d-\d\d", text)


def test_other_content_gives_another_digest(tmp_path: Path) -> None:
    """What `datasets` keys its cache on must change with one byte of one row."""
    digests = []
    for reasoning in ("A.", "B."):
        runs, out = tmp_path / f"runs{reasoning}", tmp_path / f"out{reasoning}"
        session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2)
        rated_session(runs, 1, total_steps=2, steps=steps_of(session, reasoning=reasoning))
        built(runs, out)
        digests.append({config["config_name"]: config["description"] for config in metadata_of(out)["configs"]})
    first, second = digests
    assert first["sft"] != second["sft"]
    assert first["sessions"] == second["sessions"]


def test_a_real_games_card_says_so_and_names_the_terms(tmp_path: Path) -> None:
    changes = {"synthetic": False, "label_terms": "somebody", "game": "other"}
    session = a_session(session_id="20260102_030401_s1", world_seed=1, total_steps=2, **changes)
    steps = steps_of(session, game="other", label_terms="somebody")
    rated_session(tmp_path / "runs", 1, steps=steps, **changes, total_steps=2)
    built(tmp_path / "runs", tmp_path / "out")
    metadata, text = metadata_of(tmp_path / "out"), (tmp_path / "out" / "README.md").read_text()
    assert "synthetic" not in metadata and "own cartridge" not in text
    assert metadata["license"] == "other"
    assert "providers' terms bind their use: somebody" in text


def test_sources_stand_apart(tmp_path: Path) -> None:
    from scoring.annotations import append_annotation

    session = rated_session(tmp_path / "runs", 1)
    rating = a_rating(session.session_id, 3, source="human", rater="ann")
    append_annotation(tmp_path / "runs" / f"session_{session.session_id}" / "annotations.jsonl", rating)
    built(tmp_path / "runs", tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    assert "| human | 1 | 1 | 3 | 3 | 3 |" in text
    assert "| auto | 1 | 1 | 9 | 9 | 9 |" in text

"""What every export must hold: columns explained, rows of exactly those columns, in order, none of them lost."""

from pathlib import Path
from typing import Any

import pytest
from datasets import Features

import dataset_script.exports
from dataset_script.corpus import Corpus
from dataset_script.exports.protocol import Export, PromptExport, load_export
from tests.rated_runs import A_MISTAKE, corpus_of, settings_for, write_runs, write_step_labels

FOLDER = Path(dataset_script.exports.__file__).parent
KINDS = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "protocol"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    base = tmp_path_factory.mktemp("exports")
    write_runs(base / "runs")
    write_step_labels(base / "runs", {2: A_MISTAKE})
    return corpus_of(settings_for(base / "runs", base / "out"))


@pytest.fixture(params=KINDS)
def export(request: pytest.FixtureRequest) -> Export:
    return load_export(request.param)


def rows_of(export: Export, corpus: Corpus) -> list[dict[str, Any]]:
    splits = ("train", "validation", "test", "human", "auto", "judge")
    return [row for split in splits for row in export.rows(corpus, split)]


def test_every_column_is_explained_in_order(export: Export) -> None:
    assert list(export.column_docs()) == list(export.features())
    assert all(export.column_docs().values())


def test_rows_have_the_columns_and_survive_the_features(export: Export, corpus: Corpus) -> None:
    features = export.features()
    rows = rows_of(export, corpus)
    assert rows
    for row in rows:
        assert row.keys() == set(features)
        features.encode_example(row)


def test_the_same_rows_come_again(export: Export, corpus: Corpus) -> None:
    assert rows_of(export, corpus) == rows_of(export, corpus)


def test_rows_are_in_order_of_session_and_step(export: Export, corpus: Corpus) -> None:
    for split in ("train", "validation", "test", "auto"):
        keys = []
        for row in export.rows(corpus, split):
            place = row.get("metadata", row)
            if "session_id" in place:  # lines for other tools hold what these know
                keys.append((place["session_id"], place.get("step", 0)))
        assert keys == sorted(keys)


def test_no_column_is_json(export: Export) -> None:
    """A Json column can't be read by datasets < 4.7."""
    assert "Json" not in str(export.features()) and isinstance(export.features(), Features)


def test_an_unknown_split_has_no_rows(export: Export, corpus: Corpus) -> None:
    assert list(export.rows(corpus, "trian")) == []


def test_pictures_of_prompts_are_never_absent(export: Export, corpus: Corpus) -> None:
    if not isinstance(export, PromptExport):
        return
    for row in rows_of(export, corpus):
        assert row["images"] and all(image["bytes"].startswith(b"\x89PNG") for image in row["images"])

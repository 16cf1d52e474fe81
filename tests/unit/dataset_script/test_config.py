from pathlib import Path

import pytest

from collector.errors import ConfigError
from collector.prompts import ObservationMode
from dataset_script.config import SplitUnit
from dataset_script.exports.protocol import load_export
from scoring.records import Source
from tests.rated_runs import settings_for

EXPORTS = sorted(path.stem for path in Path("configs/export").glob("*.yaml"))


def test_defaults(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, tmp_path / "out")
    assert (settings.score_source, settings.min_score, settings.split_by) == (Source.AUTO, 6, SplitUnit.START)
    assert (settings.prompt.mode, settings.prompt.history) == (ObservationMode.IMAGE, 1)
    assert [export.name for export in settings.exports] == ["sft", "heldout", "instruct", "steps", "sessions", "scores"]
    assert settings.lint


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_yaml_composes_and_names_a_module(tmp_path: Path, name: str) -> None:
    settings = settings_for(tmp_path, tmp_path / "out", f"export=[{name}]")
    [export] = settings.exports
    assert export.name == name
    assert export.splits and export.about
    load_export(export.kind)


def test_the_default_config_comes_first(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, tmp_path / "out", "export=[steps,sft]")
    assert [export.name for export in settings.exports] == ["sft", "steps"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("score_source=humn", "score_source=humn: expected one of human, auto, judge"),
        ("obs=picture", r"obs=picture: expected one of image, image\+memory"),
        ("split_by=world", "split_by=world: expected one of start, task, session"),
        ("min_score=11", "min_score=11.0: expected 1 to 10"),
        ("history=0", "history=0: expected 1 to 64"),
        ("image_scale=0", "image_scale=0: expected 1 to 16"),
        ("max_shard_size_mb=0", "max_shard_size_mb=0: expected 1 to"),
        ("lint=loud", "lint=loud: expected one of on, off"),
        ("export=[]", "nothing to build"),
        ("export.steps.default=true", "sft and steps both say default: true"),
        ("export=[chat] target=expert", "export=chat with target=expert"),
        ("export=[chat_windows] curation.history_dropout=0.5", "export=chat_windows with curation.history_dropout"),
        ("export=[openai] history=11", "export=openai with history=11: OpenAI's fine-tuning takes 10 pictures a line"),
    ],
)
def test_wrong_values_name_the_key(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings_for(tmp_path, tmp_path / "out", *override.split())


def test_ten_pictures_are_not_too_many_for_a_line(tmp_path: Path) -> None:
    assert settings_for(tmp_path, tmp_path / "out", "export=[openai]", "history=10").prompt.history == 10


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'sftt': there is none; there are chat, .*instruct, .*sft, .*steps"):
        load_export("sftt")

from __future__ import annotations

from pathlib import Path

import pytest
from changed_pictures import Change, blank, change_named, other
from loop.serving import with_changed_pictures

from collector.pictures import decode_picture
from collector.recording import record_session
from tests.fakes.model_server import Asked, reply_text
from tests.fakes.providers import provider, settings_for
from tests.playing import a_job
from tests.rated_runs import built, write_runs
from tests.records import a_png


def received(tmp_path: Path, change: Change | None) -> list[Asked]:
    """What a model's server was asked while three buttons were pressed."""
    with provider("openai", lambda number, asked: reply_text("press_start")) as server:
        settings = settings_for("openai", server)
        if change is None:
            record_session(a_job(tmp_path / "runs", "read_sign", agent=settings, max_steps=3))
        else:
            with with_changed_pictures(settings.base_url, 0, change) as address:
                settings.base_url = address
                record_session(a_job(tmp_path / "runs", "read_sign", agent=settings, max_steps=3))
        return server.received


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    return received(tmp_path_factory.mktemp("plain"), None)


def test_blank_pictures_are_grey_and_of_the_same_size(tmp_path: Path, plain: list[Asked]) -> None:
    for asked, before in zip(received(tmp_path, blank), plain, strict=True):
        (picture,), (was,) = map(decode_picture, asked.pictures), map(decode_picture, before.pictures)
        assert (picture.width, picture.height) == (was.width, was.height) == (160, 144)
        assert set(picture.rgb) == {128} != set(was.rgb)


def test_another_picture_is_never_the_one_it_replaces(tmp_path: Path, plain: list[Asked]) -> None:
    pool = [plain[0].pictures[0], plain[1].pictures[0], a_png(3)]
    for asked, before in zip(received(tmp_path, other(pool)), plain, strict=True):
        assert asked.pictures[0] in pool
        assert asked.pictures[0] != before.pictures[0]


def test_a_pool_without_another_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="a pool of 1 pictures has none but the one to replace"):
        other([a_png(3)])(a_png(3))


def test_without_pictures_the_text_is_all_that_is_left(tmp_path: Path, plain: list[Asked]) -> None:
    for asked, before in zip(received(tmp_path, change_named("none", None)), plain, strict=True):
        assert asked.pictures == ()
        assert (asked.system, asked.texts) == (before.system, before.texts)


def test_only_the_pictures_are_changed(tmp_path: Path, plain: list[Asked]) -> None:
    for asked, before in zip(received(tmp_path, blank), plain, strict=True):
        assert (asked.system, asked.texts) == (before.system, before.texts)
        assert {**asked.body, "messages": None} == {**before.body, "messages": None}


def test_the_pool_is_the_dataset_s_training_pictures(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", 6)
    built(tmp_path / "runs", tmp_path / "dataset", "export=[sft]")
    change = change_named("other", str(tmp_path / "dataset"))
    assert decode_picture(change(a_png(3)) or b"").width == 160


@pytest.mark.parametrize(("name", "dataset"), [("other", None), ("black", "dataset")])
def test_an_unknown_change_is_refused(name: str, dataset: str | None) -> None:
    with pytest.raises(ValueError, match="expected one of blank, other, none"):
        change_named(name, dataset)

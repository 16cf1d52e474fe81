import dataclasses
from pathlib import Path

import pytest

from collector.errors import ConfigError, InputError
from dataset_script.corpus import RatedSession, read_sessions
from dataset_script.publishing import LEFT_OUT, prepared, read_salt, write_salt
from dataset_script.push_config import PushConfig, PushSettings, push_settings
from scoring.annotations import append_annotation
from scoring.records import Source
from tests.rated_runs import a_rating, rated_session


def a_push(**changes: object) -> PushSettings:
    settings = push_settings(PushConfig(repo_id="user/name", **changes))  # type: ignore[arg-type]
    assert settings is not None
    return settings


@pytest.fixture
def sessions(tmp_path: Path) -> list[RatedSession]:
    """One session rated by the rule, a judge, and two people, of whom Bob could not judge."""
    rated_session(tmp_path, 1)
    [directory] = tmp_path.iterdir()
    session_id = directory.name.removeprefix("session_")
    for source, rater, score in (("human", "Ada", 8), ("human", "Bob", None), ("judge", "some-model", 7)):
        said = {"feedback": f"{rater} speaks", "justification": f"{rater} reasons", "annotation_id": rater}
        rating = a_rating(session_id, 1, source=source, rater=rater, **said)
        append_annotation(directory / "annotations.jsonl", dataclasses.replace(rating, score=score))
    return read_sessions(tmp_path)[0]


def test_without_a_push_nothing_changes(sessions: list[RatedSession], tmp_path: Path) -> None:
    assert prepared(sessions, None, tmp_path, print) == (sessions, None)


def test_people_lose_names_and_texts_and_others_keep_theirs(sessions: list[RatedSession], tmp_path: Path) -> None:
    told: list[str] = []
    [session], salt = prepared(sessions, a_push(), tmp_path, told.append)
    ada, bob = (rating for rating in session.annotations if rating.source == Source.HUMAN)
    assert salt is not None and len(salt) == 64
    assert ada.rater != bob.rater and {ada.rater[:6], bob.rater[:6]} == {"rater-"}
    assert (ada.feedback, ada.justification, bob.justification) == ("", "", LEFT_OUT)
    [judge] = (rating for rating in session.annotations if rating.source == Source.JUDGE)
    assert (judge.rater, judge.feedback) == ("some-model", "some-model speaks")
    assert [session.score(source) for source in Source] == [sessions[0].score(source) for source in Source]
    assert told == [
        "to be published: names of people who rated become salted hashes (push.raters=names keeps them), their texts "
        "are left out (push.feedback=true keeps them)"
    ]


def test_names_and_texts_are_kept_when_asked_for(sessions: list[RatedSession], tmp_path: Path) -> None:
    [session], _ = prepared(sessions, a_push(raters="names", feedback=True), tmp_path, print)
    assert session.annotations == sessions[0].annotations


def test_the_same_salt_gives_the_same_names_and_another_gives_others(
    sessions: list[RatedSession], tmp_path: Path
) -> None:
    [first], salt = prepared(sessions, a_push(), tmp_path, print)
    assert salt is not None
    write_salt(tmp_path, salt)
    assert read_salt(tmp_path) == salt and (tmp_path / "rater_salt.txt").stat().st_mode & 0o077 == 0
    [second], again = prepared(sessions, a_push(), tmp_path, print)
    [third], _ = prepared(sessions, a_push(), tmp_path / "elsewhere", print)
    assert again == salt
    assert first.annotations == second.annotations != third.annotations


def test_words_of_people_in_the_metadata_go_too(tmp_path: Path) -> None:
    from collector.records import FinalResult

    words = FinalResult(
        task_outcome="Reached.", completion_status="success", human_feedback="Fine.", score_justification="Why not."
    )
    session = rated_session(tmp_path, 1, final_result=words)
    [directory] = tmp_path.iterdir()
    append_annotation(directory / "annotations.jsonl", a_rating(session.session_id, 8, source="human", rater="Ada"))
    sessions, _ = read_sessions(tmp_path)
    [published], _ = prepared(sessions, a_push(), tmp_path, print)
    result = published.record.final_result
    assert (result.task_outcome, result.human_feedback, result.score_justification) == ("Reached.", None, None)


def test_a_foreign_game_needs_rights(tmp_path: Path) -> None:
    rated_session(tmp_path, 1, synthetic=False, game="foreign")
    sessions, _ = read_sessions(tmp_path)
    for said in (None, "", "  "):
        with pytest.raises(InputError, match=r"foreign, which is not the bundled cartridge.*push\.rights="):
            prepared(sessions, a_push(rights=said), tmp_path, print)
    prepared(sessions, a_push(rights="mine"), tmp_path, print)


@pytest.mark.parametrize(
    "changes",
    [
        {"repo_id": "name"},
        {"repo_id": "a/b/c"},
        {"repo_id": "user/na--me"},
        {"repo_id": "user/../x"},
        {"tag": "main"},
        {"tag": "a" * 40},
        {"tag": "v 1"},
        {"raters": "none"},
        {"repo_id": None, "dry_run": True},
        {"repo_id": None, "tag": "v1"},
    ],
)
def test_keys_that_can_not_be_used_are_named(changes: dict[str, object]) -> None:
    [key] = changes.keys() - {"dry_run"} if changes.keys() != {"repo_id", "tag"} else ["repo_id"]
    with pytest.raises(ConfigError, match=rf"^push\.{key}="):
        push_settings(PushConfig(**{"repo_id": "user/name", **changes}))  # type: ignore[arg-type]


def test_no_repository_is_no_push() -> None:
    assert push_settings(PushConfig()) is None

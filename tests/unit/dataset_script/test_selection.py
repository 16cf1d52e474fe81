from pathlib import Path

import pytest

from tests.rated_runs import corpus_of, rated_session, settings_for


@pytest.mark.parametrize(("overrides", "trained"), [((), {1, 2}), (("exclude_policies=[]",), {1, 2, 3})])
def test_luck_is_not_trained_on_unless_asked_for(tmp_path: Path, overrides: tuple[str, ...], trained: set[int]) -> None:
    for number, policy in enumerate(("expert", "human", "random"), start=1):
        rated_session(tmp_path / "runs", number, policy=policy)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out", *overrides))
    assert {placed.session.record.world_seed for placed in corpus.sessions if placed.trained_on} == trained

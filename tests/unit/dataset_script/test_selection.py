from pathlib import Path

import pytest

from collector.errors import InputError
from tests.rated_runs import built, corpus_of, rated_session, settings_for


@pytest.mark.parametrize(("overrides", "trained"), [((), {1, 2}), (("exclude_policies=[]",), {1, 2, 3, 4})])
def test_neither_luck_nor_slips_are_trained_on_unless_asked_for(
    tmp_path: Path, overrides: tuple[str, ...], trained: set[int]
) -> None:
    for number, policy in enumerate(("expert", "human", "random", "noisy"), start=1):
        rated_session(tmp_path / "runs", number, policy=policy)
    corpus = corpus_of(settings_for(tmp_path / "runs", tmp_path / "out", *overrides))
    assert {placed.session.record.world_seed for placed in corpus.sessions if placed.trained_on} == trained


@pytest.mark.parametrize(
    ("override", "command"), [("score_source=auto", "scoring auto"), ("target=expert", "collector.relabel")]
)
def test_the_command_to_run_first_can_be_pasted(tmp_path: Path, override: str, command: str) -> None:
    rated_session(tmp_path / "my runs", 1, score=None)
    with pytest.raises(InputError) as caught:
        built(tmp_path / "my runs", tmp_path / "out", override)
    assert str(caught.value).endswith(f"python -m {command} '{tmp_path}/my runs'")

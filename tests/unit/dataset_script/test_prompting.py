from pathlib import Path

import pytest

from collector.errors import InputError
from collector.features import row_of
from dataset_script.prompting import answer_to
from dataset_script.replies import recorded_replies
from tests.rated_runs import settings_for
from tests.records import a_step


def test_an_answer_of_more_buttons_than_the_prompt_allows_is_refused(tmp_path: Path) -> None:
    shared = {"reply_id": "r1", "reply_length": 2}
    rows = [row_of(a_step(step=step, reply_index=step - 1, **shared)) for step in (1, 2)]
    [reply] = recorded_replies(rows)
    for allowed in (2, 3):
        options = settings_for(tmp_path, tmp_path / "out", f"max_actions={allowed}").prompt
        assert answer_to(reply, options)["role"] == "assistant"
    with pytest.raises(InputError, match=r"step 1: the reply names 2 buttons, and the prompt allows 1; build with"):
        answer_to(reply, settings_for(tmp_path, tmp_path / "out").prompt)

"""Answers are kept whole, the first one stays, and a damaged one is replaced."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collector.agents.calls.response_store import ResponseStore
from collector.agents.model_client import Completion
from tests.fakes.model_clients import a_request, an_answer

KEY = a_request().key()
TOKENS = st.one_of(st.none(), st.integers(0, 10**9))


@given(st.text(), st.text(max_size=20), TOKENS, TOKENS)
def test_what_is_kept_is_read_again(text: str, reason: str, read: int | None, written: int | None) -> None:
    answer = Completion(text=text, finish_reason=reason, input_tokens=read, output_tokens=written)
    with tempfile.TemporaryDirectory() as folder:
        store = ResponseStore(Path(folder))
        assert store.keep(KEY, "m", answer) == answer
        assert store.read(KEY) == answer


def test_the_first_answer_stays(tmp_path: Path) -> None:
    store = ResponseStore(tmp_path)
    store.keep(KEY, "m", an_answer("first"))
    assert store.keep(KEY, "m", an_answer("second")) == an_answer("first")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{KEY}.json"]


def test_a_damaged_answer_counts_as_missing_and_is_replaced(tmp_path: Path) -> None:
    store = ResponseStore(tmp_path)
    store.keep(KEY, "m", an_answer("whole"))
    store.path(KEY).write_text('{"model": "m", "compl')
    assert store.read(KEY) is None
    assert store.keep(KEY, "m", an_answer("new")) == an_answer("new")
    assert store.read(KEY) == an_answer("new")


def test_keys_follow_everything_that_decides_an_answer() -> None:
    requests = [
        a_request(),
        a_request("Other words?"),
        a_request(images=[b"one"]),
        a_request(images=[b"two"]),
        a_request(images=[b"one", b"two"]),
        a_request(images=[b"two", b"one"]),
        a_request(model="other"),
        a_request(temperature=0.5),
        a_request(seed=8),
        a_request(max_output_tokens=401),
        a_request(schema={"type": "object"}),
    ]
    assert len({request.key() for request in requests}) == len(requests)
    assert a_request(timeout_s=1.0).key() == a_request().key()

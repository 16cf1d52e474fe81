"""Leases keep raters apart, end by themselves, and know an order."""

from pathlib import Path

import pytest

from collector.errors import WorkError
from scoring.rating.claims import Claims


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def alone(item: str, others: frozenset[str]) -> bool:
    return not others


def test_a_lease_keeps_others_out_until_it_ends(tmp_path: Path) -> None:
    clock = Clock()
    claims = Claims(tmp_path / "claims", lease_s=60, now=clock)
    assert claims.take("one", ["a"], alone) == "a"
    assert claims.take("two", ["a"], alone) is None
    clock.now += 59
    assert (claims.of("one"), claims.take("two", ["a"], alone)) == (["a"], None)
    clock.now += 2
    assert (claims.of("one"), claims.take("two", ["a"], alone)) == ([], "a")
    assert claims.take("one", ["a"], alone) is None


def test_the_first_free_candidate_is_taken_and_what_one_holds_is_not_taken_again(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims")
    asked: list[tuple[str, frozenset[str]]] = []

    def is_free(item: str, others: frozenset[str]) -> bool:
        asked.append((item, others))
        return item != "b"

    assert claims.take("one", ["a", "b", "c"], is_free) == "a"
    assert claims.take("one", ["a", "b", "c"], is_free) == "c"
    assert claims.take("two", ["a"], is_free) == "a"
    assert asked == [("a", frozenset()), ("b", frozenset()), ("c", frozenset()), ("a", frozenset({"one"}))]


def test_leases_are_told_in_their_order_and_what_is_put_first_is_first(tmp_path: Path) -> None:
    clock = Clock()
    claims = Claims(tmp_path / "claims", now=clock)
    for item in ("b", "a"):
        claims.take("one", [item], alone)
        clock.now += 1
    claims.put_first("one", "z")
    claims.put_first("one", "y")
    assert claims.of("one") == ["y", "z", "b", "a"]
    claims.release("one", "z")
    assert Claims(tmp_path / "claims", now=clock).of("one") == ["y", "b", "a"]


def test_a_skip_lets_go_and_is_remembered_for_that_rater_only(tmp_path: Path) -> None:
    clock = Clock()
    claims = Claims(tmp_path / "claims", now=clock)
    claims.take("one", ["a"], alone)
    claims.skip("one", "a")
    clock.now += 1
    claims.skip("one", "b")
    assert (claims.of("one"), claims.skipped("one"), claims.skipped("two")) == ([], {"a": 1000.0, "b": 1001.0}, {})
    claims.forget_skips("one", ["a"])
    assert list(claims.skipped("one")) == ["b"]


def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "claims").write_bytes(b"no database at all, but longer than a header of one" * 20)
    with pytest.raises(WorkError, match="holds no rating: delete it"):
        Claims(tmp_path / "claims")

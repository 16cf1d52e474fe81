"""Comparisons by the page: the side that was meant wins, once."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from scoring.comparisons import comparisons_in_force, read_comparisons
from tests.serving import PageClient, serving
from tests.unit.scoring.rating.test_forks import a_walk
from tests.unit.scoring.web.test_rating import some_runs


def a_judgement(sides: Any, better: str = "a") -> dict[str, Any]:
    names = {"a": sides[0]["name"], "b": sides[1]["name"]}
    return {**names, "better": better, "seconds_spent": 2, "key": secrets.token_hex(16)}


def judge(client: PageClient, sides: Any, better: str) -> Any:
    return client.send_json("/api/pair/judge", **a_judgement(sides, better))


def winners(runs: Path) -> list[str | None]:
    return [one.winner for one in comparisons_in_force(read_comparisons(runs)[0])]


def test_the_better_one_of_a_pair_is_kept_and_can_be_taken_back(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        sides = client.get("/api/pair").json()["sides"]
        assert judge(client, sides, "b").json() == {"sides": [], "fork": None, "left": 0}
        [winner] = winners(tmp_path)
        assert client.send_json("/api/pair/undo").json()["sides"] == sides
        assert winners(tmp_path) == []
        judge(client, sides, "a")
        assert winners(tmp_path) != [winner]
        client.send_json("/api/pair/undo")
        judge(client, sides, "tie")
    assert winners(tmp_path) == [None]


def test_a_comparison_that_arrives_twice_is_one_row(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        sides = client.get("/api/pair").json()["sides"]
        body = a_judgement(sides)
        assert [client.send_json("/api/pair/judge", **body).status_code for _ in range(2)] == [200, 200]
    assert len(read_comparisons(tmp_path)[0]) == 1


def test_the_side_that_was_shown_left_is_meant_also_where_the_server_would_now_show_it_right(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        sides = client.get("/api/pair").json()["sides"]
        judge(client, sides, "a")
        [winner] = winners(tmp_path)
        client.send_json("/api/pair/undo")
        judge(client, sides[::-1], "b")
    assert winners(tmp_path) == [winner]


def test_a_skipped_pair_does_not_come_again(tmp_path: Path) -> None:
    some_runs(tmp_path, 3)
    with serving(tmp_path) as client:
        sides = client.get("/api/pair").json()["sides"]
        names = {"a": sides[0]["name"], "b": sides[1]["name"]}
        after = client.send_json("/api/pair/skip", **names).json()["sides"]
    assert after and after != sides
    assert winners(tmp_path) == []


@pytest.mark.parametrize("changes", [{"better": "c"}, {"better": None}, {"a": "x"}, {"seconds_spent": "2"}], ids=str)
def test_a_comparison_that_makes_no_sense_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    some_runs(tmp_path, 2)
    with serving(tmp_path) as client:
        body = a_judgement(client.get("/api/pair").json()["sides"])
        assert client.send_json("/api/pair/judge", **body | changes).status_code in (400, 404)
    assert winners(tmp_path) == []


def test_a_pair_with_a_side_that_can_not_be_read_is_put_aside(tmp_path: Path) -> None:
    torn, *_ = some_runs(tmp_path, 3)
    with torn.shard.open("r+b") as shard:
        shard.truncate(300)
    with serving(tmp_path) as client:
        assert len(client.get("/api/pair").json()["sides"]) == 2


def test_at_a_fork_the_page_gets_the_two_presses_and_nothing_of_what_they_led_to(tmp_path: Path) -> None:
    a_walk(tmp_path, 1, "press_a", "press_up", "press_up", report={3: "SECRET"}, reasoning={2: "SECRET"})
    a_walk(tmp_path, 2, "press_a", "press_b", expected_outcome={2: "SECRET"})
    with serving(tmp_path) as client:
        answer = client.get("/api/pair").json()
        assert answer["fork"] == 2
        assert "SECRET" not in str(answer)
        shown = [[step["step"] for moment in side["moments"] for step in moment] for side in answer["sides"]]
        assert shown == [[2], [2]]
        assert {side["steps_used"] for side in answer["sides"]} == {2}
        left = answer["sides"][0]["moments"][0][0]["action"]
        after = client.send_json("/api/pair/judge", **a_judgement(answer["sides"], "a"), fork=2).json()
        assert (after["fork"], after["left"]) == (None, 1)
        assert sorted(side["steps_used"] for side in after["sides"]) == [2, 3]
    [one] = comparisons_in_force(read_comparisons(tmp_path)[0])
    assert (one.step, one.winner) == (2, "20260102_030401_s" if left == "press_up" else "20260102_030402_s")


@pytest.mark.parametrize("fork", [1, "2", True, 99])
def test_presses_that_were_not_shown_are_not_compared(tmp_path: Path, fork: Any) -> None:
    a_walk(tmp_path, 1, "press_a", "press_up"), a_walk(tmp_path, 2, "press_a", "press_b")
    with serving(tmp_path) as client:
        sides = client.get("/api/pair").json()["sides"]
        assert client.send_json("/api/pair/judge", **a_judgement(sides), fork=fork).status_code == 400
    assert winners(tmp_path) == []

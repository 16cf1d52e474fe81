from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.records import Status
from collector.tasks import load_task
from scoring.sessions import RatedSession
from scoring.suggest.playable import playable_starts
from scoring.suggest.ranking import Suggestion, suggest
from tests.rated_runs import a_rating
from tests.unit.scoring.compare.sides import a_rated

STARTS = {"t1": ("a", "b"), "t2": ("a", "b")}


def played(task: str, start: str, reached: bool | None = True, times: int = 1, **changes: Any) -> list[RatedSession]:
    return [
        a_rated(f"{task}-{start}-{number}", task_id=task, start_id=start, task_completed=reached, **changes)
        for number in range(times)
    ]


def everywhere(times: int = 4) -> list[RatedSession]:
    """Every start played as often, every goal reached."""
    return [one for task, starts in STARTS.items() for start in starts for one in played(task, start, times=times)]


def first(sessions: list[RatedSession]) -> Suggestion:
    return suggest(sessions, STARTS, 1).suggestions[0]


def test_the_start_that_was_never_played_comes_first() -> None:
    sessions = [one for one in everywhere() if (one.session.task_id, one.session.start_id) != ("t2", "a")]
    one = first(sessions)
    assert (one.task_id, one.start_id, one.coverage) == ("t2", "a", (1 + 1 / 5) / 2)
    assert one.reason == "played 0 times from here, 4 times in all; 0 of 4 in all"


def test_the_start_that_fails_comes_first() -> None:
    sessions = [one for one in everywhere() if (one.session.task_id, one.session.start_id) != ("t2", "b")]
    one = first(sessions + played("t2", "b", reached=False, times=4))
    assert (one.task_id, one.start_id) == ("t2", "b")
    assert one.failure == (4 + 2 * (4.5 / 9)) / 6
    assert "4 of 4 missed the goal here; 4 of 8 in all" in one.reason


def test_the_start_whose_raters_are_apart_comes_first() -> None:
    sessions = everywhere()
    ratings = tuple(a_rating("x", score, source=source, rater=source) for source, score in (("auto", 10), ("human", 4)))
    apart = RatedSession(directory=sessions[5].directory, session=sessions[5].session, annotations=ratings)
    one = first([*sessions[:5], apart, *sessions[6:]])
    assert (one.task_id, one.start_id) == (apart.session.task_id, apart.session.start_id)
    assert one.disagreement == 6 / 9
    assert "raters 6.0 points apart" in one.reason


def test_what_can_not_be_told_is_no_failure_and_a_running_session_no_session() -> None:
    sessions = everywhere() + played("t1", "a", None, status=Status.FAILED) + played("t1", "b", None, status="running")
    by_place = {(one.task_id, one.start_id): one for one in suggest(sessions, STARTS, 8).suggestions}
    assert by_place["t1", "a"].failure == by_place["t1", "b"].failure
    assert "played 5 times from here" in by_place["t1", "a"].reason
    assert "played 4 times from here" in by_place["t1", "b"].reason


def test_other_tasks_and_starts_do_not_count_and_the_seed_is_new() -> None:
    sessions = [*everywhere(), *played("free_text", "a", seed=41), *played("t1", "elsewhere", times=2)]
    found = suggest(sessions, STARTS, 2)
    assert (found.sessions, found.elsewhere, found.seed) == (16, 3, 42)
    assert suggest([], STARTS, 2).seed == 0


@given(st.integers(1, 60), st.lists(st.sampled_from([("t1", "a"), ("t1", "b"), ("t2", "a")]), max_size=12))
def test_sessions_are_shared_out_by_need(most: int, places: list[tuple[str, str]]) -> None:
    sessions = [one for task, start in places for one in played(task, start, reached=False)]
    found = suggest(sessions, STARTS, most).suggestions
    assert sum(one.sessions for one in found) == most
    assert [one.need for one in found] == sorted((one.need for one in found), reverse=True)
    given_out = [one.sessions for one in found]
    assert given_out == sorted(given_out, reverse=True)
    for one in found:
        for other in found:
            assert one.sessions <= one.need / other.need * (other.sessions + 1) + 1e-9


def test_nothing_to_play_suggests_nothing() -> None:
    assert suggest(everywhere(), {}, 5).suggestions == ()


def test_held_out_tasks_are_not_to_be_suggested() -> None:
    starts = playable_starts()
    assert "heal_party" in starts and "w1207" in starts["heal_party"]
    assert load_task("reach_garden").held_out and "reach_garden" not in starts

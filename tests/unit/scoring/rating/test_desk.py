"""The desk gives each session to as many raters as want it, blind, and forgets nothing between sittings."""

import threading
from pathlib import Path

import pytest

from collector.errors import InputError
from collector.records import Status
from collector.run_directory import SessionDirectory
from scoring.annotations import append_annotation, read_annotations, resolve
from scoring.rating.desk import GOLD_EVERY, Desk, Order, Rules
from scoring.records import Source
from tests.records import a_session, write_session
from tests.unit.scoring.test_records import an_annotation

NO_DOUBLES = Rules(doubles=0.0)


def some_runs(runs: Path, count: int) -> list[SessionDirectory]:
    return [write_session(runs, a_session(session_id=f"20260102_0304{number:02}_s")) for number in range(count)]


def ids(directories: list[SessionDirectory]) -> list[str]:
    return [directory.session_id for directory in directories]


def rate_all(desk: Desk, score: int = 7) -> list[str]:
    done = []
    while found := desk.items():
        done.append(found[0].session_id)
        desk.rate(done[-1], score, seconds_spent=1.0)
    return done


def test_two_raters_share_the_work_and_meet_nowhere(tmp_path: Path) -> None:
    some_runs(tmp_path, 6)
    first, second = Desk(tmp_path, "r_one", NO_DOUBLES), Desk(tmp_path, "r_two", NO_DOUBLES)
    assert not set(ids(first.items(2))) & set(ids(second.items(2)))
    both = rate_all(first) + rate_all(second)
    assert len(both) == len(set(both)) == 6
    assert first.items() == second.items() == []
    assert (first.tally().left, second.tally().left) == (0, 0)


def test_every_session_that_wants_two_gets_two_and_no_third(tmp_path: Path) -> None:
    directories = some_runs(tmp_path, 3)
    done = [rate_all(Desk(tmp_path, rater, Rules(doubles=1.0))) for rater in ("r_one", "r_two", "r_three")]
    assert [len(one) for one in done] == [3, 3, 0]
    assert done[0] != done[1] or len(directories) < 3
    assert all(len(read_annotations(one).annotations) == 2 for one in directories)


def test_about_one_in_ten_sessions_is_rated_twice(tmp_path: Path) -> None:
    some_runs(tmp_path, 60)
    rate_all(Desk(tmp_path, "r_one"))
    assert 1 <= len(rate_all(Desk(tmp_path, "r_two"))) <= 15


def test_what_is_on_the_desk_stays_there_for_the_next_sitting(tmp_path: Path) -> None:
    some_runs(tmp_path, 4)
    seen = ids(Desk(tmp_path, "r_one").items(2))
    assert ids(Desk(tmp_path, "r_one").items(2)) == seen


def test_an_undone_rating_is_taken_back_on_disk_and_comes_up_again_first(tmp_path: Path) -> None:
    some_runs(tmp_path, 4)
    desk = Desk(tmp_path, "r_one", NO_DOUBLES)
    first, waiting = desk.items(2)
    desk.rate(first.session_id, 3, seconds_spent=2.0, feedback="no")
    back = Desk(tmp_path, "r_one", NO_DOUBLES).undo()
    assert back is not None and back.session_id == first.session_id
    assert [one.score for one in read_annotations(first).annotations] == [3, None]
    assert resolve(read_annotations(first).annotations, Source.HUMAN) is None
    again = Desk(tmp_path, "r_one", NO_DOUBLES)
    assert ids(again.items(2)) == [first.session_id, waiting.session_id]
    annotation = again.rate(first.session_id, 9, seconds_spent=1.0)
    assert annotation.supersedes is None
    assert again.tally().rated == 1


def test_a_skip_is_undone_too_and_the_latest_comes_first(tmp_path: Path) -> None:
    some_runs(tmp_path, 3)
    desk = Desk(tmp_path, "r_one", NO_DOUBLES)
    rated = desk.items()[0].session_id
    desk.rate(rated, 5, seconds_spent=1.0)
    skipped = desk.items()[0].session_id
    desk.skip(skipped)
    assert desk.items()[0].session_id not in {rated, skipped}
    assert (desk.tally().rated, desk.tally().skipped, desk.tally().left) == (1, 1, 1)
    assert [desk.undo().session_id for _ in range(2)] == [skipped, rated]  # type: ignore[union-attr]
    assert desk.undo() is None


def test_what_was_skipped_comes_back_when_asked_for(tmp_path: Path) -> None:
    some_runs(tmp_path, 2)
    desk = Desk(tmp_path, "r_one", NO_DOUBLES)
    for _ in range(2):
        desk.skip(desk.items()[0].session_id)
    assert Desk(tmp_path, "r_one", NO_DOUBLES).items() == []
    assert desk.show_skipped() == 2
    assert len(rate_all(desk)) == 2


def test_gold_sessions_reach_every_rater_one_in_ten(tmp_path: Path) -> None:
    directories = some_runs(tmp_path, 25)
    gold = [one.session_id for one in directories[:2]]
    for session_id in gold:
        expert = an_annotation(session_id=session_id, rater="r_gold", score=8)
        append_annotation(SessionDirectory(tmp_path / f"session_{session_id}").annotations, expert)
    rules = Rules(doubles=0.0, gold="r_gold")
    first, second = rate_all(Desk(tmp_path, "r_one", rules)), rate_all(Desk(tmp_path, "r_two", rules))
    assert set(second) == set(gold) and set(gold) < set(first)
    places = sorted(first.index(one) for one in gold)
    assert places[0] < GOLD_EVERY <= places[1] < 2 * GOLD_EVERY
    assert len(rate_all(Desk(tmp_path, "r_gold", rules))) == 0


def test_those_that_raters_differ_on_come_first_and_get_one_more_opinion(tmp_path: Path) -> None:
    directories = some_runs(tmp_path, 5)
    disputed = directories[3]
    for source, score in (("auto", 10), ("human", 2)):
        append_annotation(
            disputed.annotations,
            an_annotation(session_id=disputed.session_id, rater=f"r_{source}", source=source, score=score),
        )
    rules = Rules(doubles=0.0, order=Order.DISAGREEMENT)
    assert Desk(tmp_path, "r_one", rules).items()[0].session_id == disputed.session_id
    assert disputed.session_id not in rate_all(Desk(tmp_path, "r_two", NO_DOUBLES))


def test_a_session_that_ends_meanwhile_comes_up_and_one_that_runs_does_not(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    write_session(tmp_path, a_session(session_id="20260102_030499_empty", total_steps=0, status=Status.FAILED))
    desk = Desk(tmp_path, "r_one", NO_DOUBLES)
    assert len(rate_all(desk)) == 1
    write_session(tmp_path, a_session(session_id="20260102_040404_late"))
    assert rate_all(desk) == ["20260102_040404_late"]


def test_a_session_that_is_not_there_is_refused(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with pytest.raises(InputError, match="nowhere"):
        Desk(tmp_path, "r_one").rate("nowhere", 5, seconds_spent=1.0)


def test_raters_at_once_get_different_sessions(tmp_path: Path) -> None:
    some_runs(tmp_path, 24)
    desks = [Desk(tmp_path, f"r_{number}", NO_DOUBLES) for number in range(4)]
    done: list[list[str]] = [[] for _ in desks]

    def work(place: int) -> None:
        done[place] = rate_all(desks[place])

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [item for one in done for item in one]
    assert len(every) == len(set(every)) == 24


def test_a_rating_that_is_sent_twice_is_one_row(tmp_path: Path) -> None:
    [directory] = some_runs(tmp_path, 1)
    for _ in range(2):  # the second time by a program that was started again
        Desk(tmp_path, "r_one").rate(directory.session_id, 7, seconds_spent=1.0, annotation_id="a" * 32)
    [only] = read_annotations(directory).annotations
    assert (only.annotation_id, only.score) == ("a" * 32, 7)


def test_what_a_rater_rated_in_another_program_does_not_come_up_again(tmp_path: Path) -> None:
    some_runs(tmp_path, 4)
    here, there = Desk(tmp_path, "r_one", Rules(doubles=1.0)), Desk(tmp_path, "r_one", Rules(doubles=1.0))
    done = rate_all(there)
    assert here.items() == []
    assert here.tally().rated == len(done) == 4
    rating = here.rating_of(done[0])
    assert rating is not None and rating.score == 7


def test_only_the_tasks_asked_for_are_given_out(tmp_path: Path) -> None:
    for number, task in enumerate(("walk_pond", "walk_gate", "save_game")):
        write_session(tmp_path, a_session(session_id=f"20260102_0304{number:02}_s", task_id=task))
    desk = Desk(tmp_path, "r_one", Rules(doubles=0.0, task="walk_*"))
    assert sorted(rate_all(desk)) == ["20260102_030400_s", "20260102_030401_s"]
    write_session(tmp_path, a_session(session_id="20260102_040400_late", task_id="walk_late"))
    assert (rate_all(desk), desk.tally().rated) == (["20260102_040400_late"], 3)

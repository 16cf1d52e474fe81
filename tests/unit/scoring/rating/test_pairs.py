"""Pairs are of one task, those of one start first, each judged once, whoever sits at the desks."""

import random
import threading
from pathlib import Path

import pytest

from collector.errors import InputError
from collector.records import Status
from scoring.comparisons import Better, comparisons_in_force, read_comparisons
from scoring.rating.pairs import Pair, PairDesk, pairs_of
from scoring.sessions import RatedSession
from tests.records import a_session, write_session
from tests.unit.scoring.rating.test_forks import a_walk


def a_rated(runs: Path, number: int, task_id: str = "check_bag", start_id: str = "w1", **changes: str) -> RatedSession:
    session = a_session(session_id=f"20260102_0304{number:02}_s", task_id=task_id, start_id=start_id, **changes)
    return RatedSession(directory=write_session(runs, session), session=session, annotations=())


def some(runs: Path, count: int) -> list[RatedSession]:
    return [a_rated(runs, number) for number in range(count)]


def judge_all(desk: PairDesk) -> list[str]:
    done = []
    while (pair := desk.next()) is not None:
        done.append(pair.item)
        desk.judge(pair, Better.A, seconds_spent=1.0)
    return done


def starts(pair: Pair) -> set[str]:
    return {side.read_session().start_id for side in (pair.a, pair.b)}


def test_pairs_are_of_one_task_and_those_of_the_same_start_come_first(tmp_path: Path) -> None:
    sessions = [a_rated(tmp_path, number, start_id=f"w{number // 2}") for number in range(6)]
    sessions += [a_rated(tmp_path, 10 + number, task_id="other") for number in range(3)]
    sessions += [a_rated(tmp_path, 20, task_id="alone")]
    sessions += [a_rated(tmp_path, 30 + number, status=Status.RUNNING) for number in range(2)]
    for seed in range(5):
        pairs = pairs_of(sessions, random.Random(seed))
        assert [len(starts(pair)) for pair in pairs] == [1, 1, 1, 1, 1, 2, 2]
        assert {side.read_session().task_id for pair in pairs for side in (pair.a, pair.b)} == {"check_bag", "other"}
        assert all(pair.a.read_session().task_id == pair.b.read_session().task_id == pair.task_id for pair in pairs)
        assert not any(side.read_session().status == Status.RUNNING for pair in pairs for side in (pair.a, pair.b))


def test_who_comes_first_is_chance(tmp_path: Path) -> None:
    sessions = some(tmp_path, 2)
    assert len({pairs_of(sessions, random.Random(seed))[0].a.session_id for seed in range(20)}) == 2


def test_a_pair_stays_on_the_desk_until_it_is_judged(tmp_path: Path) -> None:
    some(tmp_path, 3)
    desk = PairDesk(tmp_path, "r_one")
    shown = desk.next()
    again = PairDesk(tmp_path, "r_one").next()
    assert shown is not None and again is not None and shown.item == again.item
    desk.judge(shown, Better.TIE, seconds_spent=3.14, reason="alike")
    [comparison] = read_comparisons(tmp_path)[0]
    assert (comparison.better, comparison.reason, comparison.seconds_spent) == ("tie", "alike", 3.1)
    assert {comparison.session_a, comparison.session_b} == {shown.a.session_id, shown.b.session_id}
    following = desk.next()
    assert following is not None and following.item != shown.item
    assert len(judge_all(desk)) == 1


def test_an_undone_judgement_counts_no_more_and_its_pair_is_next(tmp_path: Path) -> None:
    some(tmp_path, 4)
    desk = PairDesk(tmp_path, "r_one")
    assert desk.undo() is None
    judged = judge_all(desk)
    back = PairDesk(tmp_path, "r_one").undo()
    assert back is not None and back.item == judged[-1]
    assert len(comparisons_in_force(read_comparisons(tmp_path)[0])) == 2
    assert judge_all(desk) == [judged[-1]]
    assert [one.better for one in read_comparisons(tmp_path)[0]] == ["a", "a", "a", None, "a"]


def test_an_undone_pair_comes_before_the_one_that_was_on_the_desk(tmp_path: Path) -> None:
    some(tmp_path, 4)
    desk = PairDesk(tmp_path, "r_one")
    first = desk.next()
    assert first is not None
    desk.judge(first, Better.A, seconds_spent=1.0)
    waiting = desk.next()
    assert waiting is not None and waiting.item != first.item
    desk.undo()
    again = desk.next()
    assert again is not None and again.item == first.item


def test_undo_takes_back_ones_own_only(tmp_path: Path) -> None:
    some(tmp_path, 3)
    one, two = PairDesk(tmp_path, "r_one"), PairDesk(tmp_path, "r_two")
    pair = one.next()
    assert pair is not None
    one.judge(pair, Better.B, seconds_spent=1.0)
    assert two.undo() is None
    assert len(comparisons_in_force(read_comparisons(tmp_path)[0])) == 1


def test_a_skipped_pair_is_left_to_others(tmp_path: Path) -> None:
    some(tmp_path, 2)
    one, two = PairDesk(tmp_path, "r_one"), PairDesk(tmp_path, "r_two")
    pair = one.next()
    assert pair is not None and two.next() is None
    one.skip(pair)
    assert one.next() is None
    assert len(judge_all(two)) == 1


def test_raters_at_once_judge_different_pairs(tmp_path: Path) -> None:
    some(tmp_path, 17)
    done: list[list[str]] = [[] for _ in range(4)]

    def work(place: int) -> None:
        done[place] = judge_all(PairDesk(tmp_path, f"r_{place}"))

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [item for one in done for item in one]
    assert len(every) == len(set(every)) == len(read_comparisons(tmp_path)[0]) == 16


def test_what_is_no_pair_is_refused(tmp_path: Path) -> None:
    one, other = a_rated(tmp_path, 1), a_rated(tmp_path, 2, task_id="another")
    stranger = Pair(task_id="check_bag", a=one.directory, b=other.directory)
    with pytest.raises(InputError, match="not a pair"):
        PairDesk(tmp_path, "r_one").judge(stranger, Better.A, seconds_spent=1.0)
    assert read_comparisons(tmp_path) == ((), ())


def test_the_presses_at_a_fork_are_compared_before_the_sessions(tmp_path: Path) -> None:
    sides = [a_walk(tmp_path, 1, "press_a", "press_up"), a_walk(tmp_path, 2, "press_a", "press_b")]
    desk = PairDesk(tmp_path, "r_one")
    pair = desk.next()
    assert pair is not None
    assert (pair.sessions, desk.fork(pair)) == ({side.session_id for side in sides}, 2)
    desk.judge(pair, Better.B, step=2, seconds_spent=1.0)
    assert (desk.next(), desk.fork(pair), desk.left()) == (pair, None, 1)
    assert PairDesk(tmp_path, "r_two").fork(pair) == 2
    desk.judge(pair, Better.A, seconds_spent=1.0)
    assert (desk.next(), desk.left()) == (None, 0)
    assert [(one.step, one.better) for one in comparisons_in_force(read_comparisons(tmp_path)[0])] == [
        (2, "b"),
        (None, "a"),
    ]


def test_undo_takes_back_the_sessions_and_then_the_presses(tmp_path: Path) -> None:
    a_walk(tmp_path, 1, "press_a"), a_walk(tmp_path, 2, "press_b")
    desk = PairDesk(tmp_path, "r_one")
    pair = desk.next()
    assert pair is not None
    desk.judge(pair, Better.A, step=1, seconds_spent=1.0)
    desk.judge(pair, Better.A, seconds_spent=1.0)
    assert desk.undo() == desk.next() == pair
    assert desk.fork(pair) is None
    assert desk.undo() == desk.next() == pair
    assert desk.fork(pair) == 1
    assert comparisons_in_force(read_comparisons(tmp_path)[0]) == ()
    assert desk.undo() is None


def test_presses_are_compared_at_the_fork_alone(tmp_path: Path) -> None:
    a_walk(tmp_path, 1, "press_a", "press_up"), a_walk(tmp_path, 2, "press_a", "press_b")
    desk = PairDesk(tmp_path, "r_one")
    pair = desk.next()
    assert pair is not None
    with pytest.raises(InputError, match="they do not part at step 1"):
        desk.judge(pair, Better.A, step=1, seconds_spent=1.0)
    assert read_comparisons(tmp_path) == ((), ())

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.annotations import append_annotation
from scoring.cli import main
from scoring.judge.calibration import Both, calibrate, calibrate_all, cross_fitted, isotonic
from scoring.sessions import RatedSession
from tests.rated_runs import a_rating
from tests.records import a_session, write_session
from tests.unit.scoring.compare.sides import a_rated


def pairs(*scores: tuple[float, float]) -> list[Both]:
    return [
        Both(session_id=str(number), start=f"w{number}", judge=judge, people=people)
        for number, (judge, people) in enumerate(scores)
    ]


def rated_by_both(judge: Sequence[int], people: Sequence[int], starts: int) -> list[RatedSession]:
    """Sessions with a judge's and a person's score, spread over so many worlds."""
    sessions = []
    for number, (one, other) in enumerate(zip(judge, people, strict=True)):
        bare = a_rated(f"s{number}", world_seed=number % starts)
        ratings = (
            a_rating(f"s{number}", one, source="judge", rater="j"),
            a_rating(f"s{number}", other, source="human", rater="r_1"),
        )
        sessions.append(RatedSession(directory=bare.directory, session=bare.session, annotations=ratings))
    return sessions


def by_judge(sessions: Sequence[RatedSession]) -> dict[str, float]:
    return {one.session.session_id: float(one.annotations[0].score or 0) for one in sessions}


def test_scores_that_fall_are_pooled_as_the_textbook_does() -> None:
    """Pool adjacent violators: 1 3 2 4 3 5 becomes 1, twice 2.5, twice 3.5, 5 (Barlow and others 1972)."""
    fit = isotonic(pairs((1, 1), (2, 3), (3, 2), (4, 4), (5, 3), (6, 5)))
    assert [fit(score) for score in (1, 2, 3, 4, 5, 6)] == [1, 2.5, 2.5, 3.5, 3.5, 5]
    assert (fit(0), fit(5.5), fit(10)) == (1, 4.25, 5)


@given(st.lists(st.tuples(st.integers(1, 10), st.integers(1, 10)), min_size=1, max_size=40))
def test_the_map_never_falls_and_stays_within_what_people_gave(scores: list[tuple[int, int]]) -> None:
    fit = isotonic(pairs(*scores))
    mapped = [fit(score) for score in range(1, 11)]
    assert all(low <= high + 1e-9 for low, high in pairwise(mapped))
    people = [score for _, score in scores]
    assert min(people) - 1e-9 <= mapped[0] and mapped[-1] <= max(people) + 1e-9
    assert np.mean([fit(judge) for judge, _ in scores]) == pytest.approx(np.mean(people))


def test_no_session_is_predicted_by_a_map_that_saw_its_start() -> None:
    both = [Both(session_id=str(number), start=f"w{number % 12}", judge=5, people=5) for number in range(60)]
    seen: list[frozenset[str]] = []

    def spy(train: Sequence[Both]) -> Callable[[float], float]:
        seen.append(frozenset(one.start for one in train))
        return lambda score: float(len(seen) - 1)

    predicted = cross_fitted(both, spy)
    assert len(predicted) == 60 and len(seen) == 5
    for one in both:
        assert one.start not in seen[int(predicted[one.session_id])]


def test_a_judge_that_is_too_kind_is_put_right_on_sessions_it_was_not_fitted_on() -> None:
    random = np.random.default_rng(3)
    people = random.integers(1, 8, 120)
    sessions = rated_by_both([int(score) + 3 for score in people], people.tolist(), starts=30)
    found = calibrate("j", by_judge(sessions), sessions)
    assert found.reason is None and found.raw and found.calibrated and found.constant and found.gain
    assert (found.raw.mean_absolute, found.raw.bias) == (3.0, 3.0)
    assert found.calibrated.mean_absolute < 0.1
    assert found.constant.mean_absolute > 1
    assert found.gain.low > 2.5
    assert found.fitted is not None and found.fitted[8] == pytest.approx(5)
    assert found.sessions is not None and len(found.sessions) == 120


def test_a_judge_that_guesses_is_not_made_to_look_good() -> None:
    random = np.random.default_rng(4)
    judge, people = random.integers(1, 11, 90), random.integers(1, 11, 90)
    sessions = rated_by_both(judge.tolist(), people.tolist(), starts=30)
    found = calibrate("j", by_judge(sessions), sessions)
    assert found.calibrated and found.constant
    assert found.calibrated.mean_absolute > found.constant.mean_absolute - 0.15
    fitted = isotonic(pairs(*zip(judge.tolist(), people.tolist(), strict=True)))
    seen = np.mean([abs(fitted(a) - b) for a, b in zip(judge, people, strict=True)])
    assert found.calibrated.mean_absolute > seen, "an error on what was fitted flatters"
    assert found.sessions is not None
    off = [abs(found.sessions[f"s{number}"] - score) for number, score in enumerate(people)]
    assert found.calibrated.mean_absolute == pytest.approx(np.mean(off))


@pytest.mark.parametrize(
    ("sessions", "starts", "said"),
    [(29, 29, "29 sessions from 29 starts have both scores"), (60, 9, "60 sessions from 9 starts have both scores")],
)
def test_too_few_make_no_map_and_it_says_so(sessions: int, starts: int, said: str) -> None:
    rated = rated_by_both([5] * sessions, [6] * sessions, starts)
    found = calibrate("j", by_judge(rated), rated)
    assert found.reason is not None and found.reason.startswith(said)
    assert (found.fitted, found.calibrated, found.sessions) == (None, None, None)


def test_each_judge_is_held_against_people_alone() -> None:
    sessions = rated_by_both([5, 6], [6, 7], starts=2)
    other = a_rating("s0", 9, source="judge", rater="k", annotation_id="k")
    sessions[0] = RatedSession(
        directory=sessions[0].directory, session=sessions[0].session, annotations=(*sessions[0].annotations, other)
    )
    assert [(one.rater, one.scored, one.both) for one in calibrate_all(sessions)] == [("j", 2, 2), ("k", 1, 1)]
    assert [one.rater for one in calibrate_all(sessions, "k")] == ["k"]


def test_the_command_reports_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = []
    for world in range(30):
        session = a_session(session_id=f"s{world}", world_seed=world, start_id=f"w{world:04d}")
        directory = write_session(tmp_path / "runs", session, steps=())
        score = 2 + world % 6
        append_annotation(directory.annotations, a_rating(session.session_id, score, source="human", rater="r_1"))
        append_annotation(directory.annotations, a_rating(session.session_id, score + 2, source="judge", rater="j"))
        logs.append(directory.annotations)
    before = [log.read_bytes() for log in logs]
    assert main(["judge", str(tmp_path / "runs"), "--calibrate"]) == 0
    told = capsys.readouterr().out
    assert "j: 30 sessions scored, 30 of them by people too" in told
    assert "as it is           off by 2.00 points on average, bias +2.00" in told
    assert main(["judge", str(tmp_path / "runs"), "--calibrate", "--json", "--model", "j"]) == 0
    found = json.loads(capsys.readouterr().out)["judges"][0]
    assert (found["both"], found["fitted"]["6"]) == (30, 4.0)
    assert [log.read_bytes() for log in logs] == before


def test_without_a_judge_there_is_nothing_to_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_session(tmp_path / "runs", a_session(), steps=())
    assert main(["judge", str(tmp_path / "runs"), "--calibrate"]) == 0
    assert "no judge has scored a session yet" in capsys.readouterr().out

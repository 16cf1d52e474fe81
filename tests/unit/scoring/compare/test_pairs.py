import pytest

from collector.errors import InputError
from collector.records import Status
from scoring.commands import compare
from scoring.compare.pairs import BY, Pairing, pair_up, split_by
from tests.unit.scoring.compare.sides import a_rated


def ids(pairing: Pairing) -> list[tuple[str, str]]:
    return [(pair.a.session.session_id, pair.b.session.session_id) for pair in pairing.pairs]


def test_equal_starts_of_a_task_stand_against_each_other_in_order_of_seed() -> None:
    a = [a_rated("a2", seed=2), a_rated("a9", seed=1), a_rated("a1", seed=3), a_rated("other", task_id="elsewhere")]
    b = [a_rated("b1", seed=9), a_rated("b9", seed=1), a_rated("far", start_id="w0002", world_seed=2)]
    b.append(a_rated("live", status=Status.RUNNING, task_completed=None))
    pairing = pair_up("A", a, "B", b)
    assert ids(pairing) == [("a9", "b9"), ("a2", "b1")]
    assert (pairing.a.sessions, dict(pairing.a.left_out)) == (
        4,
        {"task and start that the other side did not play": 1, "played there more often than the other side": 1},
    )
    assert (pairing.b.sessions, dict(pairing.b.left_out)) == (
        4,
        {"still running": 1, "task and start that the other side did not play": 1},
    )


@pytest.mark.parametrize(
    "changes", [{"game": "other"}, {"synthetic": False}, {"task_id": "t"}, {"start_id": "w"}, {"world_seed": 2}]
)
def test_what_began_differently_is_no_pair(changes: dict[str, object]) -> None:
    assert ids(pair_up("A", [a_rated("a")], "B", [a_rated("b", **changes)])) == []


def test_pairs_of_one_world_share_their_start_whatever_was_pressed_first() -> None:
    sides = [[a_rated(f"{side}{start}", start_id=start) for start in ("w0001", "w0001-menu")] for side in "ab"]
    pairing = pair_up("A", sides[0], "B", sides[1])
    assert [pair.start for pair in pairing.pairs] == ["thistledown world 1"] * 2
    own = [a_rated(side, world_seed=None, start_id="beside_otto") for side in "ab"]
    assert pair_up("A", own[:1], "B", own[1:]).pairs[0].start == "thistledown beside_otto"


def test_what_differs_within_pairs_is_noted() -> None:
    pairing = pair_up("A", [a_rated("a", max_steps=15, seed=1)], "B", [a_rated("b", max_steps=20, seed=1)])
    assert pairing.notes == ("the step budget differs within 1 of 1 pairs",)


def test_one_tree_is_split_by_name() -> None:
    sessions = [a_rated("1", policy="expert"), a_rated("2", policy="random"), a_rated("3", policy="expert")]
    expert, random = split_by(sessions, "policy", "expert", "random")
    assert [rated.session.session_id for rated in (*expert, *random)] == ["1", "3", "2"]
    with pytest.raises(InputError, match=r"no session's policy is 'human'; there are: expert \(2 sessions\), random"):
        split_by(sessions, "policy", "expert", "human")


def test_the_command_offers_what_sides_can_be_told_apart_by() -> None:
    assert tuple(BY) == compare._BY

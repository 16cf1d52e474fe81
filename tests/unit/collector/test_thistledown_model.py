"""The rules of the cartridge's README, one by one, on hand-made states; and that words never fail and never lie."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import InputError
from collector.games.thistledown import Thistledown
from collector.records import BUTTONS
from tests.thistledown import state

MODEL = Thistledown().model
DIRECTIONS = ["up", "down", "left", "right"]


def press(before: dict[str, Any], *buttons: str) -> dict[str, Any]:
    """The state after these presses."""
    for button in buttons:
        before = dict(MODEL.next_state(before, f"press_{button}"))
    return before


def changed(before: dict[str, Any], *buttons: str) -> dict[str, Any]:
    """The fields that differ after these presses."""
    after = press(before, *buttons)
    assert after.keys() == before.keys()
    return {name: after[name] for name in after if after[name] != before[name]}


def test_a_step_onto_a_free_tile() -> None:
    assert changed(state(), "right") == {"facing": "right", "x": 9}


@pytest.mark.parametrize(
    ("x", "y", "way", "what"),
    [(1, 1, "up", "tree"), (9, 4, "left", "grass"), (9, 5, "left", "Nell"), (6, 6, "left", "sign")],
)
def test_only_free_tiles_are_walked_on(x: int, y: int, way: str, what: str) -> None:
    moved = changed(state(x=x, y=y, facing="down"), way)
    assert moved == ({"facing": way, "x": 8} if what == "grass" else {"facing": way})


def test_a_place_is_known_by_its_tiles() -> None:
    assert changed(state(x=10, y=4), "right")["place"] == "pond_shore"
    assert press(state(x=11, y=4, place="pond_shore"), "left")["place"] is None


def test_doors_lead_both_ways() -> None:
    inside = press(state(x=4, y=5), "up")
    assert (inside["map"], inside["x"], inside["y"], inside["facing"]) == ("house", 4, 7, "up")
    for column, ways in ((4, ["down"]), (5, ["right", "down"])):
        outside = press(inside, *ways)
        assert (outside["map"], outside["x"], outside["y"]) == ("town", 4, 5), column


def test_talking_turns_the_person_and_opens_their_first_page() -> None:
    assert changed(state(x=9, y=5, facing="left"), "a") == {
        "screen": "dialogue",
        "dialogue": "nell",
        "talked.nell": True,
        "people.nell.facing": "right",
    }


def test_the_healer_is_talked_to_across_the_counter_and_stays_as_she_is() -> None:
    talk = changed(state(map="house", x=4, y=3, facing="up"), "a")
    assert talk == {"screen": "dialogue", "dialogue": "mara", "talked.mara": True}
    assert changed(state(map="house", x=5, y=3, facing="up"), "a") == {}


def test_nobody_to_talk_to() -> None:
    assert changed(state(), "a") == {}
    assert changed(state(x=9, y=5, facing="right"), "a") == {}


def test_the_sign_is_read_and_closed() -> None:
    front = state(x=6, y=6, facing="left")
    assert changed(front, "a") == {"screen": "dialogue", "dialogue": "sign", "sign_read": True}
    assert changed(front, "a", "b") == {"sign_read": True}


def test_pages_turn_and_the_last_one_asks() -> None:
    talk = press(state(x=11, y=6, facing="up"), "a")
    assert changed(talk, "a") == {"page": 1, "screen": "choice"}
    assert changed(talk, "start") == changed(talk, "down") == {}
    choice = press(talk, "b")
    assert press(choice, "down")["cursor"] == 1
    assert press(choice, "down", "down")["cursor"] == 1
    assert press(choice, "down", "up")["cursor"] == 0


@pytest.mark.parametrize(
    ("answer", "told"), [(["a"], "yes"), (["b"], "no"), (["down", "a"], "no"), (["down", "b"], "no")]
)
def test_ottos_question_is_answered_once_his_reply_opens(answer: list[str], told: str) -> None:
    after = press(state(x=11, y=6, facing="up"), "a", "a", *answer)
    assert (after["otto_answer"], after["dialogue"], after["screen"]) == (told, f"otto_{told}", "dialogue")
    assert (after["cursor"], after["page"]) == (0, 0)
    closed = press(after, "a")
    assert (closed["screen"], closed["dialogue"]) == ("field", None)


def test_resting_heals_and_cures_everybody() -> None:
    healed = press(state(map="house", x=4, y=3, facing="up"), "a", "a", "a")
    assert [healed[f"party.{n}.hp"] for n in (1, 2, 3)] == [33, 41, 55]
    assert (healed["party_hp_missing"], healed["party_sick"], healed["heal_count"]) == (0, 0, 1)
    declined = press(state(map="house", x=4, y=3, facing="up"), "a", "a", "b")
    assert (declined["party_hp_missing"], declined["heal_count"], declined["dialogue"]) == (42, 0, "mara_no")


@pytest.mark.parametrize(("downs", "screen"), [(0, "party"), (1, "bag"), (2, "choice"), (3, "options"), (4, "field")])
def test_rows_of_the_start_menu(downs: int, screen: str) -> None:
    menu = press(state(), "start", *["down"] * downs)
    assert (menu["screen"], menu["cursor"]) == ("start_menu", downs)
    opened = press(menu, "a")
    assert (opened["screen"], opened["cursor"]) == (screen, 0)


def test_the_start_menu_wraps_and_closes() -> None:
    menu = press(state(), "start")
    assert press(menu, "up")["cursor"] == 4
    assert press(menu, "up", "down")["cursor"] == 0
    assert press(menu, "up", "b") == press(menu, "start") == state()
    assert changed(menu, "select") == changed(menu, "left") == {}


@pytest.mark.parametrize(("row", "downs"), [("PARTY", 0), ("BAG", 1), ("OPTIONS", 3)])
def test_b_returns_to_the_row_that_was_open(row: str, downs: int) -> None:
    menu = press(state(), "start", *["down"] * downs)
    assert press(menu, "a", "down", "b") == menu, row


def test_saving_and_not_saving() -> None:
    asked = press(state(), "start", "down", "down", "a")
    assert (asked["dialogue"], asked["screen"]) == ("save", "choice")
    assert changed(state(), "start", "down", "down", "a", "a", "a") == {"save_count": 1}
    assert changed(press(state(), "start", "down", "down"), "a", "b") == {}


def test_pockets_and_their_rows() -> None:
    bag = press(state(), "start", "down", "a")
    assert changed(bag, "up") == {"cursor": 2}
    keepsakes = press(bag, "down", "right")
    assert (keepsakes["pocket"], keepsakes["cursor"]) == ("keepsakes", 0)
    assert changed(keepsakes, "a") == changed(keepsakes, "down") == {}
    assert changed(keepsakes, "left") == {"pocket": "medicine"}
    assert press(keepsakes, "b")["pocket"] == "medicine"


def test_an_empty_pocket_takes_no_cursor() -> None:
    bag = press(state(items__map_scrap=0), "start", "down", "a", "right")
    assert changed(bag, "down") == changed(bag, "a") == {}


def test_a_heal_item_is_used_up_to_the_greatest_hp() -> None:
    target = press(state(), "start", "down", "a", "a", "a")
    assert (target["screen"], target["item"]) == ("item_target", "sap_drop")
    assert changed(target, "a") == {
        "screen": "dialogue",
        "dialogue": "item_used",
        "items.sap_drop": 2,
        "party.1.hp": 32,
        "party_hp_missing": 22,
    }
    honey = press(state(), "start", "down", "a", "down", "a", "a", "a")
    assert (honey["party.1.hp"], honey["items.honey_jar"]) == (33, 1)


def test_a_cure_works_on_the_sick_only() -> None:
    target = press(state(), "start", "down", "a", "up", "a", "a")
    assert press(target, "a")["dialogue"] == "no_effect"
    cured = press(target, "down", "a")
    assert (cured["party.2.status"], cured["party_sick"], cured["items.mint_leaf"]) == ("well", 0, 0)


def test_an_item_without_effect_stays() -> None:
    target = press(state(), "start", "down", "a", "a", "a", "up")
    assert changed(target, "a") == {"screen": "dialogue", "dialogue": "no_effect", "cursor": 0}


@pytest.mark.parametrize(
    ("held", "row", "cursor"),
    [((3, 2, 1), 1, 1), ((3, 1, 1), 1, 1), ((3, 2, 1), 0, 0), ((1, 2, 1), 0, 0), ((3, 2, 0), 1, 1), ((3, 1, 0), 1, 0)],
)
def test_after_use_the_cursor_is_on_the_same_row_or_the_last(held: tuple[int, ...], row: int, cursor: int) -> None:
    sap, honey, mint = held
    start = state(items__sap_drop=sap, items__honey_jar=honey, items__mint_leaf=mint)
    after = press(start, "start", "down", "a", *["down"] * row, "a", "a", "a", "a")
    assert (after["screen"], after["cursor"], after["item"], after["pocket"]) == ("bag", cursor, None, "medicine")


def test_the_last_medicine_leaves_an_empty_pocket() -> None:
    after = press(
        state(items__sap_drop=1, items__honey_jar=0, items__mint_leaf=0), "start", "down", "a", "a", "a", "a", "a"
    )
    assert (after["cursor"], after["items.sap_drop"]) == (0, 0)
    assert changed(after, "a") == {}


@pytest.mark.parametrize("leave", [["b"], ["down", "a"], ["down", "b"], ["a", "b"], ["a", "down", "b"]])
def test_an_item_put_back_keeps_its_row(leave: list[str]) -> None:
    bag = press(state(), "start", "down", "a", "down")
    assert press(bag, "a", *leave) == bag


def test_options_step_through_their_values() -> None:
    options = press(state(), "start", "up", "up", "a")
    assert (
        changed(options, "right") == changed(options, "left") == changed(options, "a") == {"options.text_speed": "fast"}
    )
    frame = press(options, "down")
    assert press(frame, "left")["options.frame"] == "rope"
    assert press(frame, "right", "a", "right")["options.frame"] == "plain"


def test_the_titles_digits_turn_and_its_start_is_not_foreseen() -> None:
    title = state(screen="title", world_seed=0, cursor=0)
    assert changed(title, "down") == {"world_seed": 9000}
    assert changed(title, "left", "up") == {"cursor": 3, "world_seed": 1}
    assert changed(title, "select") == {}
    with pytest.raises(InputError, match="0000"):
        press(title, "start")


def test_waiting_and_shoulder_buttons_change_nothing() -> None:
    assert MODEL.next_state(state(), "wait") == state()
    assert changed(state(), "l", "r") == {}


walks = st.lists(st.sampled_from(BUTTONS[:8]), max_size=60)
spots = st.sampled_from([(8, 8), (4, 6), (9, 5), (11, 6), (4, 5), (13, 7)])


@settings(max_examples=60)
@given(walks, spots)
def test_all_useful_buttons_are_offered_and_words_fit(buttons: list[str], spot: tuple[int, int]) -> None:
    now = state(x=spot[0], y=spot[1])
    for button in buttons:
        offered = set(MODEL.buttons(now))
        useful = {b for b in BUTTONS[:8] if MODEL.next_state(now, b) != now}
        leads = {tuple(MODEL.next_state(now, b).values()) for b in offered}
        assert offered
        assert all(tuple(MODEL.next_state(now, b).values()) in leads for b in useful)
        after = dict(MODEL.next_state(now, button))
        assert MODEL.describe(now)
        said = MODEL.expect(now, after)
        assert (said in ("Nothing changes.", "The picture stays as it is.")) is (now == after)
        now = after


def test_an_expectation_tells_nothing_that_is_still_hidden() -> None:
    bag = press(state(), "start", "down")
    fewer = {**bag, "items.sap_drop": 1, "items.honey_jar": 0}
    assert MODEL.expect(bag, press(bag, "a")) == MODEL.expect(fewer, press(fewer, "a")), "the bag is still shut"
    nell = state(x=8, y=6, facing="up", people__nell__y=5)
    said = {MODEL.expect(nell | {"variant": n}, press(nell | {"variant": n}, "a")) for n in range(3)}
    assert said == {"A text box opens: Nell speaks."}


def test_a_description_tells_what_is_in_sight_and_where() -> None:
    told = MODEL.describe(state(x=8, y=8))
    assert "3 tiles up" in told, "Nell stands at (8, 5)"
    assert "Mara" not in told, "she is in the house"
    far = MODEL.describe(state(x=13, y=14))
    assert "sign" not in far, "it is eight tiles away"


def test_the_reason_names_the_row_and_the_way() -> None:
    menu = press(state(), "start")
    down, bag = press(menu, "down"), press(menu, "down", "a")
    told = MODEL.explain(menu, "press_down", None, (down, bag))  # type: ignore[arg-type]
    assert told == "The cursor is on PARTY; BAG is the next row down, so press DOWN."


def test_a_way_around_names_what_is_in_the_way() -> None:
    below = state(x=8, y=6, facing="up", people__nell__y=5, people__otto__x=8, people__otto__y=3)
    path = [press(below, "right"), press(below, "right", "up"), press(below, "right", "up", "up")]
    path += [press(path[-1], "up"), press(path[-1], "up", "left"), press(path[-1], "up", "left", "a")]
    told = MODEL.explain(below, "press_right", None, tuple(path))  # type: ignore[arg-type]
    assert "Otto is 3 tiles up, but Nell blocks the way up, so go around: press RIGHT." == told


def test_reports_put_numbers_beside_their_words() -> None:
    told = MODEL.report(state(items__honey_jar=1), ["items.sap_drop", "items.honey_jar", "party.1.hp"])
    assert told == "3 Sap Drops, 1 Honey Jar, Mossle has 12 HP"

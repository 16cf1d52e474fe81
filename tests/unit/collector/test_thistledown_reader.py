"""The reader: hand-made RAM to state, what it refuses, and the way from the title into a world."""

import re
from collections import deque

import pytest

from collector.errors import EmulatorError, RomError, TaskError
from collector.games.thistledown import Thistledown
from collector.games.thistledown.world import load_world
from collector.records import Start
from tests.thistledown import PARTY, SCREENS, ram, state

GAME = Thistledown()


def test_every_field_of_a_world_is_read() -> None:
    read = GAME.state(ram())
    assert {name: read[name] for name in ("screen", "map", "x", "y", "facing", "cursor", "pocket", "page")} == {
        "screen": "field",
        "map": "town",
        "x": 8,
        "y": 8,
        "facing": "down",
        "cursor": 0,
        "pocket": "medicine",
        "page": 0,
    }
    assert (read["world_seed"], read["palette"], read["variant"]) == (427, 2, 1)
    assert (read["item"], read["dialogue"], read["place"]) == (None, None, None)
    assert [read[f"items.{name}"] for name in ("sap_drop", "honey_jar", "mint_leaf", "map_scrap")] == [3, 2, 1, 1]
    assert (read["party.2.species"], read["party.2.level"], read["party.2.status"]) == ("Thrum", 7, "sick")
    assert (read["party.3.hp"], read["party.3.max_hp"], read["party.3.status"]) == (55, 55, "well")
    assert (read["people.mara.map"], read["people.mara.x"], read["people.mara.facing"]) == ("house", 4, "down")
    assert (read["otto_answer"], read["options.frame"], read["talked.nell"]) == ("not asked", "plain", False)


def test_sums_are_over_all_companions() -> None:
    read = GAME.state(ram())
    assert read["party_hp_missing"] == sum(greatest - hp for _, _, hp, greatest, _ in PARTY)
    assert read["party_sick"] == 1


@pytest.mark.parametrize(("number", "screen"), list(enumerate(SCREENS)))
def test_screens_have_their_names(number: int, screen: str) -> None:
    assert GAME.state(ram({0xC010: number}))["screen"] == screen


@pytest.mark.parametrize(
    ("address", "content", "field", "expected"),
    [
        (0xC017, 2, "item", "mint_leaf"),
        (0xC018, 1, "dialogue", "nell"),
        (0xC018, 12, "dialogue", "item_used"),
        (0xC016, 1, "pocket", "keepsakes"),
        (0xC012, bytes([11, 4]), "place", "pond_shore"),
        (0xC012, bytes([9, 3]), "place", None),
        (0xC012, bytes([13, 14]), "place", "east_garden"),
        (0xC061, 1, "talked.otto", True),
        (0xC064, 1, "sign_read", True),
        (0xC068, 2, "options.frame", "rope"),
        (0xC06A, 2, "otto_answer", "no"),
        (0xC01C, bytes([0x0F, 0x27]), "world_seed", 9999),
    ],
)
def test_a_byte_becomes_its_field(address: int, content: int | bytes, field: str, expected: object) -> None:
    assert GAME.state(ram({address: content}))[field] == expected


def test_another_rom_is_refused() -> None:
    with pytest.raises(RomError, match="another ROM"):
        GAME.state(ram({0xC000: b"NOPE"}))


def test_another_layout_is_refused() -> None:
    with pytest.raises(RomError, match="version 2"):
        GAME.state(ram({0xC004: 2}))


@pytest.mark.parametrize(("address", "field"), [(0xC010, "screen"), (0xC018, "dialogue"), (0xC030, "species")])
def test_a_number_without_a_meaning_is_refused(address: int, field: str) -> None:
    with pytest.raises(EmulatorError, match=field):
        GAME.state(ram({address: 77}))


def test_memory_of_another_length_is_refused() -> None:
    with pytest.raises(EmulatorError, match="111 bytes"):
        GAME.state(ram()[:-1])


@pytest.mark.parametrize(
    ("changes", "settled"), [({}, True), ({0xC006: 0}, False), ({0xC005: 0}, False), ({0xC000: 0}, False)]
)
def test_settled_is_booted_and_idle(changes: dict[int, int | bytes], settled: bool) -> None:
    assert GAME.is_settled(ram(changes)) is settled


def test_counters_are_not_stable_memory() -> None:
    quiet = GAME.stable_memory(ram())
    assert GAME.stable_memory(ram({0xC006: 0, 0xC008: b"\1\2\3\4"})) == quiet
    assert GAME.stable_memory(ram({0xC06A: 1})) != quiet
    assert GAME.stable_memory(ram({0xC010: 0})) != quiet


def test_the_opening_enters_every_world_by_the_fewest_presses() -> None:
    model = GAME.model
    for number in (0, 1, 9, 90, 427, 5005, 9999, 1234):
        title = state(screen="title", world_seed=0, cursor=0)
        opening = GAME.opening(Start(start_id="x", world_seed=number))
        for button in opening[:-1]:
            title = dict(model.next_state(title, button))
        assert opening[-1] == "press_start"
        assert title["world_seed"] == number
    fewest = presses_to_numbers()
    lengths = {number: len(GAME.opening(Start(start_id="x", world_seed=number))) - 1 for number in range(10_000)}
    assert lengths == fewest


def presses_to_numbers() -> dict[int, int]:
    """Presses from 0000 to every number, by exhaustive search over digits and cursor."""
    reached = {(0, 0): 0}
    queue = deque(reached)
    while queue:
        number, cursor = queue.popleft()
        place = 10 ** (3 - cursor)
        digit = number // place % 10
        turned = [(number + ((digit + step) % 10 - digit) * place, cursor) for step in (1, -1)]
        for node in (*turned, (number, (cursor + 1) % 4), (number, (cursor - 1) % 4)):
            if node not in reached:
                reached[node] = reached[number, cursor] + 1
                queue.append(node)
    return {number: min(reached[number, cursor] for cursor in range(4)) for number in range(10_000)}


def test_a_starts_own_presses_come_last() -> None:
    opening = GAME.opening(Start(start_id="x", world_seed=0, presses=("press_start", "press_down")))
    assert opening == ("press_start", "press_start", "press_down")


@pytest.mark.parametrize("number", [None, -1, 10_000])
def test_a_start_without_a_world_is_refused(number: int | None) -> None:
    with pytest.raises(TaskError, match="world_seed"):
        GAME.opening(Start(start_id="x", world_seed=number))


def test_a_start_with_an_unknown_button_is_refused() -> None:
    with pytest.raises(TaskError, match="press_z"):
        GAME.opening(Start(start_id="x", world_seed=0, presses=("press_z",)))


def test_the_context_tells_party_and_bag() -> None:
    told = GAME.context(GAME.state(ram()))
    assert "Mossle level 5, HP 12/33" in told
    assert "3 Sap Drops, 2 Honey Jars" in told
    assert "town (8, 8)" in told


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_context_counts_in_the_singular_and_the_plural(count: int) -> None:
    for name, item in load_world().items.items():
        told = GAME.context(state(**{f"items__{name}": count}))
        word = item.name if count == 1 else item.plural
        assert (f"{count} {word}" in re.split(r", | and |Bag: |\.", told)) is (count > 0), told

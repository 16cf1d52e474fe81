"""The cartridge played: worlds keep their promises, presses count once, pictures stand still, journeys are saved."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.roms.thistledown import ROM_PATH
from collector.roms.thistledown.c_art import cells, tiles_of
from tests.unit.collector.cartridge_console import STEPS, TABLE, WORLD, Console, free_tiles, shortest_route

TITLE, READY = 1, 2
NO_ITEM = 255
SLOT = 8
DOOR = (4, 4)
HP, MAX_HP, STATUS = 2, 3, 4
SAP_DROP, HONEY_JAR, MINT_LEAF = 0, 1, 2
WAYS_TO_SCREENS = {
    "title": [],
    "field": ["start"],
    "start_menu": ["start", "start"],
    "party": ["start", "start", "a"],
    "bag": ["start", "start", "down", "a"],
    "item_menu": ["start", "start", "down", "a", "a"],
    "item_target": ["start", "start", "down", "a", "a", "a"],
    "dialogue": ["start", "start", "down", "a", "a", "a", "a"],
    "choice": ["start", "start", "down", "down", "a"],
    "options": ["start", "start", "up", "up", "a"],
}


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    console = Console(tmp_path)
    yield console
    console.close()


def slot(console: Console, number: int) -> list[int]:
    """One companion's bytes."""
    return console.bytes("party", 32)[SLOT * number : SLOT * (number + 1)]


def test_boots_to_the_title_on_empty_save_ram(console: Console) -> None:
    assert bytes(console.bytes("magic", 4)) == b"THDN"
    assert (console.byte("ready"), console.screen, console.byte("item")) == (TITLE, "title", NO_ITEM)
    assert not any("continue" in row for row in console.text())
    console.press("select")
    assert (console.byte("ready"), console.screen) == (TITLE, "title")


def test_digits_of_the_world_number(console: Console) -> None:
    console.press("up", "right", "down", "right", "up", "up", "left", "left", "left", "down")
    assert console.word("world_seed") == 1929
    assert any("WORLD 1929" in row for row in console.text())
    console.press("start")
    assert (console.byte("ready"), console.screen, console.word("world_seed")) == (READY, "field", 1929)


def test_every_world_keeps_the_promises(console: Console) -> None:
    title = io.BytesIO()
    console.pyboy.save_state(title)
    states = set()
    for number in (*range(0, 200), *range(200, 10000, 491)):
        title.seek(0)
        console.pyboy.load_state(title)
        console.begin(number)
        check_world(console)
        states.add(console.stable())
    assert len({state[0x0E] for state in states}) == 6, "all palettes occur"
    assert len({state[0x0F] for state in states}) == 3, "all wordings occur"


def check_world(console: Console) -> None:
    """The promises of the README's last paragraph."""
    companions = [slot(console, number) for number in range(console.byte("party_count"))]
    hurts = [companion[MAX_HP] - companion[HP] for companion in companions]
    assert len({companion[0] for companion in companions}) == 3
    assert max(hurts) >= 21 and min(hurts) >= 0 and all(companion[HP] for companion in companions)
    assert sum(companion[STATUS] for companion in companions) == 1
    items = console.bytes("items", 6)
    assert all(items[:3]) and any(items[3:])
    assert (console.byte("map"), console.byte("facing")) == (0, 0)
    people = console.bytes("people", 16)
    for number, person in enumerate(WORLD["people"]):
        place, x, y = people[4 * number : 4 * number + 3]
        assert TABLE["values"]["maps"][place] == person["map"]
        assert [x, y] in person["spots"]
        if place == console.byte("map"):
            assert can_be_talked_to(console, x, y), f"nobody can talk to {person['name']}"
    assert is_reachable(console, DOOR)


def can_be_talked_to(console: Console, x: int, y: int) -> bool:
    """Whether the player can come to a free tile beside (x, y)."""
    kinds = free_tiles(console)
    for dx, dy in STEPS.values():
        beside = (x + dx, y + dy)
        if kinds.get(beside) == "free" and is_reachable(console, beside):
            return True
    return False


def is_reachable(console: Console, tile: tuple[int, int]) -> bool:
    try:
        shortest_route(console, tile)
    except AssertionError:
        return False
    return True


def test_world_0_holds_what_the_readme_says(console: Console) -> None:
    console.begin(0)
    assert console.bytes("items", 3) == [3, 2, 1]


@pytest.mark.parametrize("hold", range(1, 31))
def test_a_press_counts_once_however_long_it_is_held(console: Console, hold: int) -> None:
    console.press("right", hold=hold)
    assert console.byte("cursor") == 1
    console.press("right")
    assert console.byte("cursor") == 2


@pytest.mark.parametrize("screen", WAYS_TO_SCREENS)
def test_the_picture_stands_still_while_idle(console: Console, screen: str) -> None:
    console.press(*WAYS_TO_SCREENS[screen])
    assert console.screen == screen
    before = (console.picture(), console.vram(), console.stable())
    console.tick(120)
    assert (console.picture(), console.vram(), console.stable()) == before


@pytest.mark.parametrize("screen", ["party", "bag", "item_menu", "item_target", "options"])
def test_full_screen_menus_show_the_world(console: Console, screen: str) -> None:
    console.begin(427)
    console.press(*WAYS_TO_SCREENS[screen][1:])
    assert console.screen == screen
    assert any("WORLD 0427" in row for row in console.text())


def test_start_menu_shows_the_world_in_two_rows(console: Console) -> None:
    console.begin(427)
    console.press("start")
    rows = [row[1:9].strip() for row in console.text()]
    assert rows[rows.index("WORLD") + 1] == "0427"
    assert [row for row in rows if row in WORLD["start_menu"]] == WORLD["start_menu"]


def test_the_same_presses_give_the_same_ram_and_picture(tmp_path: Path) -> None:
    seen = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        console = Console(folder)
        console.press("up", "start", "down", "right", "start", "down", "a", "right", "left", "a", "a", "down", "a")
        seen.append((bytes(console.pyboy.memory[0xC000:0xE000]), console.vram(), console.picture()))
        console.close()
    assert seen[0] == seen[1]


def test_a_saved_journey_goes_on(tmp_path: Path) -> None:
    first = Console(tmp_path)
    first.begin(427)
    first.press("start", "up", "up", "a", "right", "down", "left", "b", "up", "a", "a")
    assert (first.screen, first.byte("save_count")) == ("dialogue", 1)
    first.press("a")
    saved = first.stable()
    first.press("left", "right")
    first.close(save=True)
    second = Console(tmp_path)
    assert any("continue" in row for row in second.text())
    second.press("select")
    assert (second.screen, second.stable()) == ("field", saved)
    second.close()


def test_a_damaged_journey_is_not_offered(tmp_path: Path) -> None:
    first = Console(tmp_path)
    first.begin(427)
    first.press("start", "down", "down", "a", "a", "a")
    first.close(save=True)
    (ram,) = tmp_path.glob("*.ram")
    content = bytearray(ram.read_bytes())
    content[20] ^= 1
    ram.write_bytes(content)
    second = Console(tmp_path)
    assert not any("continue" in row for row in second.text())
    second.close()


@pytest.mark.parametrize("frame", range(3))
def test_a_frame_is_in_vram_whole_when_it_is_chosen(console: Console, frame: int) -> None:
    console.begin(1)
    console.press("start", "up", "up", "a", "down", *["right"] * frame)
    box = cells(ROM_PATH.parent / "art" / "frames.png", 72, 8)[frame]
    assert bytes(console.pyboy.memory[0x9000 : 0x9000 + 9 * 16]) == b"".join(tiles_of(box))


def use(console: Console, item: int, companion: int) -> None:
    """Opens the bag from the map and uses the item; all three medicines must be there."""
    console.press("start", "down", "a", *["down"] * item, "a", "a", *["down"] * companion, "a")


@pytest.mark.parametrize(("item", "hp", "after"), [(SAP_DROP, 10, 30), (SAP_DROP, 45, 50), (HONEY_JAR, 1, 50)])
def test_a_heal_item_heals_up_to_the_most(console: Console, item: int, hp: int, after: int) -> None:
    console.begin(0)
    console.poke("party", hp, SLOT + HP)
    console.poke("party", 50, SLOT + MAX_HP)
    count = console.byte("items", item)
    use(console, item, companion=1)
    assert (console.screen, slot(console, 1)[HP], console.byte("items", item)) == ("dialogue", after, count - 1)
    assert any(WORLD["items"][item]["name"] in row for row in console.text())


def test_the_last_mint_leaf_cures_and_leaves_its_row(console: Console) -> None:
    console.begin(0)
    sick = next(number for number in range(3) if slot(console, number)[STATUS])
    use(console, MINT_LEAF, sick)
    assert (slot(console, sick)[STATUS], console.byte("items", MINT_LEAF)) == (0, 0)
    console.press("a")
    assert (console.screen, console.byte("cursor"), console.byte("item")) == ("bag", 1, NO_ITEM)


def test_an_item_that_would_do_nothing_is_kept(console: Console) -> None:
    console.begin(0)
    well = next(number for number in range(3) if not slot(console, number)[STATUS])
    before = console.stable()[0x10:]
    use(console, MINT_LEAF, well)
    assert any("nothing now" in row for row in console.text())
    assert console.stable()[0x10:] == before
    console.press("b")
    assert (console.screen, console.byte("cursor")) == ("bag", MINT_LEAF)


def test_the_healer_answers_across_the_counter(console: Console) -> None:
    console.begin(7)
    console.press(*console.route((4, 4)))
    assert (console.byte("map"), console.byte("x"), console.byte("y")) == (1, 4, 7)
    console.press(*console.route((4, 3)), "up", "a", "a")
    assert (console.screen, console.bytes("people", 16)[15]) == ("choice", 0)
    console.press("a")
    assert all(slot(console, n)[HP] == slot(console, n)[MAX_HP] and not slot(console, n)[STATUS] for n in range(3))
    assert (console.byte("heal_count"), console.byte("talked", 3)) == (1, 1)
    console.press("b", *console.route((5, 8)))
    assert (console.byte("map"), console.byte("x"), console.byte("y"), console.byte("facing")) == (0, 4, 5, 0)

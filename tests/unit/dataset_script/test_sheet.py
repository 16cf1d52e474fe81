import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from collector.pictures import decode_picture
from collector.records import ACTIONS
from dataset_script.keys import draw_keys
from dataset_script.sheet import SCREEN, _draw_screen
from dataset_script.sheet_rows import choose_rows
from tests.rated_runs import built, write_runs


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("sheet")
    write_runs(base / "runs")
    built(base / "runs", base / "out", "export=[sft]")
    return base / "out"


def test_the_sheet_holds_the_screens_of_its_rows_at_twice_their_size(output: Path) -> None:
    sheet = Image.open(output / "picture_sheet.png").convert("RGB")
    [first, *_] = choose_rows(sorted((output / "sft").iterdir()), 6)
    screen = decode_picture(first.png)
    large = Image.frombytes("RGB", (160, 144), screen.rgb).resize((320, 288), Image.Resampling.NEAREST)
    assert large.tobytes() in (
        sheet.crop((x, y, x + 320, y + 288)).tobytes() for x in range(45, 60) for y in range(45, 60)
    )


def test_rows_are_unlike_each_other(output: Path) -> None:
    rows = choose_rows(sorted((output / "sft").iterdir()), 6)
    assert len({row.png for row in rows}) == 6
    assert {row.task_id for row in rows} == {"check_bag", "talk_to_nell", "read_sign"}
    assert len({row.action for row in rows}) == 4


def test_fewer_rows_than_places(output: Path) -> None:
    rows = choose_rows(sorted((output / "sft").iterdir()), 10_000)
    assert len({(row.session_id, row.step) for row in rows}) == len(rows) > 10


@pytest.mark.parametrize("action", [*ACTIONS, ", ".join(ACTIONS)])
def test_every_button_is_drawn_within_its_card(action: str) -> None:
    card = Image.new("RGB", (400, 60), "#ffffff")
    bottom = draw_keys(ImageDraw.Draw(card), action, (10, 10), right=354)
    drawn = Image.eval(card.convert("L"), lambda value: 255 - value).getbbox()
    assert drawn is not None
    assert drawn[0] >= 10 and drawn[1] >= 9 and drawn[2] <= 354 and drawn[3] <= bottom + 2


def test_screens_of_other_sizes_are_fitted() -> None:
    wide = Image.new("RGB", (240, 160), "#ff0000")
    data = io.BytesIO()
    wide.save(data, "PNG")
    sheet = Image.new("RGB", (SCREEN[0] + 1, SCREEN[1] + 1), "#ffffff")
    _draw_screen(sheet, data.getvalue(), 0, 0)
    red = sum(count for count, colour in sheet.getcolors(1 << 20) or [] if colour == (255, 0, 0))
    assert red == 320 * 213

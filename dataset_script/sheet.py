"""The picture sheet: a few rows of the dataset as a person sees them - screen, task, button and reason."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from dataset_script.card import BuiltConfig
from dataset_script.keys import draw_keys
from dataset_script.sheet_rows import COLUMNS, SheetRow, choose_rows

PER_LINE: Final = 3
LINES: Final = 2
CARD_WIDTH: Final = 376
SCREEN: Final = (344, 312)
"""The dark box that a screen stands in, pixels."""
BORDER: Final = 24
"""What of the box stays free: 160x144 then fits twice."""
ENLARGED: Final = 6
"""A screen is enlarged so far by whole pixels, then reduced to the size wanted: even pixels, no blur."""
CARD_HEIGHT: Final = 516
GAP: Final = 20
MARGIN: Final = 24

PAPER, CARD, EDGE, BEZEL = "#f3f1ea", "#ffffff", "#dcd8cc", "#23262f"
INK, SOFT, FAINT = "#1d2028", "#565b66", "#8b8f98"

Style = tuple[int, str, int]
"""Size, colour and leading of a text."""
INSTRUCTION: Final[Style] = (18, INK, 24)
REASON: Final[Style] = (15, SOFT, 20)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_sheet(configs: Sequence[BuiltConfig], path: Path) -> bool:
    """Draw rows of the first config that can be shown; False, and no file, if there is none."""
    shown = next((config for config in configs if set(COLUMNS) <= config.column_docs.keys()), None)
    if shown is None:
        return False
    files = [file for split in shown.splits.values() for file in split.paths]
    rows = choose_rows(files, PER_LINE * LINES)
    _sheet(rows).save(path, "PNG", optimize=True)
    return True


def _sheet(rows: Sequence[SheetRow]) -> Image.Image:
    across, down = min(PER_LINE, len(rows)), -(-len(rows) // PER_LINE)
    width = 2 * MARGIN + across * CARD_WIDTH + (across - 1) * GAP
    height = 2 * MARGIN + down * CARD_HEIGHT + (down - 1) * GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    for number, row in enumerate(rows):
        line, column = divmod(number, PER_LINE)
        _draw_card(sheet, row, MARGIN + column * (CARD_WIDTH + GAP), MARGIN + line * (CARD_HEIGHT + GAP))
    return sheet


def _draw_card(sheet: Image.Image, row: SheetRow, left: int, top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle(
        (left, top, left + CARD_WIDTH, top + CARD_HEIGHT), radius=12, fill=CARD, outline=EDGE, width=1
    )
    inset = (CARD_WIDTH - SCREEN[0]) // 2
    _draw_screen(sheet, row.png, left + inset, top + inset)
    x, y = left + inset, top + inset + SCREEN[1] + 14
    width = SCREEN[0]
    y = _draw_text(draw, row.instruction, (x, y), INSTRUCTION, width, lines=2)
    draw.text((x, y + 1), f"{row.task_id} · step {row.step}", font=_font(13), fill=FAINT)
    y = draw_keys(draw, row.action, (x, y + 26), right=x + width) + 12
    below = _draw_text(draw, row.reasoning or "(no reason given)", (x + 14, y), REASON, width - 14, lines=3)
    draw.line((x + 1, y + 2, x + 1, below), fill=EDGE, width=3)


def _draw_screen(sheet: Image.Image, png: bytes, left: int, top: int) -> None:
    """The screen on a dark bezel, as large as fits; whole multiples stay sharp."""
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle((left, top, left + SCREEN[0], top + SCREEN[1]), radius=8, fill=BEZEL)
    with Image.open(io.BytesIO(png)) as picture:
        screen = picture.convert("RGB")
    fit = min((SCREEN[0] - BORDER) / screen.width, (SCREEN[1] - BORDER) / screen.height)
    size = (int(screen.width * fit), int(screen.height * fit))
    if fit >= 1:
        screen = screen.resize((screen.width * ENLARGED, screen.height * ENLARGED), Image.Resampling.NEAREST)
    if screen.size != size:
        screen = screen.resize(size, Image.Resampling.BOX)
    sheet.paste(screen, (left + (SCREEN[0] - size[0]) // 2, top + (SCREEN[1] - size[1]) // 2))


def _draw_text(draw: ImageDraw.ImageDraw, text: str, at: tuple[int, int], style: Style, width: int, lines: int) -> int:
    """Wrapped text, cut with an ellipsis after `lines` lines; the y below it."""
    x, y = at
    size, fill, leading = style
    font = _font(size)
    for line in _wrapped(text, font, width, lines):
        draw.text((x, y), line, font=font, fill=fill)
        y += leading
    return y


def _wrapped(text: str, font: Font, width: int, lines: int) -> list[str]:
    wrapped: list[str] = []
    words = text.split()
    while words and len(wrapped) < lines:
        count = 1
        while count < len(words) and font.getlength(" ".join(words[: count + 1])) <= width:
            count += 1
        wrapped.append(" ".join(words[:count]))
        words = words[count:]
    if wrapped:
        wrapped[-1] = _fitted(wrapped[-1], font, width, cut=bool(words))
    return wrapped


def _fitted(line: str, font: Font, width: int, *, cut: bool) -> str:
    """The line with an ellipsis if something was cut off or it is too wide."""
    ending = "…" if cut or font.getlength(line) > width else ""
    while line and font.getlength(line + ending) > width:
        line = line[:-1].rstrip()
    return line + ending


def _font(size: int) -> Font:
    return ImageFont.load_default(size)

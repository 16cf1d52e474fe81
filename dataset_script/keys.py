"""Buttons drawn as the keys of a handheld console, for the picture sheet."""

from __future__ import annotations

from typing import Final

from PIL import ImageDraw, ImageFont

HEIGHT: Final = 34
LONGEST: Final = 110
"""Room for the widest key and for what says how many follow."""
RADIUS: Final = HEIGHT // 2
ROUND, PAD, PILL, WAITING, LABEL = "#a8325a", "#2f333d", "#7d828d", "#b9bdc6", "#ffffff"
ARROWS: Final = {"press_up": (0, -1), "press_down": (0, 1), "press_left": (-1, 0), "press_right": (1, 0)}


def draw_keys(draw: ImageDraw.ImageDraw, actions: str, at: tuple[int, int], *, right: int) -> int:
    """The buttons from left to right with the name of a single one beside it; the y below them."""
    x, y = at
    names = actions.split(", ")
    for number, action in enumerate(names):
        if x + LONGEST > right:
            draw.text((x, y + 8), f"+{len(names) - number}", font=ImageFont.load_default(15), fill=PILL)
            break
        x += _draw_key(draw, action, x, y) + 8
    if len(names) == 1:
        draw.text((x + 2, y + 8), names[0], font=ImageFont.load_default(15), fill=PAD)
    return y + HEIGHT


def _draw_key(draw: ImageDraw.ImageDraw, action: str, x: int, y: int) -> int:
    """One key; its width."""
    if action in ARROWS:
        draw.rounded_rectangle((x, y, x + HEIGHT, y + HEIGHT), radius=6, fill=PAD)
        _draw_arrow(draw, ARROWS[action], x + RADIUS, y + RADIUS)
        return HEIGHT
    label = action.removeprefix("press_").upper()
    if len(label) == 1:
        draw.ellipse((x, y, x + HEIGHT, y + HEIGHT), fill=ROUND)
        draw.text((x + RADIUS, y + RADIUS), label, font=ImageFont.load_default(20), fill=LABEL, anchor="mm")
        return HEIGHT
    font = ImageFont.load_default(14)
    width = int(font.getlength(label)) + 26
    draw.rounded_rectangle((x, y + 4, x + width, y + HEIGHT - 4), radius=13, fill=WAITING if action == "wait" else PILL)
    draw.text((x + width // 2, y + RADIUS), label, font=font, fill=LABEL, anchor="mm")
    return width


def _draw_arrow(draw: ImageDraw.ImageDraw, direction: tuple[int, int], x: int, y: int) -> None:
    """A triangle with its tip in the direction, centred on (x, y)."""
    along, across = 8, 9
    dx, dy = direction
    tip = (x + dx * along, y + dy * along)
    base = (x - dx * along // 2, y - dy * along // 2)
    draw.polygon(
        [tip, (base[0] + dy * across, base[1] + dx * across), (base[0] - dy * across, base[1] - dx * across)],
        fill=LABEL,
    )

"""What stands where on the screen: lines of text, and places for pictures, for any size of terminal.

Recorded text is made printable before it is laid out; the only codes in the lines are the styles set here.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image
from rich.cells import cell_len, chop_cells, set_cell_size

from collector.half_blocks import shrink_factor
from scoring.at_terminal.look import Look, Standing
from scoring.rating.item import Item, Moment, SeenStep, evenly_chosen
from scoring.rubric import BANDS
from scoring.terminal import printable

BOLD, DIM, REVERSE, RED = "1", "2", "7", "31;1"
ROOMY_LINES: Final = 34
"""From so many lines on, texts get more than one line each."""
_THUMB_COLUMNS, _THUMB_LINES = 19, 8
_GAP: Final = 2
_SMALLEST_PICTURE: Final = 4
"""Lines below which a picture shows nothing."""
_GOOD_PICTURE: Final = 12
"""Lines from which a smaller picture is worth having the overview beside it."""
_NARROW_LINES: Final = 20
"""Below so many lines there is room for the texts or for the pictures."""
_BUTTONS: Final = {
    "press_up": "↑",
    "press_down": "↓",
    "press_left": "←",
    "press_right": "→",
    "press_start": "St",
    "press_select": "Se",
    "wait": "·",
    None: "?",
}
_KEYS: Final = (
    "1-9, 0 = 10 rate · ←→ step · Tab overview · x wrong · f feedback · n skip · u undo · ? help",
    "1-9, 0 = 10 rate · ←→ step · x wrong · f feedback · n skip · u undo · ? help",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """How large a picture is shown."""

    factor: int
    """By which it is made smaller if a character shows one pixel across and two down."""
    columns: int
    """Width in characters."""
    lines: int
    """Height in lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A picture and the characters it covers."""

    png: bytes
    """The picture."""
    row: int
    """Its first line, from 0."""
    column: int
    """Its first column, from 0."""
    box: Box
    """Its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screenful:
    """All that is shown at once."""

    lines: tuple[str, ...]
    """Text with styles, no wider than the screen and a line fewer than it has."""
    pictures: tuple[Placed, ...] = ()
    """Over the text."""


def rating_screen(look: Look, standing: Standing, size: tuple[int, int]) -> Screenful:
    """A session: what was asked and found above, pictures, the step, and how the rater stands below."""
    columns, lines = size
    is_roomy = lines >= ROOMY_LINES
    in_full = is_roomy or (look.shows_strip and lines >= _NARROW_LINES)
    below = [*_step(look, columns, is_roomy), *_foot(look, standing, columns)]
    above = _asked(look.item, columns, is_roomy, in_full)[: max(lines - 1 - len(below), 0)]
    room = lines - 1 - len(above) - len(below)
    middle, pictures = _pictures(look, columns, room, top=len(above))
    return Screenful(lines=(*above, *middle, *below[-(lines - 1) :]), pictures=pictures)


def text_screen(paragraphs: Sequence[tuple[str, str]], size: tuple[int, int], top: int = 0) -> Screenful:
    """Headings with their texts in full, from line `top` on."""
    columns, lines = size
    shown = [
        line
        for heading, text in paragraphs
        for line in (styled(BOLD, heading), *_paragraph(text, columns, most=None), "")
    ]
    rest = shown[top : top + lines - 2]
    more = "↑↓ for more · " if len(shown) > len(rest) else ""
    return Screenful(lines=(*rest, styled(DIM, cut(f"{more}any other key goes back", columns))))


def cut(text: str, columns: int) -> str:
    """The text on one line, shortened to a width."""
    flat = _flat(text[: 4 * columns])
    return flat if cell_len(flat) <= columns else f"{set_cell_size(flat, columns - 1).rstrip()}…"


def styled(style: str, text: str) -> str:
    """The text in a style."""
    return f"\x1b[{style}m{text}\x1b[0m"


def _asked(item: Item, columns: int, is_roomy: bool, in_full: bool) -> list[str]:
    """Task, report and fact; the overview of a small screen leaves room for more of them than large pictures do."""
    report = [] if item.report is None and not in_full else [item.report or "none given"]
    return [
        *_labelled("Task", f"{item.task} (goal: {item.goal})", columns, most=2 if is_roomy else 1),
        *(line for text in report for line in _labelled("Report", text, columns, most=2 if in_full else 1)),
        *_labelled("Memory", item.fact or "says nothing", columns, most=4 if in_full else 1),
    ]


def _step(look: Look, columns: int, is_roomy: bool) -> list[str]:
    """The buttons of the session, and what the player said of the one in view; as many lines whatever it said."""
    item, step = look.item, look.step
    optimal = "not known" if item.optimal_steps is None else item.optimal_steps
    used = cut(f"{item.steps_used} of {item.budget} steps, fewest {optimal}", columns)
    what = [step.action or "no usable reply", *(["no effect"] if step.had_effect is False else [])]
    head = f"{step.step}: {', '.join(what)}"
    said = " → ".join(text for text in (step.reasoning, step.expected_outcome) if text) or "no reason given"
    most = 4 if is_roomy else 1
    label, style = ("Wrong", RED) if step.step in look.wrong else ("Step", BOLD)
    lines = _labelled(label, f"{head} · {said}", columns, most, style)
    return [f"{used}{_buttons(look, columns - cell_len(used))}", *lines, *[""] * (most - len(lines))]


def _foot(look: Look, standing: Standing, columns: int) -> list[str]:
    bands = " · ".join(f"{band.lowest}-{band.highest} {band.name}" for band in BANDS)
    keys = next((keys for keys in _KEYS if cell_len(keys) <= columns), _KEYS[-1])
    said = standing.remark or (f"Feedback: {look.feedback}" if look.feedback else "")
    return [styled(BOLD, cut(bands, columns)), styled(DIM, cut(keys, columns)), *_standing(standing, said, columns)]


def _standing(standing: Standing, said: str, columns: int) -> list[str]:
    """How the rater stands, with a remark, and what the last rating revealed."""
    tally = standing.tally
    counts = f"{tally.rated} rated, {tally.skipped} skipped, {tally.left} left"
    last = f"Last: {standing.revealed}" if standing.revealed else "Nothing rated in this sitting yet."
    return [
        cut(f"{counts} · {said}" if said else counts, columns),
        styled(REVERSE, set_cell_size(cut(last, columns), columns)),
    ]


def nothing_left_screen(standing: Standing, size: tuple[int, int]) -> Screenful:
    """No session waits for this rater."""
    columns, _ = size
    what = (
        "No session is left to rate.",
        "s shows the skipped ones again · u undo · q quit · any other key looks again",
    )
    return Screenful(lines=(*(cut(line, columns) for line in what), *_standing(standing, standing.remark, columns)))


def _pictures(look: Look, columns: int, room: int, top: int) -> tuple[list[str], tuple[Placed, ...]]:
    """Lines of the height of the room, and the pictures over them: the step's two, and the overview where it fits."""
    strip_lines = _THUMB_LINES + 1
    if room < _SMALLEST_PICTURE:
        return [cut("No room for pictures: make the terminal larger.", columns)][:room], ()
    pair = [look.step.before, look.step.after]
    alone = _box(pair[0], (columns - _GAP) // 2, room)
    beside = _box(pair[0], (columns - _GAP) // 2, room - strip_lines - 1)
    if room - strip_lines - 1 >= _SMALLEST_PICTURE and (beside == alone or beside.lines >= _GOOD_PICTURE):
        strip_text, strip = _strip(look, columns, strip_lines, top)
        placed = _in_a_row(pair, beside, top + strip_lines + 1)
        rest = [""] * (room - strip_lines - 1)
        return [strip_text, *[""] * (strip_lines - 1), _above(("before", "after"), beside), *rest], (*strip, *placed)
    if look.shows_strip:
        strip_text, strip = _strip(look, columns, room, top)
        return [strip_text, *[""] * (room - 1)], strip
    return [""] * room, _in_a_row(pair, alone, top)


def _strip(look: Look, columns: int, room: int, top: int) -> tuple[str, tuple[Placed, ...]]:
    """The screen as the session began and after its key moments, in small pictures with captions above."""
    first = look.item.steps[0]
    box = _box(first.before, min(_THUMB_COLUMNS, (columns - 1) // 2), min(room - 1, _THUMB_LINES))
    most = max((columns + 1) // (box.columns + 1), 2)
    moments = evenly_chosen(look.item.moments, most - 1)
    captions = ["start", *(_caption(look, moment) for moment in moments)]
    pngs = [first.before, *(moment.steps[-1].after for moment in moments)]
    return _above(captions, box, gap=1), _in_a_row(pngs, box, top + 1, gap=1)


def _above(captions: Sequence[str], box: Box, gap: int = _GAP) -> str:
    """A line of captions, each over its picture."""
    return styled(DIM, (" " * gap).join(set_cell_size(cut(caption, box.columns), box.columns) for caption in captions))


def _caption(look: Look, moment: Moment) -> str:
    first, last = moment.steps[0], moment.steps[-1]
    if moment.is_folded:
        return f"{first.step}-{last.step} no effect"
    here = "▸" if look.is_here(moment) else ""
    return f"{here}{first.step} {_button(first)}{' wrong' if first.step in look.wrong else ''}"


def _in_a_row(pngs: Sequence[bytes], box: Box, top: int, gap: int = _GAP) -> tuple[Placed, ...]:
    return tuple(
        Placed(png=png, row=top, column=place * (box.columns + gap), box=box) for place, png in enumerate(pngs)
    )


def _box(png: bytes, columns: int, lines: int) -> Box:
    """The largest whole fraction of a picture's size that fits."""
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
    factor = shrink_factor(width, height, columns, lines)
    return Box(factor=factor, columns=width // factor, lines=(height // factor + 1) // 2)


def _buttons(look: Look, columns: int) -> str:
    """One sign a step, the one in view among them, as many as fit."""
    steps, at = look.item.steps, look.at
    fits = max((columns - 2) // 3, 0)
    start = min(max(at - fits // 2, 0), max(len(steps) - fits, 0))
    return "".join(["  ", *(f"{_sign(look, step)} " for step in steps[start : start + fits])]) if fits else ""


def _sign(look: Look, step: SeenStep) -> str:
    styles = [
        *([REVERSE] if step is look.step else []),
        *([RED] if step.step in look.wrong else [DIM] if step.had_effect is False else []),
    ]
    return styled(";".join(styles), _button(step)) if styles else _button(step)


def _button(step: SeenStep) -> str:
    return _BUTTONS.get(step.action) or printable(str(step.action)).removeprefix("press_").upper()[:2]


def _labelled(label: str, text: str, columns: int, most: int, style: str = BOLD) -> list[str]:
    """A text after its label, on `most` lines at most."""
    indent = len("Report ")
    first, *rest = _paragraph(text, columns - indent, most)
    return [styled(style, f"{label:<{indent}}") + first, *(" " * indent + line for line in rest)]


def _paragraph(text: str, columns: int, most: int | None) -> list[str]:
    """The text in lines of a width; what is over is left out where a sign says so. Line ends stay if all is shown."""
    width = max(columns, 8)
    parts = printable(text).splitlines() or [""] if most is None else [_flat(text[: 8 * width * most])]
    lines = [line for part in parts for line in textwrap.wrap(part, width, break_long_words=False) or [""]]
    broken = [piece for line in lines for piece in (chop_cells(line, width) or [""])]
    if most is None or len(broken) <= most:
        return broken
    return [*broken[: most - 1], cut(" ".join(broken[most - 1 :]), width)]


def _flat(text: str) -> str:
    return " ".join(printable(text).split())

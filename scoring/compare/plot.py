"""A comparison as a picture: each task's completion on both sides, and the paired difference beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.errors import InputError
from collector.safe_files import replace_bytes
from scoring.compare.figures import Contrast, Figure
from scoring.drawing import as_text, picture_of, require_matplotlib
from scoring.statistics import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES: Final = (".svg", ".png")
_COLOURS: Final = {"a": "#0b5fa5", "b": "#c8511b"}
"""Told apart by people who don't see red and green apart, too; B is also drawn as a square."""
_ROW_INCHES: Final = 0.34


def check_plot(path: Path) -> None:
    """InputError if no picture can be written there, before any work is done for it."""
    if path.suffix not in SUFFIXES:
        raise InputError(f"--plot {path}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--plot {path}: there is no folder {path.parent}; make it first")
    require_matplotlib("--plot")


def write_plot(found: Contrast, path: Path) -> None:
    """Draw completion overall and task by task; the same comparison gives the same bytes."""
    from matplotlib.figure import Figure as Canvas

    rows = [("all tasks", found.overall[0]), *found.by_task.items()]
    canvas = Canvas(figsize=(9, 1.3 + _ROW_INCHES * len(rows)), layout="constrained")
    rates, differences = canvas.subplots(1, 2, sharey=True)
    for place, (_, figure) in enumerate(rows):
        _draw_rates(rates, place, figure)
        _draw_difference(differences, place, figure)
    names = found.pairing.a.name, found.pairing.b.name
    rates.set(title="completion", xlim=(-0.03, 1.03), yticks=range(len(rows)), ylim=(len(rows) - 0.5, -0.5))
    rates.set_yticklabels([f"{as_text(name)} ({figure.pairs})" for name, figure in rows])
    differences.set(title=as_text("A - B"), xlim=(-1.03, 1.03))
    differences.axvline(0, color="#777777", linewidth=0.8)
    handles = [rates.plot([], [], color=_COLOURS[side], marker=_marker(side), linestyle="")[0] for side in "ab"]
    labels = [as_text(f"{side}: {name}") for side, name in zip("AB", names, strict=True)]
    canvas.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    for axes in (rates, differences):
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    replace_bytes(path, picture_of(canvas, path.suffix.removeprefix(".")))


def _draw_rates(axes: Axes, place: int, figure: Figure) -> None:
    if figure.table is None or figure.a is None or figure.b is None:
        return
    for side, value, interval, shift in (
        ("a", figure.a, figure.table.a_interval, -0.14),
        ("b", figure.b, figure.table.b_interval, 0.14),
    ):
        _draw(axes, place + shift, value, interval, color=_COLOURS[side], marker=_marker(side))


def _draw_difference(axes: Axes, place: int, figure: Figure) -> None:
    if figure.difference is not None:
        _draw(axes, place, figure.difference, figure.interval, color="black", marker="D")


def _draw(axes: Axes, place: float, value: float, interval: Interval | None, **style: Any) -> None:
    if interval is not None:
        axes.plot([interval.low, interval.high], [place, place], color=style["color"], linewidth=1.4)
    axes.plot([value], [place], linestyle="", markersize=4.5, **style)


def _marker(side: str) -> str:
    return {"a": "o", "b": "s"}[side]

"""A comparison as a picture: each task's completion on both sides, and the paired difference beside it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.errors import InputError
from collector.safe_files import replace_bytes
from scoring.compare.figures import Contrast, Figure
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
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"--plot needs {error.name}; install the extra: pip install -e '.[web]'") from None


def write_plot(found: Contrast, path: Path) -> None:
    """Draw completion overall and task by task; the same comparison gives the same bytes."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    rows = [("all tasks", found.overall[0]), *found.by_task.items()]
    canvas = Canvas(figsize=(9, 1.3 + _ROW_INCHES * len(rows)), layout="constrained")
    rates, differences = canvas.subplots(1, 2, sharey=True)
    for place, (_, figure) in enumerate(rows):
        _draw_rates(rates, place, figure)
        _draw_difference(differences, place, figure)
    names = found.pairing.a.name, found.pairing.b.name
    rates.set(title="completion", xlim=(-0.03, 1.03), yticks=range(len(rows)), ylim=(len(rows) - 0.5, -0.5))
    rates.set_yticklabels([f"{_as_text(name)} ({figure.pairs})" for name, figure in rows])
    differences.set(title=_as_text("A - B"), xlim=(-1.03, 1.03))
    differences.axvline(0, color="#777777", linewidth=0.8)
    handles = [rates.plot([], [], color=_COLOURS[side], marker=_marker(side), linestyle="")[0] for side in "ab"]
    labels = [_as_text(f"{side}: {name}") for side, name in zip("AB", names, strict=True)]
    canvas.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    for axes in (rates, differences):
        axes.grid(axis="x", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
    written = io.BytesIO()
    kind = path.suffix.removeprefix(".")
    with matplotlib.rc_context({"svg.hashsalt": "eevee", "svg.fonttype": "none"}):
        canvas.savefig(written, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    replace_bytes(path, written.getvalue())


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


def _as_text(name: str) -> str:
    """A name as it stands: matplotlib reads dollar signs as mathematics."""
    return name.replace("$", r"\$")

"""The report's plots as SVG, narrow enough for a phone; one that has nothing to show is None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from scoring.agreement import AgreementReport, Confusion, RaterReport
from scoring.drawing import as_text, picture_of
from scoring.metrics import Metrics
from scoring.records import Source
from scoring.statistics import wilson

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: Final[Mapping[str, tuple[str, str]]] = {
    Source.HUMAN: ("#0b5fa5", "o"),
    Source.AUTO: ("#c8511b", "s"),
    Source.JUDGE: ("#3c7d3c", "D"),
}
"""Colour and mark of each source: told apart without colours, too."""

_INK: Final = "#0b5fa5"
_PALE: Final = "#b9cfe4"
_GRID: Final = "#dddddd"
_WIDTH: Final = 5.2
_ROW_INCHES: Final = 0.27


def completion_by_task(tasks: Mapping[str, Metrics]) -> str | None:
    """The share of sessions that reached their goal, with Wilson's interval."""
    known = {name: one.completion for name, one in tasks.items() if one.completion.value is not None}
    if not known:
        return None
    canvas, axes = _rows([f"{name} ({share.of})" for name, share in known.items()])
    for place, share in enumerate(known.values()):
        interval = wilson(share.part, share.of)
        axes.plot([interval.low, interval.high], [place, place], color=_INK, linewidth=1.4)
        axes.plot([share.part / share.of], [place], "o", color=_INK, markersize=5)
    axes.set(xlim=(-0.03, 1.03), xlabel="share that reached the goal")
    return _svg(canvas, "completion")


def scores_by_task(tasks: Mapping[str, Metrics]) -> str | None:
    """The mean score of each source."""
    known = {name: one for name, one in tasks.items() if any(mean.of for mean in one.scores.values())}
    if not known:
        return None
    canvas, axes = _rows(list(known))
    for source, (colour, mark) in STYLE.items():
        means = [one.scores[source].value for one in known.values()]
        points = [(value, place) for place, value in enumerate(means) if value is not None]
        if points:
            values, places = zip(*points, strict=True)
            axes.plot(values, places, mark, color=colour, markersize=5, alpha=0.85, label=str(source))
    axes.set(xlim=(0.7, 10.3), xticks=range(1, 11), xlabel="mean score, 1-10")
    canvas.legend(loc="outside upper right", ncols=3, frameon=False)
    return _svg(canvas, "scores")


def efficiency_by_task(tasks: Mapping[str, Metrics]) -> str | None:
    """Fewest possible steps / steps taken, where the goal was reached."""
    known = {name: one.efficiency for name, one in tasks.items() if one.efficiency.value is not None}
    if not known:
        return None
    canvas, axes = _rows([f"{name} ({mean.of})" for name, mean in known.items()])
    axes.barh(range(len(known)), [mean.value or 0.0 for mean in known.values()], color=_INK, height=0.62)
    axes.set(xlim=(0, 1.03), xlabel="fewest possible steps / steps taken")
    return _svg(canvas, "efficiency")


def coverage_by_task(tasks: Mapping[str, Metrics]) -> str | None:
    """Different (state, action) pairs, and of these the rows that a dataset would take."""
    pairs = {name: one.coverage["state_actions"] for name, one in tasks.items()}
    if not any(pair.of for pair in pairs.values()):
        return None
    canvas, axes = _rows(list(tasks))
    places = range(len(tasks))
    axes.barh(places, [pair.different for pair in pairs.values()], color=_PALE, height=0.62, label="all sessions")
    taken = [one.accepted_rows.different for one in tasks.values()]
    axes.barh(places, taken, color=_INK, height=0.34, label="accepted")
    axes.set(xlabel="different (state, action)")
    canvas.legend(loc="outside upper right", ncols=2, frameon=False)
    return _svg(canvas, "coverage")


def confusion(found: Confusion) -> str | None:
    """Sessions by the bands that two sources put them in."""
    if not found.same_band.of:
        return None
    canvas, axes = _canvas(3.6)
    axes.imshow(found.counts, cmap="Blues", vmin=0, vmax=max(map(max, found.counts)) * 1.4)
    for row, counts in enumerate(found.counts):
        for column, count in enumerate(counts):
            axes.text(column, row, str(count or ""), ha="center", va="center", fontsize=10)
    places = range(len(found.bands))
    axes.set(xticks=places, yticks=places, xlabel=found.second, ylabel=found.first)
    axes.set_xticklabels(found.bands, fontsize=8)
    axes.set_yticklabels(found.bands, fontsize=8)
    return _svg(canvas, f"confusion {found.first} {found.second}")


def speed_by_rater(raters: Iterable[RaterReport]) -> str | None:
    """Median seconds a rating took, in a rater's first third and last third."""
    return _first_to_last(
        [(one.rater, one.speed.first_third, one.speed.last_third) for one in raters],
        "median seconds a rating: first third (hollow) to last third",
        "speed",
    )


def agreement_by_rater(agreement: AgreementReport) -> str | None:
    """Points by which each rater scores above the other raters, and how much milder they grew, with its interval."""
    raters = [one for one in agreement.raters if one.above_others.of or one.drift.points is not None]
    if not raters:
        return None
    canvas, axes = _rows([one.rater for one in raters])
    for place, one in enumerate(raters):
        if one.above_others.value is not None:
            axes.plot([one.above_others.value], [place - 0.14], "o", color=_INK, markersize=5)
        if one.drift.points is not None and one.drift.interval is not None:
            ends = [one.drift.interval.low, one.drift.interval.high]
            axes.plot(ends, [place + 0.14] * 2, color=STYLE[Source.AUTO][0], linewidth=1.4)
            axes.plot([one.drift.points], [place + 0.14], "s", color=STYLE[Source.AUTO][0], markersize=4.5)
    axes.axvline(0, color="#777777", linewidth=0.8)
    axes.plot([], [], "o", color=_INK, label="above the other raters")
    axes.plot([], [], "s-", color=STYLE[Source.AUTO][0], label="grown milder")
    axes.set(xlabel="points")
    canvas.legend(loc="outside upper right", ncols=2, frameon=False)
    return _svg(canvas, "raters")


def pace_by_policy(policies: Mapping[str, Metrics]) -> str | None:
    """Sessions that ended for each hour in which one ran."""
    known = [(name, one.sessions_per_hour.value) for name, one in policies.items()]
    rows = [(name, value) for name, value in known if value is not None]
    if not rows:
        return None
    canvas, axes = _rows([name for name, _ in rows])
    axes.barh(range(len(rows)), [value for _, value in rows], color=_INK, height=0.62)
    axes.set(xlabel="sessions / hour")
    return _svg(canvas, "pace")


def _first_to_last(rows: Sequence[tuple[str, float | None, float | None]], label: str, salt: str) -> str | None:
    known = [(name, first, last) for name, first, last in rows if first is not None and last is not None]
    if not known:
        return None
    canvas, axes = _rows([name for name, _, _ in known])
    for place, (_, first, last) in enumerate(known):
        axes.plot([first, last], [place, place], color=_PALE, linewidth=2, zorder=1)
        axes.plot([first], [place], "o", color=_INK, markerfacecolor="white", markersize=6)
        axes.plot([last], [place], "o", color=_INK, markersize=6)
    axes.set_xlim(left=0)
    axes.set(xlabel=label)
    return _svg(canvas, salt)


def _rows(names: Sequence[str]) -> tuple[Figure, Axes]:
    """Axes with a line a name, the first on top."""
    canvas, axes = _canvas(0.85 + _ROW_INCHES * len(names))
    axes.set(yticks=range(len(names)), ylim=(len(names) - 0.4, -0.6))
    axes.set_yticklabels([as_text(name) for name in names])
    axes.grid(axis="x", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return canvas, axes


def _canvas(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    canvas = Figure(figsize=(_WIDTH, height), layout="constrained")
    return canvas, canvas.subplots()


def _svg(canvas: Figure, salt: str) -> str:
    """The drawing alone, to stand inside a page."""
    text = picture_of(canvas, "svg", salt).decode()
    return text[text.index("<svg") :]

"""Figures in words and cells, the same in a terminal and on a page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from collector.counting import counted
from scoring.agreement import Agreement, RaterReport
from scoring.metrics import Distinct, Mean, Metrics, Rate, Share
from scoring.metrics.definitions import DEFINITIONS
from scoring.records import Source
from scoring.statistics import wilson
from scoring.terminal import interval_text, share_text

Figure: TypeAlias = Share | Mean | Distinct | Rate

NOTHING: Final = "-"
LONGEST_REMARK: Final = 400
"""Characters of a rater's words in a table."""

QUALITY: Final = ("completion", "reliability", "efficiency", "consistency", "steps", "expected_outcomes", "approval")
"""Columns on how well it went; the scores stand beside them."""
COVERAGE: Final = ("tasks", "starts", "buttons", "screens", "states", "maps", "state_actions")
COST: Final = (
    *("accepted_rows", "megabytes_per_row", "seconds_per_row", "usd_per_row"),
    *("sessions_per_hour", "rating_minutes"),
)


def figure_of(metrics: Metrics, name: str) -> Figure:
    """A metric by its name in the definitions; a source's name is its score."""
    if name in COVERAGE:
        return metrics.coverage[name]
    if name in list(Source):
        return metrics.scores[name]
    figure: Figure = getattr(metrics, name)
    return figure


def title_of(name: str) -> str:
    """What a metric is called."""
    return DEFINITIONS[name].title if name in DEFINITIONS else name


def cell(figure: Figure) -> str:
    """A figure in few characters, with its count where one fits."""
    if figure.value is None:
        return NOTHING
    if isinstance(figure, Share):
        return f"{figure.part}/{figure.of}"
    if isinstance(figure, Mean):
        return f"{figure.value:.2f} ({figure.of})"
    return f"{figure.value:,}" if isinstance(figure, Distinct) else amount_text(figure.value)


def phrase(figure: Figure) -> str:
    """A figure with everything it was counted over."""
    if figure.value is None:
        return NOTHING
    if isinstance(figure, Share):
        interval = interval_text(wilson(figure.part, figure.of), ".0%")
        return f"{share_text(figure.value)} {interval}, {figure.part} of {figure.of}"
    if isinstance(figure, Mean):
        return f"{figure.value:.2f} (n={figure.of})"
    if isinstance(figure, Distinct):
        return f"{figure.different:,} of {figure.of:,}"
    return f"{amount_text(figure.value)} ({amount_text(figure.amount or 0)} / {amount_text(figure.per)})"


def amount_text(value: float) -> str:
    """An amount with three digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def overall_rows(everything: Metrics, accepted: Metrics) -> Iterator[tuple[str, str, str]]:
    """(title, all sessions, accepted ones) of every metric; the first says why it has no value."""
    for name in (*QUALITY, *Source, *COVERAGE, *COST):
        title = f"score 1-10, {name}" if name in list(Source) else title_of(name)
        missing = DEFINITIONS["scores" if name in list(Source) else name].missing
        figure = figure_of(everything, name)
        why = f" ({missing})" if figure.value is None else ""
        yield title, phrase(figure) + why, phrase(figure_of(accepted, name))
    yield "errors", errors_text(everything), errors_text(accepted)
    yield "on disk", f"{everything.megabytes:.2f} MB", f"{accepted.megabytes:.2f} MB"


def errors_text(metrics: Metrics) -> str:
    """How often each kind of error happened, and in how many sessions."""
    kinds = (f"{one.times:,} {kind} (in {one.sessions:,})" for kind, one in metrics.errors.items())
    return ", ".join(kinds) or "none"


def status_text(metrics: Metrics) -> str:
    """How many sessions, and how they stand."""
    statuses = ", ".join(f"{count} {status}" for status, count in metrics.by_status.items())
    return f"{counted(metrics.sessions, 'session')}{': ' if statuses else ''}{statuses}"


def agreement_text(agreement: Agreement) -> str:
    """Alpha, or why there is none."""
    if agreement.alpha is None:
        return f"no alpha: {agreement.reason}"
    alpha = f"alpha {agreement.alpha:.2f} {interval_text(agreement.interval)}"
    return f"{alpha} over {counted(agreement.doubles, 'session')} rated by two or more of {agreement.raters} people"


RATER_COLUMNS: Final = (
    *("rater", "ratings", "can't judge", "score", "seconds", "first third", "last third"),
    *("drift", "above others", "above gold", "distance from gold"),
)


def rater_cells(report: RaterReport) -> tuple[str, ...]:
    """A rater's row, in the order of `RATER_COLUMNS`."""
    return (
        report.rater,
        str(report.ratings),
        str(report.cannot_judge),
        cell(report.score),
        *(NOTHING if each is None else f"{each:.0f}" for each in _seconds(report)),
        drift_text(report),
        signed(report.above_others),
        signed(report.above_gold),
        cell(report.gold_distance),
    )


def drift_text(report: RaterReport) -> str:
    """Points by which a rater grew milder, with the interval."""
    drift = report.drift
    return NOTHING if drift.points is None else f"{drift.points:+.2f} {interval_text(drift.interval, '+.2f')}"


def signed(mean: Mean) -> str:
    """A difference with its sign and count."""
    return NOTHING if mean.value is None else f"{mean.value:+.2f} ({mean.of})"


def remark(text: str) -> str:
    """What somebody wrote, on one line and not too long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_REMARK else f"{flat[:LONGEST_REMARK]} ... ({len(flat):,} characters)"


def _seconds(report: RaterReport) -> tuple[float | None, ...]:
    return report.speed.median, report.speed.first_third, report.speed.last_third

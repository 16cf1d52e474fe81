"""The report as text: a part a game, its figures before and after the filter, tables by group, and the raters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scoring.agreement import AgreementReport, Confusion
from scoring.metrics import Breakdown, GameReport, Metrics
from scoring.records import Source
from scoring.reporting.content import GamePart, Report
from scoring.reporting.wording import (
    COST,
    COVERAGE,
    QUALITY,
    RATER_COLUMNS,
    agreement_text,
    cell,
    figure_of,
    overall_rows,
    phrase,
    rater_cells,
    remark,
    status_text,
    title_of,
)
from scoring.terminal import console, printable, score_text

if TYPE_CHECKING:
    from rich.table import Table

DISAGREEMENTS_SHOWN = 20
"""Rows of the table on a terminal; JSON and the page have all."""


def print_report(report: Report) -> None:
    """Print the report to standard output."""
    out = console()
    for part in report.games:
        for block in _blocks(part, report):
            out.print(block, soft_wrap=isinstance(block, str))
        out.print()


def origin(synthetic: bool) -> str:
    """Whose game it is: figures of the bundled cartridge are never those of a real game."""
    return "synthetic: own cartridge" if synthetic else "a user's own game"


def _blocks(part: GamePart, report: Report) -> Iterator[str | Table]:
    figures = part.figures
    yield f"{printable(figures.game)} ({origin(figures.synthetic)})"
    yield f"  all       {status_text(figures.overall)}"
    yield f"  accepted  {status_text(figures.accepted.overall)}  ({printable(str(report.accepted))})"
    yield ""
    yield _overall(figures)
    accepted = dict(groups_of(figures.accepted))
    for heading, groups in groups_of(figures):
        for names in ((*QUALITY, *Source), (*COVERAGE, *COST)):
            yield ""
            yield _group_table(heading, groups, accepted.get(heading, {}), names)
    yield ""
    yield from _agreement(part.agreement)


def groups_of(figures: Breakdown) -> Iterator[tuple[str, Mapping[str, Metrics]]]:
    """(heading, metrics by name) of each way to group that has a group."""
    for heading, groups in (("task", figures.by_task), ("policy", figures.by_policy), ("prompt", figures.by_prompt)):
        if groups:
            yield heading, groups


def _overall(figures: GameReport) -> Table:
    rows = list(overall_rows(figures.overall, figures.accepted.overall))
    return _table(("metric", "all", "accepted"), rows)


def _group_table(
    heading: str, groups: Mapping[str, Metrics], accepted: Mapping[str, Metrics], names: Sequence[str]
) -> Table:
    rows = [
        (
            name,
            str(metrics.sessions),
            str(accepted[name].sessions if name in accepted else 0),
            *(cell(figure_of(metrics, column)) for column in names),
        )
        for name, metrics in groups.items()
    ]
    return _table((heading, "n", "accepted", *map(title_of, names)), rows, numbers=True)


def _agreement(agreement: AgreementReport) -> Iterator[str | Table]:
    yield f"people among themselves: {agreement_text(agreement.among_people)}"
    for confusion in agreement.confusions:
        yield confusion_text(confusion)
    if agreement.raters:
        yield ""
        yield _table(RATER_COLUMNS, [rater_cells(report) for report in agreement.raters], numbers=True)
    if agreement.disagreements:
        yield ""
        shown = agreement.disagreements[:DISAGREEMENTS_SHOWN]
        yield _table(
            ("people and rule part", "task", "people", "rule", "the rule says", "people say"),
            [
                (one.session_id, one.task_id, score_text(one.human), score_text(one.auto), *map(remark, words))
                for one in shown
                for words in [(one.rule_says, one.people_say)]
            ],
        )
        if len(shown) < len(agreement.disagreements):
            yield f"and {len(agreement.disagreements) - len(shown)} more: --json has all"


def confusion_text(confusion: Confusion) -> str:
    """Two sources in a line."""
    pair = f"{confusion.first} and {confusion.second}"
    if not confusion.same_band.of:
        return f"{pair}: no session has a score from both"
    return (
        f"{pair}: same band {phrase(confusion.same_band)}; within a point {phrase(confusion.within_a_point)}; "
        f"same side of the filter {phrase(confusion.same_side)}; {confusion.first} - {confusion.second} "
        f"{confusion.difference.value or 0:+.2f}"
    )


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]], *, numbers: bool = False) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", justify="right" if numbers and place else "left")
    for row in rows:
        table.add_row(*map(printable, row))
    return table

"""The report as one HTML page that asks nothing of any server: styles, plots and pictures stand inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.counting import counted
from collector.errors import InputError
from collector.safe_files import replace_text
from scoring.agreement import AgreementReport
from scoring.drawing import require_matplotlib
from scoring.metrics import Breakdown, GameReport, Mean, Metrics, Share
from scoring.metrics.definitions import DEFINITIONS
from scoring.records import Source
from scoring.reporting import plots
from scoring.reporting.as_text import confusion_text, groups_of, origin
from scoring.reporting.content import GamePart, Report
from scoring.reporting.pictures import Strip, picture_sheet
from scoring.reporting.wording import (
    COST,
    COVERAGE,
    NOTHING,
    QUALITY,
    RATER_COLUMNS,
    agreement_text,
    cell,
    figure_of,
    overall_rows,
    rater_cells,
    remark,
    status_text,
    title_of,
)
from scoring.terminal import printable, score_text, share_text

TEMPLATE: Final = "page.html"
DISAGREEMENTS_SHOWN: Final = 200
"""Rows of the table on the page; JSON has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A picture of figures, or why there is none."""

    title: str
    """What it shows."""
    svg: str | None
    """The drawing."""
    missing: str
    """What would be needed for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """The figures of groups, a row each."""

    title: str
    """How the sessions are grouped, and which they are."""
    columns: tuple[str, ...]
    """Headings."""
    rows: tuple[tuple[str, ...], ...]
    """Cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One game's part of the page."""

    game: str
    """The game's name and whose it is."""
    all_sessions: str
    """How many, and how they stand."""
    accepted_sessions: str
    """The same after the filter."""
    tiles: tuple[tuple[str, str, str], ...]
    """(title, figure, what it was counted over) of what is looked at first."""
    overall: tuple[tuple[str, str, str], ...]
    """(metric, all, accepted)."""
    plots: tuple[Plot, ...]
    """In the order of the page."""
    tables: tuple[GroupTable, ...]
    """By task, policy and prompt, before and after the filter."""
    agreement: tuple[str, ...]
    """Sentences on people, rule and judge."""
    raters: GroupTable
    """A row a rater."""
    disagreements: GroupTable
    """Where people and the rule part."""
    strips: tuple[Strip, ...]
    """The picture sheet."""


def check_page(path: Path) -> None:
    """InputError if no page can be written there, before any work is done for it."""
    if not path.absolute().parent.is_dir():
        raise InputError(f"--html {path}: there is no folder {path.parent}; make it first")
    require_matplotlib("--html")
    try:
        import jinja2  # noqa: F401
    except ModuleNotFoundError as error:
        raise InputError(f"--html needs {error.name}; install the extra: pip install -e '.[web]'") from None


def write_page(report: Report, path: Path) -> None:
    """Write the page; the same report gives the same bytes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    sections = [_section(part, report) for part in report.games]
    page = environment.get_template(TEMPLATE).render(
        sections=sections, accepted=str(report.accepted), gold=report.gold, definitions=DEFINITIONS.values()
    )
    replace_text(path, page)


def _section(part: GamePart, report: Report) -> Section:
    figures, agreement = part.figures, part.agreement
    return Section(
        game=f"{figures.game} ({origin(figures.synthetic)})",
        all_sessions=status_text(figures.overall),
        accepted_sessions=status_text(figures.accepted.overall),
        tiles=tuple(_tiles(figures, agreement)),
        overall=tuple(overall_rows(figures.overall, figures.accepted.overall)),
        plots=tuple(_plots(figures, agreement)),
        tables=tuple(_tables(figures)),
        agreement=(
            f"people among themselves: {agreement_text(agreement.among_people)}",
            *map(confusion_text, agreement.confusions),
        ),
        raters=GroupTable(
            title="Raters", columns=RATER_COLUMNS, rows=tuple(rater_cells(report) for report in agreement.raters)
        ),
        disagreements=_disagreements(agreement),
        strips=tuple(picture_sheet(part.sessions, report.accepted)),
    )


def _tiles(figures: GameReport, agreement: AgreementReport) -> Iterator[tuple[str, str, str]]:
    overall = figures.overall
    for name in ("completion", "reliability", "approval"):
        share: Share = getattr(overall, name)
        yield title_of(name), share_text(share.value), f"{share.part} of {share.of}"
    for name in ("efficiency", "consistency"):
        mean: Mean = getattr(overall, name)
        yield title_of(name), NOTHING if mean.value is None else f"{mean.value:.2f}", f"n={mean.of}"
    rows = overall.accepted_rows
    yield title_of("accepted_rows"), cell(rows), f"different, of {rows.of:,}"
    among = agreement.among_people
    alpha = NOTHING if among.alpha is None else f"{among.alpha:.2f}"
    yield "agreement (alpha)", alpha, counted(among.doubles, "double")


def _plots(figures: GameReport, agreement: AgreementReport) -> Iterator[Plot]:
    tasks, no_verdict = figures.by_task, DEFINITIONS["completion"].missing
    yield Plot(title="Completion by task, with 95 % intervals", svg=plots.completion_by_task(tasks), missing=no_verdict)
    yield Plot(title="Scores by task", svg=plots.scores_by_task(tasks), missing="no session has a score")
    missing = DEFINITIONS["efficiency"].missing
    yield Plot(title="Efficiency by task", svg=plots.efficiency_by_task(tasks), missing=missing)
    missing = DEFINITIONS["state_actions"].missing
    yield Plot(title="Coverage by task", svg=plots.coverage_by_task(tasks), missing=missing)
    missing = DEFINITIONS["sessions_per_hour"].missing
    yield Plot(title="Speed by policy", svg=plots.pace_by_policy(figures.by_policy), missing=missing)
    for confusion in agreement.confusions:
        title = f"Confusion: {confusion.first} and {confusion.second}"
        yield Plot(title=title, svg=plots.confusion(confusion), missing="no session has a score from both")
    missing = "no two people rated one session, and none rated enough to show a drift"
    yield Plot(title="Raters' bias", svg=plots.agreement_by_rater(agreement), missing=missing)
    missing = "no rater has three ratings that say how long they took"
    yield Plot(title="Raters' speed", svg=plots.speed_by_rater(agreement.raters), missing=missing)


def _tables(figures: GameReport) -> Iterator[GroupTable]:
    for what, breakdown in (("all sessions", figures), ("accepted", figures.accepted)):
        yield from _group_tables(what, breakdown)


def _group_tables(what: str, breakdown: Breakdown) -> Iterator[GroupTable]:
    for heading, groups in groups_of(breakdown):
        for about, names in (("how well", (*QUALITY, *Source)), ("how much, and at what cost", (*COVERAGE, *COST))):
            yield GroupTable(
                title=f"By {heading}, {what}: {about}",
                columns=(heading, "n", *map(title_of, names)),
                rows=tuple(_rows(groups, names)),
            )


def _rows(groups: Mapping[str, Metrics], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, metrics in groups.items():
        yield name, str(metrics.sessions), *(cell(figure_of(metrics, column)) for column in names)


def _disagreements(agreement: AgreementReport) -> GroupTable:
    shown = agreement.disagreements[:DISAGREEMENTS_SHOWN]
    return GroupTable(
        title=f"Where people and the rule part ({len(shown)} of {len(agreement.disagreements)})",
        columns=("session", "task", "ended", "people", "rule", "the rule says", "people say"),
        rows=tuple(
            (
                *(one.session_id, one.task_id, one.status, score_text(one.human), score_text(one.auto)),
                *(remark(one.rule_says), remark(one.people_say)),
            )
            for one in shown
        ),
    )

"""What a report holds, whatever it is shown as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.agreement import AgreementReport, agreement_report
from scoring.metrics import GameReport, MeasuredSession, ScoreFilter, report_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GamePart:
    """One game's part."""

    figures: GameReport
    """The metrics, in all groups."""
    agreement: AgreementReport
    """How far its ratings can be trusted."""
    sessions: tuple[MeasuredSession, ...]
    """What it was counted over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run tree's report."""

    accepted: ScoreFilter
    """What "after the filter" means."""
    gold: str | None
    """The rater whose scores are the reference, if one was named."""
    games: tuple[GamePart, ...]
    """A part a game, in order of name."""


def full_report(measured: Iterable[MeasuredSession], accepted: ScoreFilter, gold: str | None = None) -> Report:
    """The report over sessions that were measured."""
    measured = tuple(measured)
    return Report(
        accepted=accepted,
        gold=gold,
        games=tuple(_part(figures, measured, accepted, gold) for figures in report_of(measured, accepted)),
    )


def _part(
    figures: GameReport, measured: Iterable[MeasuredSession], accepted: ScoreFilter, gold: str | None
) -> GamePart:
    played = tuple(
        one
        for one in measured
        if (one.rated.session.game, one.rated.session.synthetic) == (figures.game, figures.synthetic)
    )
    agreement = agreement_report([one.rated for one in played], accepted, gold)
    return GamePart(figures=figures, agreement=agreement, sessions=played)

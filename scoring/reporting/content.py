"""What a report holds, whatever it is shown as."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.agreement import AgreementReport, agreement_report
from scoring.metrics import GameReport, MeasuredSession, ScoreFilter, by_game, game_report


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
    return Report(
        accepted=accepted, gold=gold, games=tuple(_part(played, accepted, gold) for played in by_game(measured))
    )


def _part(played: list[MeasuredSession], accepted: ScoreFilter, gold: str | None) -> GamePart:
    return GamePart(
        figures=game_report(played, accepted),
        agreement=agreement_report([one.rated for one in played], accepted, gold),
        sessions=tuple(played),
    )

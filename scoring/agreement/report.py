"""All of it over one game's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.agreement.among import Agreement, agreement_among
from scoring.agreement.between import PAIRS, Confusion, Disagreement, confusion_between, disagreements
from scoring.agreement.raters import RaterReport, rater_reports
from scoring.metrics.filters import ScoreFilter
from scoring.sessions import RatedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReport:
    """How far the ratings of one game can be trusted."""

    among_people: Agreement
    """People who rated the same sessions."""
    raters: tuple[RaterReport, ...]
    """Each person by themselves."""
    confusions: tuple[Confusion, ...]
    """The pairs of sources, whether or not they share a session."""
    disagreements: tuple[Disagreement, ...]
    """Where people and the rule part, the farthest first."""


def agreement_report(
    sessions: Sequence[RatedSession], accepted: ScoreFilter, gold: str | None = None
) -> AgreementReport:
    """The report; `gold` is the id of the rater whose scores are the reference."""
    return AgreementReport(
        among_people=agreement_among(sessions),
        raters=rater_reports(sessions, gold),
        confusions=tuple(confusion_between(sessions, *pair, accepted) for pair in PAIRS),
        disagreements=disagreements(sessions, accepted),
    )

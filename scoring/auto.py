"""Rate finished sessions by the rule: the verdict from game memory becomes an annotation of source auto.

A second run writes nothing unless the rule, or what it says about a session, has changed since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.errors import EeveeError
from collector.records import Session, Status
from scoring.annotations import annotate, current, ratings_of, refresh_views
from scoring.records import Annotation, Source
from scoring.rubric import RUBRIC_VERSION, rule_score
from scoring.sessions import RatedSession

RATER: Final = "auto"
"""The rule's name as a rater."""


class Outcome(StrEnum):
    """What the rule did with a session."""

    RATED = "rated"
    RATED_ANEW = "rated anew"
    UNCHANGED = "unchanged"
    RUNNING = "still running"
    NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReport:
    """What a run over many sessions did."""

    outcomes: Counter[Outcome]
    """Sessions by what was done with them."""
    problems: tuple[str, ...]
    """Sessions that could not be rated, one sentence each."""


def rate_all(sessions: Iterable[RatedSession]) -> AutoReport:
    """Rate each session; one that can't be rated is reported and the others go on."""
    outcomes: Counter[Outcome] = Counter()
    problems: list[str] = []
    for rated in sessions:
        try:
            outcomes[rate_by_rule(rated)] += 1
        except EeveeError as error:
            problems.append(str(error))
    return AutoReport(outcomes=outcomes, problems=tuple(problems))


def rate_by_rule(rated: RatedSession) -> Outcome:
    """Add the rule's rating to a session, unless it runs, has no verdict, or carries the same rating already."""
    if rated.session.status == Status.RUNNING:
        return Outcome.RUNNING
    before = next(iter(current(rated.annotations, Source.AUTO)), None)
    annotation = rule_annotation(rated.session, supersedes=None if before is None else before.annotation_id)
    if annotation is None:
        return Outcome.NO_VERDICT
    if before is None or _said(before) != _said(annotation):
        annotate(rated.directory, annotation)
        return Outcome.RATED if before is None else Outcome.RATED_ANEW
    if rated.session.final_score != ratings_of(rated.annotations).final_score:
        refresh_views(rated.directory)
    return Outcome.UNCHANGED


def rule_annotation(session: Session, supersedes: str | None = None) -> Annotation | None:
    """What the rule says about a session as an annotation; None where memory gave no verdict."""
    said = rule_score(session)
    if said is None:
        return None
    return Annotation(
        session_id=session.session_id,
        rater=RATER,
        source=str(Source.AUTO),
        score=said.score,
        verdict=session.task_completed,
        justification=said.justification,
        rubric_version=RUBRIC_VERSION,
        supersedes=supersedes,
    )


def _said(annotation: Annotation) -> tuple[int | None, bool | None, str, str]:
    return annotation.score, annotation.verdict, annotation.justification, annotation.rubric_version

"""Rate sessions by a judge: each once for a model, a rubric and a wording; what fails is counted and left unrated."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from collector.errors import AgentError, EeveeError
from collector.records import Status
from scoring.annotations import annotate, current
from scoring.judge.asking import NoJudgement, NotJudged
from scoring.judge.question import JUDGED_BY, JudgeQuestion, question_about
from scoring.judge.reply import Judgement
from scoring.rating.item import read_item
from scoring.records import Annotation, Source
from scoring.sessions import RatedSession


class Outcome(StrEnum):
    """What a judge did with a session that it did not fail on."""

    RATED = "rated"
    RATED_ANEW = "rated anew, by another rubric or wording"
    CANT_TELL = "could not be judged, says the judge"
    ALREADY = "rated already"
    RUNNING = "still running"
    NOTHING_SEEN = "no step to see"


_WRITTEN: Final = (Outcome.RATED, Outcome.RATED_ANEW, Outcome.CANT_TELL)
"""Outcomes that left a rating."""

_GIVE_UP_AFTER: Final = 3
"""Sessions in a row without an answer after which the server counts as gone: each has been asked about for minutes."""


class Judging(Protocol):
    """Who judges."""

    rater: str
    """The name that its ratings carry."""

    def judge(self, question: JudgeQuestion) -> Judgement:
        """Answer a question; NoJudgement if it can't, AgentError if it can answer none."""


@dataclass(slots=True, kw_only=True)
class JudgeReport:
    """What a run over many sessions did."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Sessions by what was done with them, failures among them."""
    problems: list[str] = field(default_factory=list)
    """Sessions that are left unrated because something failed, one sentence each."""
    own: int = 0
    """Sessions rated by the model that played them."""


def judge_all(sessions: Iterable[RatedSession], judge: Judging, most: int | None = None) -> JudgeReport:
    """Rate each session, at most so many; those that can't be are reported and the others go on.

    It ends early, which the last problem says, if the judge can't be asked at all.
    """
    report, unanswered = JudgeReport(), 0
    for rated in sessions:
        if most is not None and sum(report.outcomes[outcome] for outcome in _WRITTEN) >= most:
            break
        try:
            outcome = judge_session(rated, judge)
        except NoJudgement as failure:
            report.outcomes[failure.kind] += 1
            report.problems.append(f"{rated.session.session_id}: {failure.kind}: {failure}")
            unanswered = unanswered + 1 if failure.kind is NotJudged.NO_ANSWER else 0
            if unanswered == _GIVE_UP_AFTER:
                report.problems.append(
                    f"{unanswered} sessions in a row without an answer; the others were not asked about"
                )
                break
        except AgentError as error:
            report.problems.append(str(error))
            break
        except EeveeError as error:
            report.problems.append(str(error))
        else:
            report.outcomes[outcome] += 1
            unanswered = 0
            report.own += rated.session.model_used == judge.rater and outcome in _WRITTEN
    return report


def judge_session(rated: RatedSession, judge: Judging) -> Outcome:
    """Add the judge's rating to a session, unless it runs, has no step, or carries this judge's rating already."""
    if rated.session.status == Status.RUNNING:
        return Outcome.RUNNING
    if not rated.directory.shard.exists() or not rated.session.total_steps:
        return Outcome.NOTHING_SEEN
    before = next((one for one in current(rated.annotations, Source.JUDGE) if one.rater == judge.rater), None)
    if before is not None and before.rubric_version == JUDGED_BY and not before.retracts:
        return Outcome.ALREADY
    began = time.monotonic()
    said = judge.judge(question_about(read_item(rated.directory)))
    annotate(rated.directory, _annotation(rated, judge.rater, said, before, time.monotonic() - began))
    if said.score is None:
        return Outcome.CANT_TELL
    return Outcome.RATED if before is None else Outcome.RATED_ANEW


def _annotation(
    rated: RatedSession, rater: str, said: Judgement, before: Annotation | None, seconds: float
) -> Annotation:
    return Annotation(
        session_id=rated.session.session_id,
        rater=rater,
        source=str(Source.JUDGE),
        score=said.score,
        verdict=said.goal_reached,
        justification=said.justification,
        wrong_steps=said.wrong_steps,
        seconds_spent=round(seconds, 3),
        rubric_version=JUDGED_BY,
        supersedes=None if before is None else before.annotation_id,
    )

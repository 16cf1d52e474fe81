"""Which sessions are trained on, and in which split every session stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from collector.errors import InputError
from dataset_script.config import BuildSettings
from dataset_script.corpus import TRAINABLE, PlacedSession, RatedSession
from dataset_script.replies import Target
from dataset_script.splits import Placement, Split, place

Tell: TypeAlias = Callable[[str], None]
"""Says a line to whoever started the build."""


def require_trainable(sessions: Sequence[RatedSession], settings: BuildSettings) -> None:
    """InputError if no session can be trained on, with the command or the setting that changes it."""
    source = settings.score_source
    if settings.target is Target.EXPERT:
        if not any(is_trainable(session, settings) for session in sessions):
            raise InputError(
                f"target=expert: no session of {settings.runs} that ended by itself has labels, which sessions of the "
                f"bundled cartridge get by this: "
                f"python -m collector.relabel {shlex.quote(str(settings.runs))}"
            )
        return
    if not any(session.annotations for session in sessions):
        if all(session.record.task_completed is None for session in sessions):
            raise InputError(
                f"{settings.runs}: no session has a verdict from game memory, so python -m scoring auto can't rate "
                "them and none can be trained on; build what was recorded: export=[steps,sessions]"
            )
        raise InputError(
            f"{settings.runs}: no session is rated; run this first: "
            f"python -m scoring auto {shlex.quote(str(settings.runs))}"
        )
    rated = [score for session in sessions if (score := session.score(source)) is not None]
    if not rated:
        others = ", ".join(sorted({rating.source for session in sessions for rating in session.annotations}))
        raise InputError(f"score_source={source}: no session has a score from it; there are ratings by {others}")
    if not any(is_trainable(session, settings) for session in sessions):
        raise InputError(
            f"min_score={settings.min_score:g}: no session that ended by itself reaches it ({source} scores go from "
            f"{min(rated):g} to {max(rated):g}; sessions of policy {', '.join(sorted(settings.exclude_policies))} do "
            "not count); lower it or collect better sessions"
        )


def is_trainable(session: RatedSession, settings: BuildSettings) -> bool:
    """Whether a session ended by itself, reached the score, and was not played by an excluded policy.

    For the expert's answers it is enough that it ended so and has labels: they are right whoever led there.
    """
    score, record = session.score(settings.score_source), session.record
    if settings.target is Target.EXPERT:
        return record.status in TRAINABLE and session.directory.labels.exists()
    is_good = score is not None and score >= settings.min_score
    return is_good and record.status in TRAINABLE and record.policy not in settings.exclude_policies


def place_sessions(
    sessions: Sequence[RatedSession], settings: BuildSettings, known: Mapping[str, Split], tell: Tell
) -> tuple[tuple[PlacedSession, ...], Placement]:
    """Every session with its split and whether it is trained on; units placed by earlier builds are `known`."""
    examples = {session.record.session_id for session in sessions if is_trainable(session, settings)}
    records = [session.record for session in sessions]
    placement = place(records, settings.split_by, known, lambda record: record.session_id in examples)
    useless = {session.record.session_id for session in sessions if placement.shares_start(session.record.session_id)}
    if useless:
        tell(
            f"{len(useless)} sessions of held-out tasks began where train or validation sessions begin (the first is "
            f"{min(useless)}): they are in steps and sessions, but are no rows of heldout"
        )
    placed = tuple(
        PlacedSession(
            session=session,
            split=placement.split_of(session.record.session_id),
            score=session.score(settings.score_source),
            score_source=settings.score_source,
            ended=session.record.status in TRAINABLE and session.record.session_id not in useless,
            trained_on=session.record.session_id in examples - useless,
            target=settings.target,
        )
        for session in sessions
    )
    return placed, placement

"""Of two presses on one screen, which was better: by people who compared them there, and by roll-outs from there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from collector.evidence import evidence_in
from dataset_script.corpus import PlacedSession, RatedSession
from dataset_script.replies import Preference
from scoring.comparisons import comparisons_in_force, read_comparisons

PAIRWISE: Final = "pairwise"
ROLL_OUTS: Final = "roll_outs"


def with_preferences(placed: Sequence[PlacedSession], runs: Path, branches: Path | None) -> tuple[PlacedSession, ...]:
    """The sessions with what people who compared presses, and the roll-outs in another run tree, say of their steps."""
    better: dict[str, dict[int, tuple[Preference, ...]]] = {}
    for session_id, step, preference in chain(_by_people(placed, runs), _by_roll_outs(branches)):
        steps = better.setdefault(session_id, {})
        steps[step] = (*steps.get(step, ()), preference)
    return tuple(replace(one, better=better.get(one.session.record.session_id, {})) for one in placed)


def _by_roll_outs(branches: Path | None) -> Iterator[tuple[str, int, Preference]]:
    for evidence in [] if branches is None else evidence_in(branches):
        for better, worse in evidence.better_pairs():
            yield evidence.session_id, evidence.step, Preference(better, worse, ROLL_OUTS)


def _by_people(placed: Sequence[PlacedSession], runs: Path) -> Iterator[tuple[str, int, Preference]]:
    """What all who compared the presses at a fork say alike; of both sessions, since both stood there."""
    sessions = {one.session.record.session_id: one.session for one in placed}
    forks: defaultdict[tuple[frozenset[str], int], set[str | None]] = defaultdict(set)
    for one in comparisons_in_force(read_comparisons(runs)[0]):
        if one.step is not None and one.pair <= sessions.keys():
            forks[one.pair, one.step].add(one.winner)
    for (pair, step), winners in forks.items():
        [winner, *others] = winners
        if winner is None or others:
            continue
        [loser] = pair - {winner}
        better, worse = (_action_at(sessions[session_id], step) for session_id in (winner, loser))
        if better is not None and worse is not None:
            yield from ((session_id, step, Preference(better, worse, PAIRWISE)) for session_id in (winner, loser))


def _action_at(session: RatedSession, step: int) -> str | None:
    return next((row["action"] for row in session.steps(["step", "action"]) if row["step"] == step), None)

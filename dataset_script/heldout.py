"""How much of heldout train knows all the same: figures for the card, by which nothing is taken out.

A start that nobody trained on still shows the same menus and is asked for in the same words, so a test score says less
than it seems where these figures are high.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collector.prompts import render_reply
from dataset_script.config import SplitUnit
from dataset_script.corpus import Corpus
from dataset_script.overlaps import COLUMNS, NO_STATE, digest
from dataset_script.replies import RecordedReply
from dataset_script.splits import Split, unit_name


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldoutFigures:
    """Examples of test, and how many of them have something in common with an example of train."""

    examples: int
    """Examples of test."""
    same_start: int
    """Played from a start (a world, where the game has worlds) that train or validation has, too."""
    same_situation: int
    """Same state and action, but for fields that never change within a session: those only tell worlds apart."""
    same_completion: int
    """Same completion, to the byte."""


def heldout_figures(corpus: Corpus) -> HeldoutFigures:
    """Compare the examples of test with those that train keeps."""
    changing = frozenset(_changing_fields(corpus))
    starts = {
        unit_name(placed.session.record, SplitUnit.START)
        for placed in corpus.sessions
        if placed.trained_on and placed.split != Split.TEST
    }
    situations, completions = set[bytes](), set[bytes]()
    for _, reply in corpus.examples(Split.TRAIN, COLUMNS):
        situations.add(_situation(reply, changing))
        completions.add(digest(render_reply(reply.answer)))
    examples = same_start = same_situation = same_completion = 0
    for placed, reply in corpus.examples(Split.TEST, COLUMNS):
        examples += 1
        same_start += unit_name(placed.session.record, SplitUnit.START) in starts
        same_situation += reply.first["state"] not in NO_STATE and _situation(reply, changing) in situations
        same_completion += digest(render_reply(reply.answer)) in completions
    return HeldoutFigures(
        examples=examples, same_start=same_start, same_situation=same_situation, same_completion=same_completion
    )


def _changing_fields(corpus: Corpus) -> Iterator[str]:
    """The fields of states that some session that is trained on changes."""
    for placed in corpus.sessions:
        if placed.trained_on:
            states = [_state(step) for step in placed.session.steps(["state"])]
            yield from (name for state in states for name in state if state[name] != states[0].get(name))


def _state(step: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(step["state"] or "{}")
    return state


def _situation(reply: RecordedReply, changing: frozenset[str]) -> bytes:
    state = {name: value for name, value in _state(reply.first).items() if name in changing}
    return digest(json.dumps(state, sort_keys=True), *reply.actions)

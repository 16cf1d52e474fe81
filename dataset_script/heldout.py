"""How much of heldout train knows all the same: figures for the card, by which nothing is taken out.

A start that nobody trained on still shows the same menus and is asked for in the same words, so a test score says less
than it seems where these figures are high.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
    """Same task, buttons, done and report, in the same state as far as sessions of the task change it."""
    same_completion: int
    """Same completion, to the byte."""


def heldout_figures(corpus: Corpus) -> HeldoutFigures:
    """Compare the examples of test with those that train keeps."""
    changing = changing_fields(corpus)
    starts = {
        unit_name(placed.session.record, SplitUnit.START)
        for placed in corpus.sessions
        if placed.trained_on and placed.split != Split.TEST
    }
    situations, completions = set[bytes](), set[bytes]()
    for placed, reply in corpus.examples(Split.TRAIN, COLUMNS):
        situations.add(situation_key(placed.session.record.task_id, reply, changing))
        completions.add(digest(render_reply(reply.answer)))
    examples = same_start = same_situation = same_completion = 0
    for placed, reply in corpus.examples(Split.TEST, COLUMNS):
        examples += 1
        same_start += unit_name(placed.session.record, SplitUnit.START) in starts
        situation = situation_key(placed.session.record.task_id, reply, changing)
        same_situation += reply.first["state"] not in NO_STATE and situation in situations
        same_completion += digest(render_reply(reply.answer)) in completions
    return HeldoutFigures(
        examples=examples, same_start=same_start, same_situation=same_situation, same_completion=same_completion
    )


def changing_fields(corpus: Corpus) -> Mapping[str, set[str]]:
    """By task, the fields of states that some session that is trained on changes."""
    changing: dict[str, set[str]] = {}
    for placed in corpus.sessions:
        if placed.trained_on:
            found = changing.setdefault(placed.session.record.task_id, set())
            states = [_state(step) for step in placed.session.steps(["state"])]
            found.update(name for state in states for name in state if state[name] != states[0].get(name))
    return changing


def _state(step: Mapping[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(step["state"] or "{}")
    return state


def situation_key(task_id: str, reply: RecordedReply, changing: Mapping[str, set[str]]) -> bytes:
    """Equal where task, buttons, done, report and the fields that sessions of the task change are equal."""
    state = {name: value for name, value in _state(reply.first).items() if name in changing[task_id]}
    answer = reply.answer
    return digest(task_id, json.dumps(state, sort_keys=True), *reply.actions, repr((answer.done, answer.report)))

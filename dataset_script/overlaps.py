"""Examples of train that say nothing new, counted and taken out: they stand in validation or test, or twice in train.

Two starts can lead to the same screen. An example of train whose pixels, pixels and instruction, or state and action
also stand in validation or test would make the model look better than it is. One that stands in train twice, to the
byte of prompt and completion, would only count double.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from collector.prompt_options import PromptOptions
from collector.prompts import Asked, render_prompt, render_reply
from dataset_script.corpus import PlacedSession
from dataset_script.replies import RecordedReply
from dataset_script.splits import Split

KINDS: Final = ("pixels", "pixels and instruction", "state and action")
"""What is compared, each exactly; a state without the fields that only number its world."""

WORLD_FIELDS: Final = ("world_seed", "palette", "variant")
"""Fields of a state that say which world it is and how it looks, but not how things stand in it."""

COLUMNS: Final = [
    *("step", "parent_step", "reply_id", "reply_index", "action", "frame_hash", "instruction", "state"),
    *("goal", "step_budget", "memory_context", "memory_notes", "previous_actions"),
    *("analysis", "reasoning", "expected_outcome", "done", "report"),
]
"""The columns the comparison reads: no pictures."""

NO_STATE: Final = ("", "{}")
"""States of games without a reader: equal to each other, which says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """What was taken out of train."""

    dropped: frozenset[tuple[str, int]]
    """(session_id, step) of the examples taken out of train."""
    examined: int
    """Examples of train that were compared."""
    counts: Mapping[str, int]
    """Examples of train that stand in validation or test, by kind; one may count in several."""
    repeated: int
    """Examples of train that stand there already: same pictures, prompt and completion."""


def find_overlaps(sessions: Iterable[PlacedSession], prompt: PromptOptions) -> Overlaps:
    """Compare the examples of train with those of validation and test, then with each other."""
    sessions = [placed for placed in sessions if placed.trained_on]
    others: dict[str, set[bytes]] = {kind: set() for kind in KINDS}
    for placed in sessions:
        if placed.split != Split.TRAIN:
            for reply in placed.session.replies(COLUMNS):
                for kind, key in _keys(reply).items():
                    others[kind].add(key)
    dropped, counts, examined, repeated, seen = set(), Counter[str](), 0, 0, set[bytes]()
    for session_id, reply in _train_examples(sessions):
        examined += 1
        shared = [kind for kind, key in _keys(reply).items() if key in others[kind]]
        counts.update(shared)
        row = _row_key(reply, prompt)
        if not shared and row in seen:
            repeated += 1
        if shared or row in seen:
            dropped.add((session_id, reply.first["step"]))
        seen.add(row)
    return Overlaps(
        dropped=frozenset(dropped),
        examined=examined,
        counts={kind: counts[kind] for kind in KINDS},
        repeated=repeated,
    )


def _train_examples(sessions: Iterable[PlacedSession]) -> Iterator[tuple[str, RecordedReply]]:
    for placed in sessions:
        if placed.split == Split.TRAIN:
            for reply in placed.session.replies(COLUMNS):
                yield placed.session.record.session_id, reply


def _keys(reply: RecordedReply) -> dict[str, bytes]:
    first = reply.first
    keys = {
        "pixels": digest(first["frame_hash"]),
        "pixels and instruction": digest(first["frame_hash"], first["instruction"]),
    }
    if first["state"] not in NO_STATE:
        state = {name: value for name, value in json.loads(first["state"]).items() if name not in WORLD_FIELDS}
        keys["state and action"] = digest(json.dumps(state, sort_keys=True), *reply.actions)
    return keys


def _row_key(reply: RecordedReply, options: PromptOptions) -> bytes:
    """What the row shows and says: equal keys are equal rows."""
    screens = [step["frame_hash"] for step in reply.shown(options.history)]
    prompt = render_prompt(options.template, reply.facts, Asked(mode=options.mode))
    return digest(*screens, json.dumps(prompt), render_reply(reply.answer))


def digest(*parts: str) -> bytes:
    """16 bytes for parts of any length: the sets stay small."""
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        hashed.update(f"{len(part)}:{part}".encode())
    return hashed.digest()

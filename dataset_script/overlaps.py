"""Examples that say nothing new, counted and taken out: those of train that others hold back, and repetitions.

Two starts can lead to the same screen. An example of train whose pixels, pixels and instruction, or state and action
also stand in validation or test would make the model look better than it is. One that stands in its own split twice,
to the byte of prompt and completion, would only count double.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

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
    *("session_id", "step", "parent_step", "reply_id", "reply_index", "reply_length", "action", "frame_hash"),
    *("instruction", "goal", "step_budget", "memory_context", "memory_notes", "previous_actions", "state"),
    *("analysis", "reasoning", "expected_outcome", "done", "report", "terminated"),
]
"""The columns the comparison reads: no pictures."""

RepliesOf: TypeAlias = Callable[[PlacedSession, list[str] | None], Iterator[RecordedReply]]
"""The replies of a session that are compared, with these columns."""

NO_STATE: Final = ("", "{}")
"""States of games without a reader: equal to each other, which says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """What was taken out."""

    dropped: frozenset[tuple[str, int]]
    """(session_id, step) of the examples taken out, in all splits."""
    examined: int
    """Examples of train that were compared."""
    counts: Mapping[str, int]
    """Examples of train that stand in validation or test, by kind; one may count in several."""
    shared: int
    """Examples of train that overlap in any way."""
    repeated: Mapping[str, int]
    """By split, further examples that stand in it already: same pictures, prompt and completion."""


def find_overlaps(
    sessions: Sequence[PlacedSession], prompt: PromptOptions, replies_of: RepliesOf = PlacedSession.examples
) -> Overlaps:
    """Compare the examples of train with those of validation and test, then with each other."""

    def replies(sessions: Iterable[PlacedSession]) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        return ((placed, reply) for placed in sessions for reply in replies_of(placed, COLUMNS))

    others: dict[str, set[bytes]] = {kind: set() for kind in KINDS}
    for _, reply in replies(placed for placed in sessions if placed.split != Split.TRAIN):
        for kind, key in comparison_keys(reply).items():
            others[kind].add(key)
    shared, counts, examined = set[tuple[str, int]](), Counter[str](), 0
    for _, reply in replies(placed for placed in sessions if placed.split == Split.TRAIN):
        examined += 1
        kinds = [kind for kind, key in comparison_keys(reply).items() if key in others[kind]]
        counts.update(kinds)
        if kinds:
            shared.add(_name(reply))
    repeated, seen, twice = set[tuple[str, int]](), set[tuple[Split, bytes]](), Counter[Split]()
    for placed, reply in replies(sessions):
        row = (placed.split, _row_key(reply, prompt))
        if row in seen and _name(reply) not in shared:
            repeated.add(_name(reply))
            twice[placed.split] += 1
        seen.add(row)
    return Overlaps(
        dropped=frozenset(shared | repeated),
        examined=examined,
        counts={kind: counts[kind] for kind in KINDS},
        shared=len(shared),
        repeated={split: twice[split] for split in Split if twice[split]},
    )


def _name(reply: RecordedReply) -> tuple[str, int]:
    return reply.first["session_id"], reply.first["step"]


def comparison_keys(reply: RecordedReply) -> dict[str, bytes]:
    """What an example is compared by, by kind; a game without states has no state to compare."""
    first = reply.first
    keys = {
        "pixels": digest(first["frame_hash"]),
        "pixels and instruction": digest(first["frame_hash"], first["instruction"]),
    }
    if first["state"] not in NO_STATE:
        state = {name: value for name, value in json.loads(first["state"]).items() if name not in WORLD_FIELDS}
        said = repr((reply.answer.done, reply.answer.report))
        keys["state and action"] = digest(json.dumps(state, sort_keys=True), *reply.actions, said)
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

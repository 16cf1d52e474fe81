"""Examples that train shares with validation or test, counted and taken out of train.

Two starts can lead to the same screen. An example of train whose pixels, pixels and instruction, or state and action
also stand in validation or test would make the model look better than it is.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dataset_script.corpus import PlacedSession
from dataset_script.replies import RecordedReply, recorded_replies
from dataset_script.splits import Split

KINDS: Final = ("pixels", "pixels and instruction", "state and action")
"""What is compared, each exactly."""

COLUMNS: Final = ["step", "parent_step", "reply_id", "reply_index", "action", "frame_hash", "instruction", "state"]
"""The columns the comparison reads: no pictures."""

NO_STATE: Final = ("", "{}")
"""States of games without a reader: equal to each other, which says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlaps:
    """What train shares with the other splits."""

    dropped: frozenset[tuple[str, int]]
    """(session_id, step) of the examples taken out of train."""
    examined: int
    """Examples of train that were compared."""
    counts: Mapping[str, int]
    """Examples of train that overlap, by kind; one may count in several."""


def find_overlaps(sessions: Iterable[PlacedSession]) -> Overlaps:
    """Compare the examples of train with those of validation and test."""
    sessions = [placed for placed in sessions if placed.trained_on]
    others: dict[str, set[bytes]] = {kind: set() for kind in KINDS}
    for placed in sessions:
        if placed.split != Split.TRAIN:
            for reply in _replies(placed):
                for kind, key in _keys(reply).items():
                    others[kind].add(key)
    dropped, counts, examined = set(), Counter[str](), 0
    for placed in sessions:
        if placed.split == Split.TRAIN:
            for reply in _replies(placed):
                examined += 1
                shared = [kind for kind, key in _keys(reply).items() if key in others[kind]]
                counts.update(shared)
                if shared:
                    dropped.add((placed.session.record.session_id, reply.first["step"]))
    return Overlaps(dropped=frozenset(dropped), examined=examined, counts={kind: counts[kind] for kind in KINDS})


def _replies(placed: PlacedSession) -> Iterator[RecordedReply]:
    return recorded_replies(list(placed.session.steps(COLUMNS)))


def _keys(reply: RecordedReply) -> dict[str, bytes]:
    first = reply.first
    keys = {
        "pixels": _digest(first["frame_hash"]),
        "pixels and instruction": _digest(first["frame_hash"], first["instruction"]),
    }
    if first["state"] not in NO_STATE:
        keys["state and action"] = _digest(first["state"], *reply.actions)
    return keys


def _digest(*parts: str) -> bytes:
    """16 bytes for parts of any length: the sets stay small."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.digest()

"""Which split a session belongs to: assigned once a unit, and remembered in splits.json.

A unit (a start, a task or a session) is never divided. The file only grows: adding sessions moves no old unit, so a
model that was tested on a unit yesterday has not been trained on it today.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from collector.errors import InputError
from collector.records import Session
from dataset_script.config import SplitUnit

SPLITS_FILE: Final = "splits.json"
MARKER: Final = "eevee-datasets"
"""The value of `written_by` in splits.json: how a folder of ours is told from others."""


class Split(StrEnum):
    """A part of the dataset."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


SHARES: Final[Mapping[Split, float]] = {Split.TRAIN: 0.8, Split.VALIDATION: 0.1, Split.TEST: 0.1}
"""The share of the units each split is to have."""

ENOUGH_FOR_TWO: Final = 8
"""With so many units each split gets two, whatever its share: what one unit shows may be that unit's peculiarity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The splits of a set of sessions."""

    units: Mapping[str, Split]
    """Every unit ever assigned."""
    unit_of: Mapping[str, str]
    """The unit of each session, by session_id."""
    held_out: frozenset[str]
    """Sessions of held-out tasks: test, whatever their unit says."""

    def split_of(self, session_id: str) -> Split:
        """Where the rows of a session go."""
        return Split.TEST if session_id in self.held_out else self.units[self.unit_of[session_id]]

    def shares_start(self, session_id: str) -> bool:
        """Whether a held-out session's unit is one that train or validation has: then it proves nothing."""
        return session_id in self.held_out and self.units[self.unit_of[session_id]] is not Split.TEST


def unit_name(session: Session, split_by: SplitUnit) -> str:
    """The unit of a session, e.g. "thistledown world 427" or "task check_bag"."""
    if split_by is SplitUnit.TASK:
        return f"task {session.task_id}"
    if split_by is SplitUnit.SESSION:
        return f"session {session.session_id}"
    if session.world_seed is not None:
        return f"{session.game} world {session.world_seed}"
    return f"{session.game} start {session.start_id}"


def place(
    sessions: Iterable[Session],
    split_by: SplitUnit,
    known: Mapping[str, Split],
    is_example: Callable[[Session], bool] = lambda session: True,
) -> Placement:
    """Give every unit a split: known units keep theirs, new ones fill the split furthest below its share.

    New units come in an order of hashes, those with examples first: with three of them, no split is without examples,
    with eight, none has fewer than two.
    A unit that only held-out tasks were played in goes to test, beside test's share of the others. One that they share
    with other tasks is placed as any other; `shares_start` then tells which of their sessions can't be used to test.
    """
    sessions = list(sessions)
    unit_of = {session.session_id: unit_name(session, split_by) for session in sessions}
    held_out = frozenset(session.session_id for session in sessions if session.held_out)
    ordinary = {unit_of[session.session_id] for session in sessions if not session.held_out}
    with_examples = {unit_of[s.session_id] for s in sessions if not s.held_out and is_example(s)} or ordinary
    units = {unit: known[unit] for unit in sorted(set(unit_of.values())) if unit in known}
    units |= {unit: Split.TEST for unit in unit_of.values() if unit not in ordinary and unit not in units}
    _fill(units, ordinary, with_examples)
    return Placement(units={**known, **units}, unit_of=unit_of, held_out=held_out)


def _fill(units: dict[str, Split], ordinary: set[str], with_examples: set[str]) -> None:
    """Give the ordinary units that have no split one each."""
    counts = Counter(split for unit, split in units.items() if unit in ordinary)
    filled = Counter(split for unit, split in units.items() if unit in with_examples)
    least = 2 if len(with_examples) >= ENOUGH_FOR_TWO else 1 if len(with_examples) >= len(SHARES) else 0
    for unit in sorted(ordinary - units.keys(), key=lambda unit: (unit not in with_examples, _hash(unit))):
        short = [split for split in SHARES if filled[split] < least]
        if short and unit in with_examples:
            units[unit] = min(short, key=lambda split: filled[split])
        else:
            units[unit] = max(SHARES, key=lambda split: SHARES[split] * len(ordinary) - counts[split])
        counts[units[unit]] += 1
        filled[units[unit]] += unit in with_examples


def _hash(unit: str) -> str:
    return hashlib.sha256(unit.encode()).hexdigest()


def read_splits(folder: Path, split_by: SplitUnit) -> dict[str, Split]:
    """The units assigned by earlier builds into this folder; none if there was none.

    InputError if they are units of another kind: assigned anew, rows of test would turn up in train.
    """
    path = folder / SPLITS_FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        units = {unit: Split(split) for unit, split in raw["units"].items()}
        before = SplitUnit(raw.get("split_by", SplitUnit.START))  # what files without it were split by
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: not a file of splits ({error}); restore it, or build into another folder to assign them anew"
        ) from error
    if units and before is not split_by:
        raise InputError(
            f"split_by={split_by}: {path} keeps every {before} whole, and to split anew would move rows of test into "
            f"train; say split_by={before}, or build into another folder"
        )
    return units


def splits_text(units: Mapping[str, Split], split_by: SplitUnit) -> str:
    """splits.json: the units in order of their names."""
    content = {
        "written_by": MARKER,
        "split_by": split_by,
        "shares": SHARES,
        "units": dict(sorted(units.items())),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

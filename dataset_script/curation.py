"""Train thinned out and balanced: which examples are taken out, why, and how tasks and buttons stand before and after.

Only train is touched: what measures a model stays as it was recorded. The choices are made in a fixed order, each from
what the ones before it left: presses without effect, repetitions, the tasks' caps, the buttons' caps. A cap keeps the
examples with the lowest draw, which follows from seed and name: further sessions push a few out and leave the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.curation_config import CurationSettings, Duplicates, WeightBy
from dataset_script.heldout import changing_fields, situation_key
from dataset_script.overlaps import COLUMNS, comparison_keys, digest
from dataset_script.replies import RecordedReply
from dataset_script.sampling import rank
from dataset_script.splits import Split

NO_EFFECT: Final = "the press changed nothing"
REPEATED: Final = "the same state and answer stand earlier"
TASK_CAP: Final = "over the cap of their task"
BUTTON_CAP: Final = "over the cap of their button"


class Candidate(NamedTuple):
    """An example of train as far as curation looks at it."""

    session_id: str
    """Its session."""
    step: int
    """Its first step."""
    task_id: str
    """Its task."""
    button: str
    """The first button of its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Examples of train by what they are about."""

    by_task: Mapping[str, int]
    """By task."""
    by_button: Mapping[str, int]
    """By the answer's first button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curation:
    """What was made of train."""

    taken_out: frozenset[tuple[str, int]]
    """(session_id, step) of the examples that are left out."""
    counts: Mapping[str, int]
    """How many were left out, by reason."""
    without_history: int
    """Examples that stay and lose their history."""
    before: Balance
    """How train stood."""
    after: Balance
    """How it stands."""
    weights: Mapping[str, float]
    """The weight of an example by its task or button; empty without weights."""


def curate(corpus: Corpus, settings: CurationSettings) -> Curation:
    """Decide about every example that train has so far."""
    before: list[Candidate] = []
    kept: list[Candidate] = []
    reasons = Counter[str]()
    repeats = _repeats(corpus, settings.duplicates)
    for placed, reply in corpus.examples(Split.TRAIN, [*COLUMNS, "action_effect"]):
        candidate = Candidate(
            reply.first["session_id"], reply.first["step"], placed.session.record.task_id, reply.actions[0]
        )
        before.append(candidate)
        if not settings.no_effect and reply.action_effect is False:
            reasons[NO_EFFECT] += 1
        elif repeats(placed, reply):
            reasons[REPEATED] += 1
        else:
            kept.append(candidate)
    for reason, cap, group in (
        (TASK_CAP, settings.max_per_task, _task),
        (BUTTON_CAP, settings.max_per_button, _button),
    ):
        if cap is not None:
            capped = _capped(kept, cap, group, settings.seed)
            reasons[reason] += len(kept) - len(capped)
            kept = capped
    names = {candidate[:2] for candidate in kept}
    return Curation(
        taken_out=frozenset(candidate[:2] for candidate in before) - names,
        counts={reason: reasons[reason] for reason in (NO_EFFECT, REPEATED, TASK_CAP, BUTTON_CAP) if reason in reasons},
        without_history=sum(settings.forgetting.takes(*name) for name in names),
        before=_balance(before),
        after=_balance(kept),
        weights=_weights(kept, settings.weights),
    )


def _task(candidate: Candidate) -> str:
    return candidate.task_id


def _button(candidate: Candidate) -> str:
    return candidate.button


def _repeats(corpus: Corpus, duplicates: Duplicates) -> Callable[[PlacedSession, RecordedReply], bool]:
    """Tells whether an example repeats one that it was asked about before."""
    seen: set[bytes] = set()
    changing = changing_fields(corpus) if duplicates is Duplicates.NEAR else {}

    def key(placed: PlacedSession, reply: RecordedReply) -> bytes:
        task_id, keys = placed.session.record.task_id, comparison_keys(reply)
        if "state and action" not in keys:
            return keys["pixels"] + situation_key(task_id, reply, {task_id: set()})
        if duplicates is Duplicates.NEAR:
            return situation_key(task_id, reply, changing)
        return digest(task_id, keys["state and action"].hex())

    def repeats(placed: PlacedSession, reply: RecordedReply) -> bool:
        if duplicates is Duplicates.KEEP:
            return False
        found = key(placed, reply)
        is_new = found not in seen
        seen.add(found)
        return not is_new

    return repeats


def _capped(candidates: Iterable[Candidate], cap: int, group: Callable[[Candidate], str], seed: int) -> list[Candidate]:
    """The `cap` candidates of each group with the lowest draw, in the order they came."""
    groups: defaultdict[str, list[tuple[float, Candidate]]] = defaultdict(list)
    for candidate in candidates:
        groups[group(candidate)].append((rank(seed, "cap", candidate.session_id, candidate.step), candidate))
    return sorted(candidate for drawn in groups.values() for _, candidate in sorted(drawn)[:cap])


def _balance(candidates: Iterable[Candidate]) -> Balance:
    candidates = list(candidates)
    tasks, buttons = Counter(map(_task, candidates)), Counter(map(_button, candidates))
    return Balance(by_task=dict(sorted(tasks.items())), by_button=dict(sorted(buttons.items())))


def _weights(candidates: list[Candidate], by: WeightBy) -> dict[str, float]:
    """Weights with mean 1 under which every task, or every button, comes to the same sum."""
    if by is WeightBy.NONE:
        return {}
    counts = Counter(map(_task if by is WeightBy.TASK else _button, candidates))
    return {name: round(len(candidates) / (len(counts) * count), 6) for name, count in sorted(counts.items())}

"""What is known of a single step: whether its button was right, and who says so.

Only evidence about that step counts: what the expert's search says of the costs before and after it, what people and
judges marked, and several roll-outs from right there. How the session ended, or how another one did from the same
screen, says nothing of the step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from collector.evidence import evidence_in
from collector.records import Reply
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.replies import RecordedReply
from dataset_script.splits import Split
from scoring.annotations import current
from scoring.records import Annotation, Source


class Standing(StrEnum):
    """What the evidence comes to."""

    RIGHT = "right"
    WRONG = "wrong"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


COST_TO_GO: Final = "cost_to_go"
WRONG_STEPS: Final = "wrong_steps"
ROLL_OUTS: Final = "roll_outs"

RULES: Final = """\
`dpo` and `kto` hold steps of every session that ended by itself, whatever its score. A step needs evidence about
itself: `cost_to_go` says that a search of the game's rules found the goal one step nearer after it (right), not nearer
or out of reach (wrong); `wrong_steps` that a rater marked it as a mistake (a step without a mark is not thereby right);
`roll_outs` that another action led to the goal sooner or more often from the same state, by at least four roll-outs of
each and a rank-sum test. A step of which they say different things is left out. A pair also needs the better choice:
the expert's own at that step, else the one the roll-outs show. Two sessions that parted at a step and ended differently
make no pair: their later steps differ, too. All answers carry the same description of the screen and no reasons, so
that nothing but the choice tells the good ones apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the first button of a reply was right."""

    standing: Standing
    """What the evidence comes to."""
    evidence: tuple[str, ...]
    """cost_to_go, wrong_steps, roll_outs; empty if unknown."""
    steps_lost: int | None
    """Steps by which the button led away from the shortest way; None if unknown, or if the goal is out of reach."""

    @property
    def evidence_text(self) -> str:
        """The evidence as one string."""
        return ", ".join(self.evidence)


def verdict_of(reply: RecordedReply, annotations: Iterable[Annotation]) -> Verdict:
    """What the label and the ratings in force say of the step that the reply was asked at."""
    annotations = tuple(annotations)
    marked = any(
        reply.first["step"] in rating.wrong_steps for source in Source for rating in current(annotations, source)
    )
    searched, steps_lost = _searched(reply)
    beaten = bool(_beaten_by(reply))
    found = {COST_TO_GO: searched is not None, WRONG_STEPS: marked, ROLL_OUTS: beaten}
    evidence = tuple(name for name, is_there in found.items() if is_there)
    if not evidence:
        standing = Standing.UNKNOWN
    elif (marked or beaten) and searched is Standing.RIGHT:
        standing = Standing.DISPUTED
    else:
        standing = searched or Standing.WRONG
    return Verdict(standing=standing, evidence=evidence, steps_lost=steps_lost)


def _beaten_by(reply: RecordedReply) -> list[str]:
    """The actions that roll-outs show to be better than the one that was taken, and none the other way round."""
    taken = reply.first["action"]
    return [better for better, worse in reply.better if worse == taken and (taken, better) not in reply.better]


def _searched(reply: RecordedReply) -> tuple[Standing | None, int | None]:
    """What the expert's search says, and the steps lost."""
    label = reply.label
    if label is None or label.cost_to_go is None:
        return None, None
    if label.solvable_after is False:
        return Standing.WRONG, None
    if label.regret is None:
        return None, None
    return (Standing.WRONG if label.regret > 0 else Standing.RIGHT), label.regret


def taken_choice(reply: RecordedReply) -> Reply:
    """The choice that was made, without reasons: the first button, and the report if it went with that."""
    taken = reply.taken
    alone = len(taken.actions) == 1
    return Reply(
        actions=taken.actions[:1],
        analysis=_analysis(reply),
        done=alone and taken.done,
        report=taken.report if alone else None,
    )


def better_choice(reply: RecordedReply) -> Reply | None:
    """The expert's choice at the same step, without reasons, else that of the roll-outs; None if neither can say."""
    answer = reply.expert_answer
    if answer is None:
        shown = _beaten_by(reply) or [better for better, _ in reply.better]
        return Reply(actions=(shown[0],), analysis=_analysis(reply)) if shown else None
    return Reply(actions=answer.actions, analysis=_analysis(reply), done=answer.done, report=answer.report)


def _analysis(reply: RecordedReply) -> str:
    """What is on the screen: the expert's words where there are any, so that they don't tell who played."""
    expert = reply.expert_answer
    return str(reply.first["analysis"]) if expert is None else expert.analysis


def with_roll_outs(placed: Sequence[PlacedSession], branches: Path) -> tuple[PlacedSession, ...]:
    """The sessions with what the roll-outs in another run tree show about their steps."""
    better: dict[str, dict[int, tuple[tuple[str, str], ...]]] = {}
    for evidence in evidence_in(branches):
        if pairs := tuple(evidence.better_pairs()):
            steps = better.setdefault(evidence.session_id, {})
            steps[evidence.step] = (*steps.get(evidence.step, ()), *pairs)
    return tuple(replace(one, better=better.get(one.session.record.session_id, {})) for one in placed)


def count_verdicts(corpus: Corpus) -> Mapping[str, int]:
    """How many steps of train and validation stand how, by whose evidence."""
    counts: Counter[str] = Counter()
    for split in (Split.TRAIN, Split.VALIDATION):
        for placed, reply in corpus.judged(split, _COLUMNS):
            verdict = verdict_of(reply, placed.session.annotations)
            by = f" by {verdict.evidence_text}" if verdict.evidence else ""
            counts[f"{verdict.standing}{by}"] += 1
    return dict(sorted(counts.items()))


_COLUMNS: Final = ["session_id", "step", "parent_step", "reply_id", "action"]

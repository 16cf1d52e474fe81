"""What is known of a single step: whether its button was right, and who says so.

Only evidence about that step counts: what the expert's search says of the costs before and after it, what people and
judges marked, which of two presses on one screen people preferred, and several roll-outs from right there. How the
session ended, or how another one did from the same screen, says nothing of the step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.records import Reply
from dataset_script.corpus import Corpus
from dataset_script.replies import Preference, RecordedReply
from dataset_script.splits import Split
from scoring.annotations import marked_steps
from scoring.records import Annotation


class Standing(StrEnum):
    """What the evidence comes to."""

    RIGHT = "right"
    WRONG = "wrong"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


COST_TO_GO: Final = "cost_to_go"
WRONG_STEPS: Final = "wrong_steps"

RULES: Final = """\
`dpo` and `kto` hold steps of every session that ended by itself, whatever its score. A step needs evidence about
itself: `cost_to_go` says that a search of the game's rules found the goal one step nearer after it (right), not nearer
or out of reach (wrong), or that the player called a task done which was not; `wrong_steps` that a rater marked it as a
mistake (a step without a mark is not thereby right); `pairwise` that everybody who compared it with another press on
the same screen, seeing nothing of what followed, preferred the other; `roll_outs` that another action led to the goal
sooner or more often from the same state, by at least four roll-outs of each and a rank-sum test. A step of which they
say different things is left out. A pair also needs the better choice: the expert's own at that step, else the one that
people or roll-outs preferred. Two sessions that parted at a step and ended differently make no pair: their later steps
differ, too. All answers carry the same description of the screen and no reasons, so that nothing but the choice tells
the good ones apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the first button of a reply was right."""

    standing: Standing
    """What the evidence comes to."""
    evidence: tuple[str, ...]
    """cost_to_go, wrong_steps, pairwise, roll_outs; empty if unknown."""
    steps_lost: int | None
    """Steps by which the button led away from the shortest way; None if unknown, or if the goal is out of reach."""

    @property
    def evidence_text(self) -> str:
        """The evidence as one string."""
        return ", ".join(self.evidence)


def verdict_of(reply: RecordedReply, annotations: Iterable[Annotation]) -> Verdict:
    """What the label and the ratings in force say of the step that the reply was asked at."""
    marked = reply.first["step"] in marked_steps(annotations)
    searched, steps_lost = _searched(reply)
    beaten = {preference.evidence for preference in _beaten_by(reply)}
    found = {COST_TO_GO: searched is not None, WRONG_STEPS: marked, **dict.fromkeys(sorted(beaten), True)}
    evidence = tuple(name for name, is_there in found.items() if is_there)
    if not evidence:
        standing = Standing.UNKNOWN
    elif (marked or beaten) and searched is Standing.RIGHT:
        standing = Standing.DISPUTED
    else:
        standing = searched or Standing.WRONG
    return Verdict(standing=standing, evidence=evidence, steps_lost=steps_lost)


def _beaten_by(reply: RecordedReply) -> list[Preference]:
    """What prefers another action to the one that was taken, unless anything says it the other way round."""
    taken = reply.first["action"]
    beaten_by_it = {preference.worse for preference in reply.better if preference.better == taken}
    return [one for one in reply.better if one.worse == taken and one.better not in beaten_by_it]


def _searched(reply: RecordedReply) -> tuple[Standing | None, int | None]:
    """What the expert's search says, and the steps lost; who says that a task is done which is not gives it up."""
    label = reply.label
    if label is None or label.cost_to_go is None:
        return None, None
    if label.solvable_after is False or (taken_choice(reply).done and not reply.first["terminated"]):
        return Standing.WRONG, None
    if label.regret is None:
        return None, None
    return (Standing.WRONG if label.regret > 0 else Standing.RIGHT), label.regret


def taken_choice(reply: RecordedReply) -> Reply:
    """The choice that was made, without reasons: the first button, and the report if it went with that."""
    taken = reply.taken
    alone = reply.first["reply_length"] == 1
    return Reply(
        actions=taken.actions[:1],
        analysis=_analysis(reply),
        done=alone and taken.done,
        report=taken.report if alone else None,
    )


def better_choice(reply: RecordedReply) -> Reply | None:
    """The expert's choice at the same step, without reasons, else one that beat the taken; None if nothing says."""
    answer = reply.expert_answer
    if answer is None:
        shown = _beaten_by(reply)
        return Reply(actions=(shown[0].better,), analysis=_analysis(reply)) if shown else None
    return Reply(actions=answer.actions, analysis=_analysis(reply), done=answer.done, report=answer.report)


def _analysis(reply: RecordedReply) -> str:
    """What is on the screen: the expert's words where there are any, so that they don't tell who played."""
    expert = reply.expert_answer
    return str(reply.first["analysis"]) if expert is None else expert.analysis


def count_verdicts(corpus: Corpus) -> Mapping[str, int]:
    """How many steps of train and validation stand how, by whose evidence."""
    counts: Counter[str] = Counter()
    for split in (Split.TRAIN, Split.VALIDATION):
        for placed, reply in corpus.judged(split, _COLUMNS):
            verdict = verdict_of(reply, placed.session.annotations)
            by = f" by {verdict.evidence_text}" if verdict.evidence else ""
            counts[f"{verdict.standing}{by}"] += 1
    return dict(sorted(counts.items()))


_COLUMNS: Final = [
    *("session_id", "step", "parent_step", "reply_id", "reply_index", "reply_length", "action"),
    *("analysis", "reasoning", "expected_outcome", "done", "report", "terminated"),
]

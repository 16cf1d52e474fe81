"""What the card says of the data: figures counted from the sessions, their ratings and the files just written."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.curation import Curation
from dataset_script.heldout import HeldoutFigures, heldout_figures
from dataset_script.overlaps import Overlaps
from dataset_script.replies import Target
from dataset_script.splits import Split
from dataset_script.step_evidence import count_verdicts
from scoring.annotations import marked_steps
from scoring.records import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFigures:
    """The scores of the sessions under one source."""

    sessions: int
    """Sessions with a score."""
    ratings: int
    """Ratings, replaced ones too."""
    lowest: float
    """The lowest score."""
    median: float
    """The median score."""
    highest: float
    """The highest score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one build."""

    sessions: int
    """Sessions that have ended."""
    trained_on: int
    """Sessions whose replies became examples, in any split."""
    by_status: Mapping[str, int]
    """Sessions by how they ended."""
    by_task: Mapping[str, int]
    """Sessions by task."""
    by_policy: Mapping[str, int]
    """Sessions by who played."""
    by_split: Mapping[str, int]
    """Sessions by split."""
    units_by_split: Mapping[str, int]
    """Starts, tasks or sessions by split: the units that are kept whole."""
    scores: Mapping[str, ScoreFigures]
    """By source; sources that rated nothing are absent."""
    expected_outcomes: int
    """Predictions of the next state that could be checked."""
    expected_outcomes_met: int
    """How many of them came true."""
    label_terms: tuple[str, ...]
    """Whose terms bind the labels."""
    games: tuple[str, ...]
    """Games played."""
    synthetic: bool
    """Every session was played on the bundled cartridge."""
    overlaps: Overlaps
    """What was taken out of train."""
    curation: Curation | None
    """What was made of train; None if it was left as it is."""
    heldout: HeldoutFigures
    """What heldout still has in common with train."""
    verdicts: Mapping[str, int]
    """Steps of train and validation by what is known of them one by one; empty if nothing asked."""
    left_out: int
    """Replies of these sessions that are no examples: the expert has no answer, or, of the player's own, a mark."""


def figures_of(
    corpus: Corpus,
    overlaps: Overlaps,
    curation: Curation | None,
    unit_of: Mapping[str, str],
    *,
    are_judged: bool,
) -> Figures:
    """Count what the corpus holds."""
    records = [placed.session.record for placed in corpus.sessions]
    units = {unit_of[placed.session.record.session_id]: placed.split for placed in corpus.sessions}
    return Figures(
        sessions=len(records),
        trained_on=sum(placed.trained_on for placed in corpus.sessions),
        by_status=_count(record.status for record in records),
        by_task=_count(record.task_id for record in records),
        by_policy=_count(record.policy for record in records),
        by_split=_in_split_order(Counter(str(placed.split) for placed in corpus.sessions)),
        units_by_split=_in_split_order(Counter(str(split) for split in units.values())),
        scores=_scores(corpus.sessions),
        expected_outcomes=sum(record.expected_outcomes for record in records),
        expected_outcomes_met=sum(record.expected_outcomes_met for record in records),
        label_terms=tuple(sorted({record.label_terms for record in records})),
        games=tuple(sorted({record.game for record in records})),
        synthetic=all(record.synthetic for record in records),
        overlaps=overlaps,
        curation=curation,
        heldout=heldout_figures(corpus),
        verdicts=count_verdicts(corpus) if are_judged else {},
        left_out=sum(_left_out(placed) for placed in corpus.sessions if placed.trained_on),
    )


def _left_out(placed: PlacedSession) -> int:
    columns, session = ["session_id", "step", "parent_step", "reply_id", "action"], placed.session
    if placed.target is Target.TAKEN:
        marked = marked_steps(session.annotations)
        return sum(reply.has_step_of(marked) for reply in session.replies(columns)) if marked else 0
    return sum(reply.expert_answer is None for reply in session.labelled_replies(columns))


def count_values(paths: Sequence[Path], column: str, parts: Callable[[str], Iterable[str]]) -> Mapping[str, int]:
    """How often each part of a text column's values occurs in Parquet files, most frequent first."""
    import pyarrow.parquet as pq

    counts: Counter[str] = Counter()
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(columns=[column]):
            for value in batch.column(0).to_pylist():
                counts.update(parts(value))
    return _sorted(counts)


def _scores(sessions: Iterable[PlacedSession]) -> dict[str, ScoreFigures]:
    sessions = list(sessions)
    found = {}
    for source in Source:
        scores = [score for placed in sessions if (score := placed.session.score(source)) is not None]
        ratings = sum(rating.source == source for placed in sessions for rating in placed.session.annotations)
        if scores:
            found[str(source)] = ScoreFigures(
                sessions=len(scores),
                ratings=ratings,
                lowest=min(scores),
                median=statistics.median(scores),
                highest=max(scores),
            )
    return found


def _count(values: Iterable[str]) -> Mapping[str, int]:
    return _sorted(Counter(values))


def _sorted(counts: Counter[str]) -> Mapping[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _in_split_order(counts: Counter[str]) -> Mapping[str, int]:
    return {str(split): counts[split] for split in Split if counts[split]}

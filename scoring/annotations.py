"""annotations.jsonl: ratings are only ever added (`append_log`), and one function says which ones count.

The score in a session's metadata and the other views follow the log.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.errors import InputError
from collector.records import Status
from collector.run_directory import SessionDirectory
from collector.views import Ratings, rebuild_views
from scoring.append_log import AppendLog
from scoring.records import Annotation, Source, annotation_from_json, annotation_to_json

PRECEDENCE: Final = (Source.HUMAN, Source.JUDGE, Source.AUTO)
"""Whose score is in force: the first source that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationLog:
    """What stands in an annotations.jsonl."""

    annotations: tuple[Annotation, ...] = ()
    """Oldest first."""
    problems: tuple[str, ...] = ()
    """Lines that hold no annotation, each as "file:line: what is wrong"; a torn last line is one of them."""


def annotate(directory: SessionDirectory, annotation: Annotation) -> None:
    """Add a rating to a session that has ended, then bring its views up to date."""
    if annotation.session_id != directory.session_id:
        raise InputError(f"{directory.path}: the rating is for {annotation.session_id}; give that one's directory")
    if directory.read_session().status == Status.RUNNING:
        raise InputError(f"{directory.path}: still being recorded; rate it when it has ended")
    append_annotation(directory.annotations, annotation)
    refresh_views(directory)


def append_annotation(path: Path, annotation: Annotation) -> None:
    """Add the rating's line; when this returns it is in the kernel's hands. Views do not follow."""
    _log(path).append(annotation_to_json(annotation))


def refresh_views(directory: SessionDirectory) -> None:
    """Make the session's views say what its ratings say; the lock makes the last writer's views the final ones."""
    with _log(directory.annotations).held() as annotations:
        rebuild_views(directory, ratings_of(annotations))


def read_annotations(directory: SessionDirectory) -> AnnotationLog:
    """Every rating of a session, and the lines that hold none; empty if it was never rated."""
    annotations, problems = _log(directory.annotations).read()
    return AnnotationLog(annotations=annotations, problems=problems)


def current(annotations: Iterable[Annotation], source: Source) -> tuple[Annotation, ...]:
    """Each rater's latest rating of one source, in the order they were given, without those superseded since."""
    latest: dict[str, Annotation] = {}
    for annotation in annotations:
        if annotation.source != source:
            continue
        latest.pop(annotation.rater, None)
        replaced = [rater for rater, old in latest.items() if old.annotation_id == annotation.supersedes]
        for rater in replaced:
            del latest[rater]
        latest[annotation.rater] = annotation
    return tuple(latest.values())


def resolve(annotations: Iterable[Annotation], source: Source) -> float | None:
    """The score of a session by one source: the median over its raters' current scores; None if there is none."""
    scores = [annotation.score for annotation in current(annotations, source) if annotation.score is not None]
    return float(statistics.median(scores)) if scores else None


def marked_steps(annotations: Iterable[Annotation]) -> frozenset[int]:
    """The steps that a rater marks as mistakes, by the ratings of all sources that are in force."""
    annotations = tuple(annotations)
    return frozenset(step for source in Source for one in current(annotations, source) for step in one.wrong_steps)


def spread(annotations: Sequence[Annotation]) -> float:
    """How far raters of all sources are apart: the highest current score less the lowest; 0 for fewer than two."""
    scores = [one.score for source in Source for one in current(annotations, source) if one.score is not None]
    return float(max(scores) - min(scores)) if scores else 0.0


def source_in_force(annotations: Sequence[Annotation]) -> Source | None:
    """The first source in `PRECEDENCE` that gives a score."""
    return next((source for source in PRECEDENCE if resolve(annotations, source) is not None), None)


def score_in_force(annotations: Sequence[Annotation]) -> float | None:
    """The people's score, else the judge's, else the rule's."""
    source = source_in_force(annotations)
    return None if source is None else resolve(annotations, source)


def ratings_of(annotations: Sequence[Annotation]) -> Ratings:
    """What the views of a session show of its ratings."""
    source = source_in_force(annotations)
    people = current(annotations, Source.HUMAN)
    speakers = () if source is None else current(annotations, source)
    return Ratings(
        final_score=score_in_force(annotations),
        human_score=resolve(annotations, Source.HUMAN),
        human_feedback=_latest(annotation.feedback for annotation in people),
        score_justification=_latest(annotation.justification for annotation in speakers),
    )


def _latest(texts: Iterable[str]) -> str | None:
    return next((text for text in reversed(list(texts)) if text), None)


def _log(path: Path) -> AppendLog[Annotation]:
    return AppendLog(path, annotation_from_json)

"""annotations.jsonl: ratings are only ever added, each by one locked write, and one function says which ones count.

Order in the file is order in time: no clock decides. A crash can tear at most the last line; the next writer begins a
new line after it, so nothing else is lost. The score in a session's metadata and the other views follow the log.
"""

from __future__ import annotations

import fcntl
import os
import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.errors import InputError, WorkError
from collector.records import Status
from collector.run_directory import SessionDirectory
from collector.views import Ratings, rebuild_views
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
    """Append one line by one write(2); when this returns the rating is in the kernel's hands. Views do not follow."""
    line = annotation_to_json(annotation).encode() + b"\n"
    with _locked(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, fcntl.LOCK_EX) as fd:
        size = os.fstat(fd).st_size
        if size and os.pread(fd, 1, size - 1) != b"\n":
            line = b"\n" + line
        _write_whole(fd, line, size, path)


def refresh_views(directory: SessionDirectory) -> None:
    """Make the session's views say what its ratings say; the lock makes the last writer's views the final ones."""
    with _locked(directory.annotations, os.O_RDWR, fcntl.LOCK_EX) as fd:
        log = _parse(fd, directory.annotations)
        rebuild_views(directory, ratings_of(log.annotations))


def read_annotations(directory: SessionDirectory) -> AnnotationLog:
    """Every rating of a session, and the lines that hold none; empty if it was never rated."""
    path = directory.annotations
    if not path.exists():
        return AnnotationLog()
    with _locked(path, os.O_RDONLY, fcntl.LOCK_SH) as fd:
        return _parse(fd, path)


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


def _parse(fd: int, path: Path) -> AnnotationLog:
    """Read a log whose lock the caller holds; `path` is for messages."""
    annotations: list[Annotation] = []
    problems: list[str] = []
    *lines, tail = _read_all(fd, path).split(b"\n")
    for number, line in enumerate([*lines, tail], start=1):
        if not line.strip():
            continue
        try:
            annotations.append(annotation_from_json(line.decode()))
        except (InputError, UnicodeDecodeError) as error:
            torn = f"torn after {len(line)} bytes, its writer died; rate the session again"
            problems.append(f"{path}:{number}: {torn if number > len(lines) else error}")
    return AnnotationLog(annotations=tuple(annotations), problems=tuple(problems))


def _read_all(fd: int, path: Path) -> bytes:
    try:
        with open(fd, "rb", closefd=False) as source:
            return source.read()
    except OSError as error:
        raise WorkError(f"{path}: can't be read ({error.strerror}); it should be a file you may use") from error


def _write_whole(fd: int, line: bytes, size: int, path: Path) -> None:
    """Write all of the line, or leave the file at its old size."""
    wrote, reason = 0, "the disk took only part of it"
    try:
        wrote = os.write(fd, line)
    except OSError as error:
        reason = str(error.strerror)
    if wrote != len(line):
        os.ftruncate(fd, size)
        raise WorkError(f"{path}: could not append a rating ({reason}); those before it are intact: free some space")


@contextmanager
def _locked(path: Path, flags: int, lock: int) -> Iterator[int]:
    try:
        fd = os.open(path, flags, 0o644)
    except OSError as error:
        raise WorkError(f"{path}: can't be opened ({error.strerror}); it should be a file you may use") from error
    try:
        fcntl.flock(fd, lock)
        yield fd
    finally:
        os.close(fd)

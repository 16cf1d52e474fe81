"""The sessions a build is made from: which are read, their scores, their splits, and their steps when asked for.

Only metadata and ratings are held in memory; steps are read from the shards one session at a time.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from collector.errors import EeveeError, InputError, ShardError
from collector.labels import labels_of
from collector.prompt_options import PromptOptions
from collector.records import Session, Status
from collector.run_directory import SessionDirectory, find_sessions
from collector.shards import read_rows
from dataset_script.replies import Preference, RecordedReply, Row, Target, recorded_replies
from dataset_script.sampling import HistoryDropout
from dataset_script.splits import Split
from scoring.annotations import marked_steps, read_annotations, resolve
from scoring.records import Annotation, Source

TRAINABLE: Final = frozenset({Status.COMPLETED, Status.TRUNCATED, Status.GAVE_UP})
"""Sessions that ended by themselves; interrupted and failed ones are data, not examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedSession:
    """A session that has ended, with its ratings."""

    directory: SessionDirectory
    """Where its files stand."""
    record: Session
    """Its metadata."""
    annotations: tuple[Annotation, ...]
    """Every rating, as appended."""

    def score(self, source: Source) -> float | None:
        """The score under one source: the latest of each rater, then the median."""
        return resolve(self.annotations, source)

    def steps(self, columns: list[str] | None = None) -> Iterator[Row]:
        """The recorded steps in order; ShardError says what to do with a session that is damaged."""
        try:
            if self.directory.shard.exists():
                yield from read_rows(self.directory.shard, columns)
        except ShardError as error:
            raise ShardError(_with_next_step(self.directory, error)) from error

    def replies(self, columns: list[str] | None = None) -> Iterator[RecordedReply]:
        """The replies that could be learned from."""
        return recorded_replies(list(self.steps(columns)))

    def labelled_replies(self, columns: list[str] | None = None) -> Iterator[RecordedReply]:
        """The same with what the expert says about each, where it was asked."""
        labels = labels_of(self.directory)
        return (replace(reply, label=labels.get(reply.first["step"])) for reply in self.replies(columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSession:
    """A session with its split."""

    session: RatedSession
    """The session."""
    split: Split
    """Where its rows go."""
    score: float | None
    """Under the build's score source; None if that source has not rated it."""
    score_source: Source
    """Whose score it is."""
    ended: bool
    """Ended by itself, and tests nothing that others train on: its steps can be judged one by one."""
    trained_on: bool
    """Ended so and scored at least min_score, or has an expert's labels to train on: its replies become examples."""
    target: Target
    """Whose answers the examples have."""
    better: Mapping[int, tuple[Preference, ...]] = field(default_factory=dict)
    """By step, what roll-outs from there and people who compared presses there say."""

    def examples(self, columns: list[str] | None = None) -> Iterator[RecordedReply]:
        """The replies that are trained on.

        One with a step that a rater marks as a mistake is none; where the expert's answer is wanted, one without it.
        """
        if not self.trained_on:
            return
        if self.target is Target.TAKEN:
            marked = marked_steps(self.session.annotations)
            yield from (reply for reply in self.session.replies(columns) if not reply.has_step_of(marked))
            return
        for reply in self.session.labelled_replies(columns):
            if reply.expert_answer is not None:
                yield replace(reply, target=Target.EXPERT)

    def judged(self, columns: list[str] | None = None) -> Iterator[RecordedReply]:
        """The replies whose steps can be judged one by one, however the session was scored."""
        if self.ended:
            for reply in self.session.labelled_replies(columns):
                yield replace(reply, better=self.better.get(reply.first["step"], ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Everything that exports read."""

    sessions: tuple[PlacedSession, ...]
    """In order of session_id."""
    prompt: PromptOptions
    """How prompts are rendered."""
    dropped: frozenset[tuple[str, int]]
    """(session_id, step) of examples that are left out: overlaps of train, and repetitions."""
    judged_dropped: frozenset[tuple[str, int]]
    """The same of replies that are judged one by one."""
    chat_window: int
    """Replies in a row of `chat_windows` at most."""
    forgetting: HistoryDropout = field(default_factory=HistoryDropout)
    """Which examples of train are shown without what came before them."""

    def of_split(self, split: str) -> Iterator[PlacedSession]:
        """The sessions of a split in order."""
        return (placed for placed in self.sessions if placed.split == split)

    def examples(self, split: str, columns: list[str] | None = None) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        """The replies of a split that are trained on, in order, with all their columns or some."""
        for placed in self.of_split(split):
            for reply in placed.examples(columns):
                name = (placed.session.record.session_id, reply.first["step"])
                if name not in self.dropped:
                    forgets = split == Split.TRAIN and self.forgetting.takes(*name)
                    yield placed, reply.without_history() if forgets else reply

    def judged(self, split: str, columns: list[str] | None = None) -> Iterator[tuple[PlacedSession, RecordedReply]]:
        """The replies of a split that can be judged one by one, in order."""
        for placed in self.of_split(split):
            for reply in placed.judged(columns):
                if (placed.session.record.session_id, reply.first["step"]) not in self.judged_dropped:
                    yield placed, reply


def read_sessions(runs: Path, *, skip_damaged: bool = False) -> tuple[list[RatedSession], list[str]]:
    """The sessions of RUNS that have ended, and a line about everything that was left out.

    A damaged session is an error, or, with `skip_damaged`, left out after all its steps were tried.
    """
    sessions, notes = [], []
    for directory in find_sessions(runs):
        if not directory.metadata.exists():
            notes.append(f"{directory.session_id}: left out, it died before its first step")
            continue
        try:
            session, problems = _read_session(directory, try_steps=skip_damaged)
        except EeveeError as error:
            if not skip_damaged:
                raise InputError(_with_next_step(directory, error)) from error
            notes.append(f"{directory.session_id}: left out, it is damaged: {error}")
            continue
        if session.record.status == Status.RUNNING:
            notes.append(f"{directory.session_id}: left out, it is still running")
            continue
        notes.extend(f"left out a rating: {problem}" for problem in problems)
        sessions.append(session)
    if not sessions:
        raise InputError(f"{runs}: no session there has ended; collect some first: python -m collector runs={runs}")
    return sorted(sessions, key=lambda session: session.record.session_id), notes


def _read_session(directory: SessionDirectory, *, try_steps: bool) -> tuple[RatedSession, tuple[str, ...]]:
    """The session, and its ratings that can't be read."""
    record, log = directory.read_session(), read_annotations(directory)
    if try_steps and directory.shard.exists():
        for _ in read_rows(directory.shard):
            pass
    return RatedSession(directory=directory, record=record, annotations=log.annotations), log.problems


def _with_next_step(directory: SessionDirectory, error: EeveeError) -> str:
    """What is damaged, and the two ways to build without it."""
    return f"{error}. To build without it: skip_damaged=true, or mv {shlex.quote(str(directory.path))} ELSEWHERE"

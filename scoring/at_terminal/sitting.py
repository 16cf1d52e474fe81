"""A sitting: keys become ratings, one session after another, until the rater quits; each is on disk at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from collector.errors import EeveeError
from collector.run_directory import SessionDirectory
from collector.terminal import Screen
from scoring.annotations import read_annotations
from scoring.at_terminal.graphics import Way, overlay
from scoring.at_terminal.layout import Screenful, nothing_left_screen, rating_screen, text_screen
from scoring.at_terminal.look import Look, Standing
from scoring.listing import goal_text
from scoring.rating.desk import Desk, Tally
from scoring.rating.item import Reveal, read_item, reveal
from scoring.records import LONGEST_S
from scoring.rubric import BANDS
from scoring.terminal import score_text

LONGEST_FEEDBACK: Final = 1_000_000
"""Characters."""
_HELP: Final = (
    (
        "Keys",
        "1-9, 0 = 10   rate, and go on to the next session\n"
        "left, right   one step back or on; Home and End: the first and the last\n"
        "up, down      the same past presses without effect\n"
        "Tab           the whole session in small pictures, or the step in large ones\n"
        "Enter         all texts in full\n"
        "x             mark the step as wrong, or no longer\n"
        "f             type feedback for the player; it is kept with the rating (Esc: leave it as it was)\n"
        "c             can't judge: rate without a score, with a reason\n"
        "n             skip; s: show the skipped ones again\n"
        "u             take the last rating or skip back\n"
        "q             quit; what is rated is kept, and the next sitting goes on here",
    ),
    ("Scores", "\n".join(f"{band.lowest}-{band.highest}  {band.name}: {band.meaning}" for band in BANDS)),
)


class Sitting:
    """One rater at one screen."""

    def __init__(
        self,
        desk: Desk,
        screen: Screen,
        way: Way = Way.BLOCKS,
        cell: tuple[int, int] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk, self._screen, self._way, self._cell, self._now = desk, screen, way, cell, now
        self._directory: SessionDirectory | None = None
        self._look: Look | None = None
        self._revealed, self._remark, self._began = "", "", 0.0

    def run(self) -> Tally:
        """Rate until q is pressed; KeyboardInterrupt after Ctrl-C."""
        self._show_next()
        while True:
            self._draw()
            key = self._screen.key()
            if key == "q":
                return self._desk.tally()
            if key in ("ctrl-c", "ctrl-d"):
                raise KeyboardInterrupt
            self._remark = ""
            try:
                self._act(key)
            except EeveeError as error:
                self._remark = f"Not done: {error}"

    def _act(self, key: str) -> None:
        if key == "u":
            self._undo()
        elif key == "s":
            self._show_skipped()
        elif key == "?":
            self._read(_HELP)
        elif self._look is None or self._directory is None:
            self._show_next()
        elif key.isascii() and key.isdigit():
            self._rate(self._directory, self._look, int(key) or 10)
        else:
            self._act_on_session(self._directory, self._look, key)

    def _act_on_session(self, directory: SessionDirectory, look: Look, key: str) -> None:
        moves: dict[str, Callable[[], Look]] = {
            "left": lambda: look.moved(-1),
            "right": lambda: look.moved(1),
            "up": lambda: look.at_next_moment(-1),
            "down": lambda: look.at_next_moment(1),
            "home": look.at_start,
            "end": look.at_end,
            "tab": lambda: replace(look, shows_strip=not look.shows_strip),
            "x": look.with_mark_turned,
            "f": lambda: self._with_feedback(look),
        }
        if key in moves:
            self._look = moves[key]()
        elif key == "enter":
            self._read(_texts(look))
        elif key == "c":
            self._can_not_judge(directory, look)
        elif key == "n":
            self._desk.skip(directory.session_id)
            self._show_next()
        elif key != "resize":
            self._remark = "That key does nothing; ? shows those that do."

    def _rate(self, directory: SessionDirectory, look: Look, score: int | None, reason: str = "") -> None:
        self._desk.rate(
            directory.session_id,
            score,
            seconds_spent=min(self._now() - self._began, LONGEST_S),
            feedback=look.feedback,
            justification=reason,
            wrong_steps=sorted(look.wrong),
            annotation_id=look.annotation_id,
        )
        given = "can't judge" if score is None else str(score)
        self._revealed = f"you {given} · {_told(reveal(directory, self._desk.rater))}"
        self._show_next()

    def _can_not_judge(self, directory: SessionDirectory, look: Look) -> None:
        reason = self._screen.line("Why can it not be judged? (Esc to go back) ", longest=LONGEST_FEEDBACK)
        if reason:
            self._rate(directory, look, None, reason)
        elif reason is not None:
            self._remark = "Without a reason it is not kept; n skips."

    def _with_feedback(self, look: Look) -> Look:
        typed = self._screen.line("Feedback: ", typed=look.feedback, longest=LONGEST_FEEDBACK)
        return look if typed is None else replace(look, feedback=typed)

    def _undo(self) -> None:
        directory = self._desk.undo()
        if directory is None:
            self._remark = "There is nothing to take back."
            return
        self._show_next()
        self._remark = "Taken back: rate it again."
        if self._look is not None and self._directory == directory:
            self._look = _with_what_was_said(self._look, directory, self._desk.rater)

    def _show_skipped(self) -> None:
        count = self._desk.show_skipped()
        if self._look is None:
            self._show_next()
        self._remark = f"Skipped sessions that come up again: {count}."

    def _show_next(self) -> None:
        """Open the first session on the desk; one that can't be read is put aside and named."""
        self._directory = self._look = None
        while self._look is None:
            waiting = self._desk.items()
            if not waiting:
                return
            try:
                self._look = Look(item=read_item(waiting[0]))
            except EeveeError as error:
                self._desk.skip(waiting[0].session_id)
                self._remark = f"Skipped what can't be read: {error}"
        self._directory, self._began = waiting[0], self._now()

    def _draw(self) -> None:
        standing = Standing(tally=self._desk.tally(), revealed=self._revealed, remark=self._remark)
        size = self._screen.size
        if self._look is None:
            self._show(nothing_left_screen(standing, size))
        else:
            self._show(rating_screen(self._look, standing, size))

    def _show(self, screenful: Screenful) -> None:
        self._screen.draw(screenful.lines, overlay(screenful.pictures, self._way, self._cell))

    def _read(self, paragraphs: tuple[tuple[str, str], ...]) -> None:
        """Show texts until a key is pressed that does not scroll."""
        top, step = 0, {"up": -1, "down": 1, "resize": 0}
        while True:
            self._show(text_screen(paragraphs, self._screen.size, top))
            key = self._screen.key()
            if key in ("ctrl-c", "ctrl-d"):
                raise KeyboardInterrupt
            if key not in step:
                return
            top = max(top + step[key], 0)


def _texts(look: Look) -> tuple[tuple[str, str], ...]:
    item, step = look.item, look.step
    return (
        ("Task", item.task),
        ("Goal", item.goal),
        ("Report", item.report or "none given"),
        ("Memory, as the last step began", item.fact or "says nothing"),
        (f"Step {step.step}: {step.action or 'no usable reply'}", step.reasoning or "no reason given"),
        ("Expected", step.expected_outcome or "nothing said"),
        ("Your feedback", look.feedback or "none yet"),
    )


def _told(known: Reveal) -> str:
    """What a reveal says, in a line."""
    rule, judge = score_text(known.auto_score), score_text(known.judge_score)
    others = ", ".join(str(score) for score in known.other_scores) or "-"
    who = f"{known.policy} ({known.model_used})"
    return f"goal {goal_text(known.verdict)} · rule {rule}, judge {judge}, others {others} · {who}"


def _with_what_was_said(look: Look, directory: SessionDirectory, rater: str) -> Look:
    """The feedback and marks of the rating that was just taken back; nothing for a skip."""
    own = [one for one in read_annotations(directory).annotations if one.rater == rater]
    if not own or not own[-1].retracts:
        return look
    taken_back = next((one for one in own if one.annotation_id == own[-1].supersedes), own[-1])
    return replace(look, feedback=taken_back.feedback, wrong=frozenset(taken_back.wrong_steps))

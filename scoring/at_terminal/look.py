"""What a rater is looking at, and where in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scoring.rating.desk import Tally
from scoring.rating.item import Item, Moment, SeenStep
from scoring.records import new_annotation_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A session on the screen, and what the rater has said of it so far."""

    item: Item
    """The session, blind."""
    annotation_id: str = field(default_factory=new_annotation_id)
    """What the rating will be called, so that one more try after a full disk makes no second one."""
    at: int = 0
    """Index of the step in view."""
    shows_strip: bool = True
    """Whether the whole session is shown in small pictures, and not the step in view in large ones."""
    wrong: frozenset[int] = frozenset()
    """Steps marked as mistakes."""
    feedback: str = ""
    """What was typed for the player."""

    @property
    def step(self) -> SeenStep:
        """The step in view."""
        return self.item.steps[self.at]

    def moved(self, by: int) -> Look:
        """So many steps on, within the session."""
        return self._to(self.at + by)

    def at_end(self) -> Look:
        """The last step."""
        return self._to(len(self.item.steps) - 1)

    def at_start(self) -> Look:
        """The first step."""
        return self._to(0)

    def at_next_moment(self, by: int) -> Look:
        """The first step of the next stretch, or with -1 of the one before: presses without effect are passed over."""
        firsts = [moment.steps[0].step for moment in self.item.moments]
        here = max(place for place, first in enumerate(firsts) if first <= self.step.step)
        wanted = firsts[min(max(here + by, 0), len(firsts) - 1)]
        return self._to(next(place for place, step in enumerate(self.item.steps) if step.step == wanted))

    def with_mark_turned(self) -> Look:
        """The step in view marked as wrong, or no longer."""
        return replace(self, wrong=self.wrong ^ {self.step.step})

    def is_here(self, moment: Moment) -> bool:
        """Whether the step in view is one of the moment's."""
        return moment.steps[0].step <= self.step.step <= moment.steps[-1].step

    def _to(self, place: int) -> Look:
        return replace(self, at=min(max(place, 0), len(self.item.steps) - 1), shows_strip=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the foot of the screen says besides the session."""

    tally: Tally
    """Rated, skipped, left."""
    revealed: str = ""
    """What is known of the session rated last; empty before the first."""
    remark: str = ""
    """An answer to the last key; empty if there is nothing to say."""

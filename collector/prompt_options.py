"""How recorded facts become a question: its wording and its pictures, the same at collection and in a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from collector.errors import ConfigError
from collector.prompt_pictures import SHEET_SIDE, Layout, prompt_pictures
from collector.prompts import Asked, Message, ObservationMode, PromptFacts, PromptTemplate, render_prompt
from collector.records import Png


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a model is asked."""

    messages: tuple[Message, ...]
    """System and user message; an image part stands for each picture."""
    images: tuple[Png, ...]
    """The pictures in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions:
    """How a question is made."""

    template: PromptTemplate
    """The wording."""
    mode: ObservationMode = ObservationMode.IMAGE
    """What of an observation is shown."""
    image_scale: int = 1
    """Whole number by which pictures are enlarged."""
    history: int = 1
    """Screens at most, the newest last."""
    layout: Layout = Layout.FRAMES
    """How several screens are shown."""
    grid: bool = False
    """Whether lines are drawn over the screens."""
    max_actions: int = 1
    """Buttons a reply may name."""

    def __post_init__(self) -> None:
        on_sheet = SHEET_SIDE * SHEET_SIDE
        if self.layout is Layout.SHEET and not 2 <= self.history <= on_sheet:
            raise ConfigError(
                f"history_layout=sheet with history={self.history}: a sheet holds 2 to {on_sheet} screens"
            )
        if not 1 <= self.max_actions <= 16:
            raise ConfigError(f"max_actions={self.max_actions}: expected 1 to 16")

    def question(self, facts: PromptFacts, screens: Sequence[Png], *, remember: bool = False) -> Question:
        """The question about the last `history` of these screens, which come oldest first."""
        shown = screens[-self.history :]
        messages = self.messages(facts, len(shown), remember=remember)
        return Question(messages=tuple(messages), images=self.pictures(shown))

    def messages(self, facts: PromptFacts, screens: int, *, remember: bool = False) -> list[Message]:
        """The text of a question about so many screens, with a place for each picture."""
        asked = Asked(
            mode=self.mode,
            screens=screens,
            on_sheet=self.layout is Layout.SHEET,
            max_actions=self.max_actions,
            remember=remember,
        )
        return render_prompt(self.template, facts, asked)

    def pictures(self, screens: Sequence[Png]) -> tuple[Png, ...]:
        """The screens as they are shown."""
        return prompt_pictures(screens, self.image_scale, self.layout, grid=self.grid)

"""A terminal at which keys are typed as written down beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class TypedScreen:
    """Keys in order; a line is typed as one entry. When they run out, the last one is pressed again and again."""

    def __init__(self, keys: Iterable[str | None], size: tuple[int, int] = (160, 90)) -> None:
        self.keys = list(keys)
        self.size = size
        self.drawn: list[list[str]] = []
        self.prompts: list[str] = []
        self.is_closed = False

    def draw(self, lines: Sequence[str], overlay: str = "") -> None:
        self.drawn.append(list(lines))

    def key(self) -> str:
        key = self._next()
        assert key is not None, "None stands for a line that is given up"
        return key

    def line(self, prompt: str, typed: str = "", longest: int = 1000) -> str | None:
        self.prompts.append(prompt)
        return self._next()

    def close(self) -> None:
        self.is_closed = True

    def _next(self) -> str | None:
        return self.keys.pop(0) if len(self.keys) > 1 else self.keys[0]

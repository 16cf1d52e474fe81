"""No words of a reply stand in its own prompt, unless they were known before it.

Looked for are the runs of four words in the reply's analysis, reasoning, expected outcome and report, and shorter texts
whole. A run that stands on the prompt side must also stand in something that the reply had no hand in: the wording of
the prompt, the task, the reader's sentence told again from the state, the notes told again from the memory, or an
earlier reply. So a model may quote its prompt and repeat itself as it likes, and a prompt that quotes its answer is
found. Words are compared without case, and as a person reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from collector.prompts import PromptFacts
from dataset_script.exports.protocol import ExportRow
from dataset_script.lint.cells import texts
from dataset_script.lint.rule import Example, Fault
from dataset_script.lint.session_facts import FactsOfSession
from dataset_script.plain_text import words_of

RUN: Final = 4
"""Words in a run."""

SAID: Final = ("analysis", "reasoning", "expected_outcome", "report")
"""The fields of a reply that its prompt must not quote."""

EARLIER: Final = (*SAID, "raw_response")
"""Columns in which an earlier reply's words stand."""


class WordingRule:
    """Prompts don't quote their answers."""

    name = "wording"
    advice = "the prompt was recorded or rendered with its own answer in it; mend the agent's memory, task or export"

    def __init__(self, facts_of: FactsOfSession) -> None:
        self._facts_of = facts_of

    def faults(self, row: ExportRow, example: Example) -> Iterator[Fault]:
        answers = (example.reply.answer, example.reply.taken)
        wordings = {name: dict.fromkeys(getattr(answer, name) or "" for answer in answers) for name in SAID}
        said = {name: [run for text in different for run in _runs(text)] for name, different in wordings.items()}
        for column, cell in example.prompt_cells(row).items():
            asked = _joined(texts(cell))
            quoted = {name: [run for run in runs if run in asked] for name, runs in said.items()}
            if not any(quoted.values()):
                continue
            known = _joined(self._known(example))
            for name, runs in quoted.items():
                if unknown := [run for run in runs if run not in known]:
                    yield Fault(column, f"it quotes the reply's {name}: {unknown[0].strip()!r}")

    def _known(self, example: Example) -> Iterator[str]:
        """Texts that were known before the reply."""
        reply, options = example.reply, example.options
        facts = self._facts_of(example.placed).sourced(reply)
        yield from texts(options.messages(facts, len(reply.shown(options.history))))
        yield from texts([getattr(facts, name) for name in PromptFacts.__slots__])
        for step in reply.earlier:
            yield from texts([step[column] for column in EARLIER])


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """The words of a text in lower case, a space before and after each."""
    return f" {' '.join(words_of(text))} "


@lru_cache(maxsize=4096)
def _runs(text: str) -> list[str]:
    """The runs of words in a text, as `_words` writes them; a shorter text is one run."""
    words = words_of(text)
    starts = range(max(1, len(words) - RUN + 1)) if words else ()
    return [f" {' '.join(words[start : start + RUN])} " for start in starts]


def _joined(parts: Iterable[str]) -> str:
    """The words of several texts; no run reaches from one into the next."""
    return "|".join(map(_words, parts))

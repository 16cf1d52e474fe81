"""The gate that every row goes through on its way to a file: it counts what is wrong and in the end fails the build.

Rows are checked one by one as they are written, so memory does not grow with the dataset. Rules about prompts see the
reply that a row was made from; the others see every row of every config.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dataset_script.config import BuildSettings
from dataset_script.corpus import Corpus, PlacedSession
from dataset_script.exports.protocol import ExportRow, PromptExport
from dataset_script.licences import license_tag
from dataset_script.lint.cells import RowCells
from dataset_script.lint.pictures import UNREADABLE, PictureRule
from dataset_script.lint.placeholders import PlaceholderRule
from dataset_script.lint.private import BytesRule, PrivateRule, RowSearch
from dataset_script.lint.rendering import RenderingRule
from dataset_script.lint.rule import Example, Fault, PromptRule, RowRule, Rule, place_of
from dataset_script.lint.session_facts import FactsOfSession
from dataset_script.lint.sources import SourceRule
from dataset_script.lint.terms import TermsRule
from dataset_script.lint.violations import Findings, LintError, Violation
from dataset_script.lint.wording import WordingRule
from dataset_script.picture_bytes import NOT_DECODED

RULES: Final[tuple[type[Rule], ...]] = (
    *(SourceRule, RenderingRule, WordingRule),
    *(PlaceholderRule, PictureRule, PrivateRule, BytesRule, TermsRule),
)
"""Every rule, in the order of reports."""


class Gate:
    """The rules, and what they have found so far."""

    def __init__(self, prompt_rules: Sequence[PromptRule], row_rules: Sequence[RowRule]) -> None:
        self.findings = Findings()
        self._prompt_rules = prompt_rules
        self._row_rules = row_rules

    def examples(self, export: PromptExport, config: str, corpus: Corpus, split: str) -> Iterator[ExportRow]:
        """The rows of a split, their prompts checked against the replies they were made from."""
        for placed, reply in export.replies(corpus, split):
            try:
                row = export.row(placed, reply, corpus.prompt)
            except NOT_DECODED:
                self._add(PictureRule(), config, reply.first, Fault("images", UNREADABLE))
                continue
            example = Example(export=export, placed=placed, reply=reply, options=corpus.prompt)
            for rule in self._prompt_rules:
                for fault in rule.faults(row, example):
                    self._add(rule, config, place_of(row), fault)
            yield row

    def rows(self, rows: Iterator[ExportRow], config: str) -> Iterator[ExportRow]:
        """The rows, each checked by itself."""
        for row in rows:
            cells = RowCells(row)
            for rule in self._row_rules:
                for fault in rule.faults(cells):
                    self._add(rule, config, place_of(row), fault)
            yield row

    def close(self) -> None:
        """LintError with the report if any row broke a rule."""
        if self.findings.counts:
            rules: list[Rule] = [*self._prompt_rules, *self._row_rules]
            raise LintError(self.findings.report([(rule.name, rule.advice) for rule in rules]))

    def _add(self, rule: Rule, config: str, place: Mapping[str, Any], fault: Fault) -> None:
        self.findings.add(
            Violation(
                rule=rule.name,
                session_id=place["session_id"],
                step=place.get("step"),
                config=config,
                column=fault.column,
                what=fault.what,
            )
        )


def gate_for(settings: BuildSettings, sessions: Sequence[PlacedSession]) -> Gate:
    """The gate of one build, with every rule."""
    facts_of = FactsOfSession()
    search = RowSearch((settings.runs, settings.output), settings.allow)
    terms_of = {placed.session.record.session_id: placed.session.record.label_terms for placed in sessions}
    synthetic = all(placed.session.record.synthetic for placed in sessions)
    tag = license_tag(settings.license, synthetic=synthetic, label_terms=terms_of.values())
    return Gate(
        (SourceRule(facts_of), RenderingRule(), WordingRule(facts_of)),
        (PlaceholderRule(), PictureRule(), PrivateRule(search), BytesRule(search), TermsRule(tag, terms_of)),
    )

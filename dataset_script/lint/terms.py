"""Labels that a provider's terms bind do not stand under a license that promises any use of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dataset_script.licences import PERMISSIVE, UNBOUND
from dataset_script.lint.cells import RowCells
from dataset_script.lint.rule import Fault, place_of


class TermsRule:
    """The license tag promises no more than the labels' terms."""

    name = "label terms"
    advice = "choose license=other or a tag that keeps to the terms, or move those sessions to other runs"

    def __init__(self, license: str, terms_of: Mapping[str, str]) -> None:
        """LICENSE is the card's tag; TERMS_OF gives a session's label_terms."""
        self._license = license
        self._terms_of = terms_of

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        if self._license.lower() not in PERMISSIVE:
            return
        bound = {cells.row.get("label_terms"), self._terms_of.get(place_of(cells.row)["session_id"])}
        for terms in sorted(bound - {None, UNBOUND}, key=str):
            yield Fault("label_terms", f"{terms} under license {self._license}")

"""Which license tag the card carries, and which tags the terms of a label's provider contradict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

OWN_WORK: Final = "apache-2.0"
UNKNOWN: Final = "other"

UNBOUND: Final = "none"
"""`label_terms` of labels that nobody's terms bind."""

PERMISSIVE: Final = frozenset(
    {
        *("apache-2.0", "mit", "isc", "zlib", "ncsa", "postgresql", "unlicense", "wtfpl", "0bsd", "afl-3.0", "ecl-2.0"),
        *("bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "ms-pl", "artistic-2.0"),
        *("cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"),
        *("pddl", "odc-by", "odbl", "cdla-permissive-1.0", "cdla-permissive-2.0"),
    }
)
"""Tags that let anybody train any model with the data, in the Hub's spelling."""


def license_tag(chosen: str | None, *, synthetic: bool, label_terms: Iterable[str]) -> str:
    """The tag that was chosen; else apache-2.0 if all is the bundled cartridge under unbound labels, or `other`."""
    if chosen is not None:
        return chosen
    return OWN_WORK if synthetic and set(label_terms) <= {UNBOUND} else UNKNOWN

"""Every picture decodes to its last pixel, whatever column it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from collector.pictures import decode_picture
from dataset_script.exports.protocol import ExportRow
from dataset_script.lint.cells import leaves
from dataset_script.lint.rule import Fault

NOT_DECODED: Final = (OSError, SyntaxError, ValueError, EOFError)
"""What reading a picture raises on bytes that are none."""

UNREADABLE: Final = "a picture does not decode"


class PictureRule:
    """Pictures decode."""

    name = "pictures"
    advice = "the recording is damaged: python -m collector.repair RUNS, or build with skip_damaged=true"

    def faults(self, row: ExportRow) -> Iterator[Fault]:
        for column, cell in row.items():
            if column == "images" and cell is not None and any(not (image or {}).get("bytes") for image in cell):
                yield Fault(column, "a picture is empty")
            for leaf in leaves(cell):
                if isinstance(leaf, bytes) and digest_of(leaf) is None:
                    yield Fault(column, f"{UNREADABLE} ({len(leaf):,} bytes)")


@lru_cache(maxsize=2048)
def digest_of(content: bytes) -> str | None:
    """Digest of a picture's size and pixels; None for bytes that are no picture."""
    try:
        return decode_picture(content).digest()
    except NOT_DECODED:
        return None

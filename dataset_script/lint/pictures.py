"""Every picture decodes to its last pixel, whatever column it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from collector.pictures import decode_picture
from dataset_script.lint.cells import RowCells
from dataset_script.lint.rule import Fault
from dataset_script.picture_bytes import NOT_DECODED

UNREADABLE: Final = "a picture does not decode"


class PictureRule:
    """Pictures decode."""

    name = "pictures"
    advice = "the recording is damaged: python -m collector.repair RUNS, or build with skip_damaged=true"

    def faults(self, cells: RowCells) -> Iterator[Fault]:
        if any(not (image or {}).get("bytes") for image in cells.row.get("images") or ()):
            yield Fault("images", "a picture is empty")
        for column, content in cells.pictures:
            if digest_of(content) is None:
                yield Fault(column, f"{UNREADABLE} ({len(content):,} bytes)")


@lru_cache(maxsize=2048)
def digest_of(content: bytes) -> str | None:
    """Digest of a picture's size and pixels; None for bytes that are no picture."""
    try:
        return decode_picture(content).digest()
    except NOT_DECODED:
        return None

"""Texts as a person reads them: escapes undone, invisible letters left out, full-width and styled ones made plain."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LAYERS: Final = 3
"""Escapes are undone so often: a reply is JSON, and may quote JSON that quotes JSON."""

_WORD: Final = re.compile(r"[^\W_]+")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf\"'/\\]))")
_MEANT: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def compatible(text: str) -> str:
    """The text in Unicode's compatibility form (NFKC), without letters that only format and show nothing."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    for letter in set(text):
        if unicodedata.category(letter) == "Cf":
            text = text.replace(letter, "")
    return text


def words_of(text: str) -> list[str]:
    """The words of a text without case; `press_a` is two."""
    return _WORD.findall(compatible(text).casefold())


def read_plainly(text: str) -> str:
    """The text with the escapes of JSON and of Python's repr undone, as deep as they stand."""
    text = compatible(text)
    for _ in range(LAYERS):
        if "\\" not in text:
            break
        text = compatible(_ESCAPE.sub(_undone, text))
    return text


def _undone(escape: re.Match[str]) -> str:
    """What an escape stands for; one for half a character or a control character stays as it is written."""
    four, two, letter = escape.groups()
    if letter is not None:
        return _MEANT.get(letter, letter)
    meant = chr(int(four or two, 16))
    return escape.group() if unicodedata.category(meant) in ("Cc", "Cs") else meant

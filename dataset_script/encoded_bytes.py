"""Bytes written in letters, as nobody writes words: long runs of base64 or hexadecimal digits, in lines or in one."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from itertools import groupby
from typing import Final

SHORTEST_BASE64: Final = 300
"""Letters of a run; a shorter one may be a name."""
SHORTEST_HEX: Final = 256
"""Digits of a run: a few digests side by side are none."""
FEWEST_LETTERS: Final = 16
"""Different letters of a run: fewer make a ruled line, or a word that is repeated."""

_BASE64: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64},}}={{0,2}}")
_HEX: Final = re.compile(rf"[0-9a-fA-F]{{{SHORTEST_HEX},}}")
_BETWEEN_DIGITS: Final = re.compile(r"[\s,:;-]+|0x")
_LETTER_DIGITS: Final = frozenset("abcdefABCDEF")
_MARK: Final = b"\x01"


def _marked(letters: str) -> bytes:
    """A table that makes one mark of all these letters and of white space: most texts are passed over by it quickly."""
    return b"".join(_MARK if chr(code) in letters + string.whitespace else b"\0" for code in range(256))


_OF_BASE64: Final = _marked(string.ascii_letters + string.digits + "+/_-=")
_OF_HEX: Final = _marked(string.hexdigits + ",:;-xX")


def encoded_runs(text: str) -> Iterator[str]:
    """The runs of a text that are bytes in disguise."""
    if len(text) < SHORTEST_HEX:
        return
    content = text.encode("utf-8", "surrogatepass")
    if _MARK * SHORTEST_BASE64 in content.translate(_OF_BASE64):
        for run in (*_BASE64.findall(text), *_wrapped_base64(text)):
            if len(set(run)) >= FEWEST_LETTERS:
                yield run
    if _MARK * SHORTEST_HEX in content.translate(_OF_HEX):
        for run in _HEX.findall(_BETWEEN_DIGITS.sub("", text)):
            if not _LETTER_DIGITS.isdisjoint(run):  # else these are numbers in a row
                yield run


def _wrapped_base64(text: str) -> Iterator[str]:
    """Runs in lines or groups of one length, put together; words of a language are never so even."""
    for _, words in groupby(text.split(), key=len):
        run = "".join(words)
        if _BASE64.fullmatch(run):
            yield run

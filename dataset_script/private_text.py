"""What must not stand in a text that is published: keys, e-mail addresses, this machine's hosts and paths, raw bytes.

A pattern errs towards reporting: a push that stops can be let through by the person who reads the text, a key that
went out can't be called back. Loopback addresses and public web addresses are nobody's secret and pass.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEY: Final = "a key"
RAW_BYTES: Final = "raw bytes"
NEVER_ALLOWED: Final = frozenset({KEY, RAW_BYTES})
"""The kinds that no setting lets pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What one kind of text that must not be published looks like."""

    kind: str
    """What it is."""
    has: tuple[str, ...]
    """One of these stands in every match, its case folded: texts without one need not be searched."""
    expression: re.Pattern[str]
    """What matches."""


PATTERNS: Final = (
    Pattern(
        kind=KEY,
        has=(
            *("hf_", "sk-", "aiza", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "xox", "akia", "asia"),
            *("ya29.", "eyj", "-----begin", "bearer", "key", "access", "secret", "passw", "://"),
        ),
        expression=re.compile(
            r"\b(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|gh[pousr]_[A-Za-z0-9]{30,}"
            r"|github_pat_[A-Za-z0-9_]{30,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|ya29\.[\w-]{20,}"
            r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+)"
            r"|-----BEGIN [A-Z ]*PRIVATE KEY"
            r"|(?i:\bbearer\s+[\w.~+/-]{20,})"
            r"|(?i:\b(?:api[_-]?key|access[_-]?token|secret|password|passwd)[\"']?\s*[=:]\s*[\"']?[^\s\"']{8,})"
            r"|\w://[^/\s:@]+:[^/\s:@]+@"
        ),
    ),
    Pattern(
        kind="an e-mail address",
        has=("@",),
        expression=re.compile(r"\b[\w.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b"),
    ),
    Pattern(
        kind="a path",
        has=("/", "\\"),
        expression=re.compile(
            r"(?<![\w.:/-])/(?:home|Users|root|tmp|var|etc|opt|usr|mnt|media|srv|private|workspace|data|run|proc)/[\w.+~-]+"
            r"|\b[A-Za-z]:\\[\w. -]+\\[\w.-]|\\\\[\w.-]+\\[\w$.-]+|\bfile:///?\w"
        ),
    ),
    Pattern(
        kind="a host",
        has=(".",),
        expression=re.compile(
            r"(?<![\w.-])(?!127\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)"
        ),
    ),
    Pattern(
        kind="a host",
        has=(".local", ".lan", ".internal", ".intranet", ".corp", ".home.arpa", "://"),
        expression=re.compile(
            r"\b[\w-]+\.(?:local|lan|internal|intranet|corp|localdomain|home\.arpa)\b"
            r"|\b\w+://(?!localhost\b|127\.)(?:[\w-]+(?=[:/\s]|$)|[\w.-]+:\d+)"
        ),
    ),
    Pattern(
        kind=RAW_BYTES,
        has=("",),
        expression=re.compile(r"\x00|[\x01-\x08\x0e-\x1a\x1c-\x1f]{4,}|\ufffd{8,}|(?<![0-9a-fA-F])[0-9a-fA-F]{256,}"),
    ),
)

ENCODED: Final = re.compile(r"[A-Za-z0-9+/_-]{300,}={0,2}")
"""A run that only an encoding of bytes has, unless few letters make it up (a ruled line)."""
FEWEST_LETTERS: Final = 16

KEY_NAMES: Final = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$")
SHORTEST_KEY: Final = 8
SHORTEST_HOST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateText:
    """Something that must not be published."""

    kind: str
    """What it is."""
    excerpt: str
    """Enough of it to find it; a key is cut short."""


class PrivateTextSearch:
    """Finds what patterns tell, and what this machine and its environment are called."""

    def __init__(self, own: Mapping[str, str], allow: tuple[str, ...] = ()) -> None:
        """`own` gives exact texts with their kinds; see `own_texts`. `allow` passes, but for keys and bytes."""
        self._allow = frozenset(allow)
        self._own = {own_text: re.compile(rf"(?<!\w){re.escape(own_text)}(?![\w])") for own_text in own}
        self._kinds = own

    def find(self, text: str) -> Iterator[PrivateText]:
        """Everything in a text that must not be published."""
        for own_text, pattern in self._own.items():
            if own_text in text:
                yield from self._matches(self._kinds[own_text], pattern, text)
        folded = text.casefold()
        for known in PATTERNS:
            if any(letters in folded for letters in known.has):
                yield from self._matches(known.kind, known.expression, text)
        for match in ENCODED.finditer(text):
            if len(set(match.group())) >= FEWEST_LETTERS:
                yield PrivateText(kind=RAW_BYTES, excerpt=_cut(match.group(), 24))

    def _matches(self, kind: str, pattern: re.Pattern[str], text: str) -> Iterator[PrivateText]:
        for match in pattern.finditer(text):
            allowed = any(match.group() in allowed and allowed in text for allowed in self._allow)
            if kind in NEVER_ALLOWED or not allowed:
                yield PrivateText(kind=kind, excerpt=_cut(match.group(), 4 if kind == KEY else 40))


def own_texts(*folders: Path) -> dict[str, str]:
    """What gives this machine away: its names, the home folder and FOLDERS, and the environment's keys."""
    hosts = {socket.gethostname(), socket.gethostname().split(".")[0], socket.getfqdn()}
    texts = {host: "a host" for host in hosts if len(host) >= SHORTEST_HOST and not host.startswith("localhost")}
    for folder in (Path.home(), Path.cwd(), *folders):
        path = str(folder.resolve())
        if len(Path(path).parts) > 2 or path == str(Path.home()) != "/":
            texts[path] = "a path"
    for name, value in os.environ.items():
        if KEY_NAMES.search(name) and len(value) >= SHORTEST_KEY and not Path(value).exists():
            texts[value] = KEY
    return texts


def _cut(text: str, length: int) -> str:
    shown = text.replace("\n", " ").encode("ascii", "backslashreplace").decode()
    return shown if len(shown) <= length else f"{shown[:length]}..."

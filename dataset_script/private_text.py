"""What must not stand in a text that is published: keys, e-mail addresses, this machine's hosts and paths, raw bytes.

A pattern errs towards reporting: a push that stops can be let through by the person who reads the text, a key that
went out can't be called back. Loopback addresses and public web addresses are nobody's secret and pass. Texts are read
as a person reads them, with their escapes undone: a reply as it came is JSON.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dataset_script.encoded_bytes import encoded_runs
from dataset_script.plain_text import read_plainly
from dataset_script.private_patterns import KEY, PASSWORD, PATTERNS, RAW_BYTES

HOST: Final = "a host"
NEVER_ALLOWED: Final = frozenset({KEY, RAW_BYTES})
"""The kinds that no setting lets pass."""
SHOWN_LETTERS: Final[Mapping[str, int]] = {KEY: 4, PASSWORD: 4, RAW_BYTES: 24}
"""Letters that a report shows of a kind; of others 40."""

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
        self._own = {own_text: re.compile(rf"(?<![A-Za-z0-9]){re.escape(own_text)}(?![A-Za-z0-9])") for own_text in own}
        self._kinds = own

    def find(self, text: str) -> Iterator[PrivateText]:
        """Everything in a text that must not be published, each once."""
        yield from dict.fromkeys(self._found(text, read_plainly(text)))

    def _found(self, text: str, plain: str) -> Iterator[PrivateText]:
        """The same, looked for in the text as it stands and as it is read."""
        readings = dict.fromkeys((text, plain))
        for own_text, pattern in self._own.items():
            for reading in readings:
                if own_text in reading:
                    yield from self._matches(self._kinds[own_text], pattern, reading)
        folded = plain.casefold()
        for known in PATTERNS:
            reading, letters = (text, text) if known.escaped else (plain, folded)
            if any(map(letters.__contains__, known.has)):
                yield from self._matches(known.kind, known.expression, reading)
        for run in encoded_runs(plain):
            yield _private(RAW_BYTES, run)

    def _matches(self, kind: str, pattern: re.Pattern[str], text: str) -> Iterator[PrivateText]:
        for match in pattern.finditer(text):
            allowed = any(match.group() in allowed and allowed in text for allowed in self._allow)
            if kind in NEVER_ALLOWED or not allowed:
                yield _private(kind, match.group())


def own_texts(*folders: Path) -> dict[str, str]:
    """What gives this machine away: its names, the home folder and FOLDERS, and the environment's keys."""
    hosts = {socket.gethostname(), socket.gethostname().split(".")[0], socket.getfqdn()}
    texts = {host: HOST for host in hosts if len(host) >= SHORTEST_HOST and not host.startswith("localhost")}
    for folder in (Path.home(), Path.cwd(), *folders):
        path = str(folder.resolve())
        if len(Path(path).parts) > 2 or path == str(Path.home()) != "/":
            texts[path] = "a path"
    for name, value in os.environ.items():
        if KEY_NAMES.search(name) and len(value) >= SHORTEST_KEY and not Path(value).exists():
            texts[value] = KEY
    return texts


def _private(kind: str, text: str) -> PrivateText:
    """A finding with as much of the text as may be shown."""
    length = SHOWN_LETTERS.get(kind, 40)
    shown = text.replace("\n", " ").encode("ascii", "backslashreplace").decode()
    return PrivateText(kind=kind, excerpt=shown if len(shown) <= length else f"{shown[:length]}...")

"""Who is asking: on this machine alone the one rater the server was started for, else whoever shows a rater's token.

A token comes in once, in the body of the sign-in, and goes on as a cookie that no script can read.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.errors import InputError
from scoring.rating.raters import rater_id

SHORTEST_TOKEN: Final = 16
"""Characters: what people type by heart is too easy to guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A rater."""

    name: str
    """As the rater is called here; it stays here."""
    rater: str
    """The id in the ratings."""


class Access:
    """The raters and how they are told apart."""

    def __init__(self, tokens: Mapping[str, Person], alone: Person | None = None) -> None:
        """Let in whoever has one of the tokens; with `alone` everybody is that person and no token is asked for."""
        self.alone = alone
        self._people = [(_digest(token), person) for token, person in tokens.items()]

    def person_with(self, token: str) -> Person | None:
        """Whose token it is; all are compared, in a time that does not tell how near a guess came."""
        given, found = _digest(token), None
        for digest, person in self._people:
            if hmac.compare_digest(given, digest):
                found = person
        return found


def alone(name: str, runs: Path) -> Access:
    """Access for the one person at this machine."""
    return Access({}, alone=Person(name=name, rater=rater_id(name, runs)))


def new_tokens(names: Sequence[str]) -> dict[str, str]:
    """A fresh token for each name, by token."""
    if len(set(names)) < len(names):
        raise InputError(f"--rater {', '.join(names)}: a name comes twice; give each rater a name of their own")
    return {secrets.token_urlsafe(24): name for name in names}


def with_tokens(names: Mapping[str, str], runs: Path) -> Access:
    """Access for the raters of these names, by token."""
    return Access({token: Person(name=name, rater=rater_id(name, runs)) for token, name in names.items()})


def read_tokens(path: Path) -> dict[str, str]:
    """The names in a file of lines "TOKEN NAME", by token; # begins a comment. What is wrong is said without tokens."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--raters {path}: can't be read ({error}); expected lines of TOKEN NAME") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        token, _, name = line.strip().partition(" ")
        if not token or token.startswith("#"):
            continue
        if len(token) < SHORTEST_TOKEN or not token.isascii() or not name.strip():
            raise InputError(
                f"{path}:{number}: expected TOKEN NAME, the token of {SHORTEST_TOKEN} ASCII characters or more; "
                'make one with: python -c "import secrets; print(secrets.token_urlsafe())"'
            )
        if token in found or name.strip() in found.values():
            raise InputError(f"{path}:{number}: this token or name stands there twice; give each rater their own")
        found[token] = name.strip()
    if not found:
        raise InputError(f"{path}: no rater in it; expected lines of TOKEN NAME")
    return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

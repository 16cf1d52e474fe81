"""What keys, passwords, addresses, paths and hosts look like, and what they don't: ordinary words about games."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KEY: Final = "a key"
PASSWORD: Final = "a password"
RAW_BYTES: Final = "raw bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What one kind of text that must not be published looks like."""

    kind: str
    """What it is."""
    has: tuple[str, ...]
    """One of these stands in every match, its case folded: texts without one need not be searched."""
    expression: re.Pattern[str]
    """What matches."""
    escaped: bool = False
    """Backslashes are part of it: it is looked for in the text as it stands, before escapes are undone."""


_LETTER: Final = r"[^\s\"'<>*,;(){}\[\]]"
_VALUE: Final = rf"{_LETTER}{{8,}}"
_RANDOM: Final = rf"(?={_LETTER}{{0,99}}?(?=[A-Za-z0-9]{{6}})(?:[A-Za-z]{{1,99}}[0-9]|[0-9]{{1,99}}[A-Za-z])){_VALUE}"
"""A value with letters and digits in one run of six or more, as words don't have."""
_IS: Final = r"[\"']? ?[=:]\s*[\"']?"
_BYTE: Final = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"

PATTERNS: Final = (
    Pattern(
        kind=KEY,
        has=(
            *("hf_", "sk-", "aiza", "aq.", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"),
            *("akia", "asia", "ya29.", "gocspx-", "gsk_", "xai-", "nvapi-", "r8_", "k_live_", "k_test_", "npm_"),
            *("pypi-", "pplx-", "eyj", "-----begin", "://"),
        ),
        expression=re.compile(
            r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{20,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|AQ\.[\w-]{30,}"
            r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[\w-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
            r"|(?:AKIA|ASIA)[A-Z0-9]{16}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}"
            r"|nvapi-[\w-]{20,}|r8_[A-Za-z0-9]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{30,}"
            r"|pypi-[\w-]{30,}|pplx-[A-Za-z0-9]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+)"
            r"|-----BEGIN [A-Z ]*PRIVATE KEY|\w://[^/\s:@]+:[^/\s:@]+@"
        ),
    ),
    Pattern(
        kind=KEY,
        has=(
            *("token", "secret", "passw", "credentials", "authorization", "bearer"),
            *("key=", "key:", "key =", "key :", 'key"', "key'"),  # prompts speak of keys
        ),
        expression=re.compile(
            rf"(?i:(?<![A-Za-z0-9])(?:api[_ -]?key|(?:access|secret|private)[_-]?key|client[_-]?secret"
            rf"|(?:access|auth|refresh)[_-]?token){_IS}{_VALUE}"
            rf"|(?<=[A-Za-z0-9]_)(?:key|token|secret|password|passwd|credentials){_IS}{_RANDOM}"
            rf"|(?<![A-Za-z0-9])authorization{_IS}(?:basic|bearer|digest|token)\s+{_VALUE}"
            rf"|(?<![A-Za-z0-9])bearer\s+[\w.~+/-]{{20,}})"
            rf"|(?<=[A-Z0-9]_)(?:TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS) ?=\s*[\"']?{_VALUE}"
        ),
    ),
    Pattern(
        kind=PASSWORD,
        has=("secret", "passw", "passphrase", "token"),
        expression=re.compile(rf"(?i:(?<![A-Za-z0-9_])(?:secret|password|passwd|passphrase|token){_IS}{_RANDOM})"),
    ),
    Pattern(
        kind="an e-mail address",
        has=("@",),
        expression=re.compile(r"\b[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,}\b"),
    ),
    Pattern(
        kind="a path",
        has=("/",),
        expression=re.compile(
            r"(?<![\w./-])/(?:home|Users|root|tmp|var|etc|opt|usr|mnt|media|srv|private|workspace|data|run|proc|Volumes"
            r"|app|content|kaggle|scratch|nix|storage|sdcard|Library|Applications)/[\w.+~-]+"
            r"|(?<![\w.+~/-])/(?:[\w.+~-]{1,99}/){1,32}[\w.+~-]+\.(?:gbc?|gba|sav|srm|py|sqlite|db|arrow)\b"
            r"|(?<![\w~./-])~/(?:\.?[\w+-]+/[\w.+~-]+|[\w+-]*\.\w+)"
            r"|(?<![A-Za-z0-9])[A-Za-z]:/[\w.+-]+/[\w.+-]|\bfile:///?\w"
        ),
    ),
    Pattern(
        kind="a path",
        has=("\\",),
        escaped=True,
        # What follows the drive may be escapes: "A:\nopen the menu" is no path, "D:\roms\red.gb" is.
        expression=re.compile(
            r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))[A-Za-z]:"
            r"(?:\\{1,8}(?![nrtbf]|u[0-9a-fA-F]{4})[\w. -]+\\+[\w.-]|(?:\\{1,8}[\w-]+)+\.[a-z0-9]{1,4}(?!\w))"
            r"|(?<!\\)(\\{1,8})\1[\w.-]+\1(?!\\)[\w$.-]+"
        ),
    ),
    Pattern(
        kind="a host",
        has=tuple(f".{digit}" for digit in range(10)),
        # Four numbers below 20 are a version, unless a port or two slashes say otherwise, or 10 comes first.
        expression=re.compile(
            rf"(?:(?<=//)|(?<![\w.-])(?!(?!10\.)(?:1?[0-9]\.){{3}}1?[0-9](?!:?[0-9])))"
            rf"(?!127\.|0\.0\.0\.0)(?:{_BYTE}\.){{3}}{_BYTE}(?![\w-]|\.[0-9])"
        ),
    ),
    Pattern(
        kind="a host",
        has=(".local", ".lan", ".internal", ".intranet", ".corp", ".home.arpa", "://", "host=", "::"),
        expression=re.compile(
            r"(?i:\b[\w-]{1,63}\.(?:local|lan|internal|intranet|corp|localdomain|home\.arpa)\b"
            r"|\b\w+://(?!localhost\b)(?:(?=[\w-]*[a-z])[\w-]+(?![\w-]|\.\w)|\[(?!::1\])[0-9a-f:.]+)"
            r"|\bhost=[\"'](?!localhost\b)(?=[\w-]*[a-z])[\w-]+[\"']"
            r"|(?<![\w:.])(?:fe80|f[cd][0-9a-f]{2}|[23][0-9a-f]{3}):(?:[0-9a-f]{1,4}:)*:(?:[0-9a-f]{1,4}:)*[0-9a-f]{0,4})"
        ),
    ),
    Pattern(
        kind=RAW_BYTES,
        has=(*map(chr, (*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20))), "\ufffd"),
        expression=re.compile(r"\x00|[\x01-\x08\x0e-\x1a\x1c-\x1f]{4,}|\ufffd{8,}"),
    ),
    Pattern(
        kind=RAW_BYTES,
        has=("\\",),
        escaped=True,
        expression=re.compile(r"(?:\\{1,8}(?:u00|x)[0-9a-fA-F]{2}){16,}"),
    ),
)

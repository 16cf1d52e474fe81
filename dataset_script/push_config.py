"""What a push is asked for: the typed keys under `push` in configs/build.yaml, checked.

There is no key for a token: it comes from the environment or from `hf auth login`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from collector.errors import ConfigError

REPO_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}")
TAG: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")


class RaterNames(StrEnum):
    """How people who rated are named in what is published."""

    SALTED = "salted"
    NAMES = "names"


@dataclass(kw_only=True)
class PushConfig:
    """The keys under `push`."""

    repo_id: str | None = None
    """user/name on the Hub; null: nothing is pushed."""
    private: bool = True
    """Whether the repository is made private."""
    dry_run: bool = False
    """Check everything and say what would be sent; send nothing."""
    rights: str | None = None
    """Who holds the rights to the pictures and why they may be published; stands on the card."""
    tag: str | None = None
    """The version's tag; null: one made from the content."""
    feedback: bool = False
    """Whether people's feedback and reasons for their scores are published."""
    raters: str = "salted"
    """salted or names: how people who rated are named."""
    allow: list[str] = field(default_factory=list)
    """Exact texts that the searches for addresses, hosts and paths are to let pass, in a build and in a push."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """A checked push."""

    repo_id: str
    """user/name on the Hub."""
    private: bool
    """Whether the repository is made private."""
    dry_run: bool
    """Send nothing."""
    rights: str | None
    """Who holds the rights to the pictures; None if not said."""
    tag: str | None
    """The version's tag; None for one made from the content."""
    feedback: bool
    """Whether people's texts are published."""
    raters: RaterNames
    """How people who rated are named."""
    allow: tuple[str, ...]
    """Exact texts that may be published."""


def push_settings(config: PushConfig) -> PushSettings | None:
    """The push that a configuration asks for, None without a repository; ConfigError names the key that is wrong."""
    if config.repo_id is None:
        if config.dry_run or config.tag or config.rights:
            raise ConfigError("push.repo_id=null: say where to push, e.g. push.repo_id=user/name")
        return None
    if not REPO_ID.fullmatch(config.repo_id) or "--" in config.repo_id or ".." in config.repo_id:
        raise ConfigError(
            f"push.repo_id={config.repo_id}: expected user/name of letters, digits, '-', '_' and '.' ('--' and '..' "
            "are refused by the Hub)"
        )
    if config.tag is not None and (not TAG.fullmatch(config.tag) or config.tag == "main" or _is_commit(config.tag)):
        raise ConfigError(f"push.tag={config.tag}: expected a tag such as v1 (letters, digits, '-', '_', '.')")
    if config.raters not in list(RaterNames):
        raise ConfigError(f"push.raters={config.raters}: expected one of {', '.join(RaterNames)}")
    return PushSettings(
        repo_id=config.repo_id,
        private=config.private,
        dry_run=config.dry_run,
        rights=(config.rights or "").strip() or None,
        tag=config.tag,
        feedback=config.feedback,
        raters=RaterNames(config.raters),
        allow=tuple(text for text in config.allow if text),
    )


def _is_commit(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}", text) is not None

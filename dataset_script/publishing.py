"""What changes in sessions that are to be published: people's names and texts.

Names become `rater-` and a hash with a salt that stays beside splits.json and is never pushed: the same person keeps
the same name from build to build, and no list of names gives it away. What the rule and a judge wrote stays.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from collector.errors import InputError
from dataset_script.corpus import RatedSession
from dataset_script.push_config import PushSettings, RaterNames
from scoring.records import Annotation, Source

SALT_FILE: Final = "rater_salt.txt"
"""Beside splits.json; kept from build to build, never pushed."""

LEFT_OUT: Final = "Left out of what is published."


def prepared(
    sessions: Sequence[RatedSession], push: PushSettings | None, output: Path, tell: Callable[[str], None]
) -> tuple[Sequence[RatedSession], str | None]:
    """The sessions as a push may show them, and the salt to keep; as they are if nothing is to be pushed."""
    salt = read_salt(output)
    if push is None:
        return sessions, salt
    require_rights(sessions, push)
    if not any(rating.source == Source.HUMAN for session in sessions for rating in session.annotations):
        return sessions, salt
    salt = salt or new_salt()
    tell(_told(push))
    return [published(session, push, salt) for session in sessions], salt


def _told(push: PushSettings) -> str:
    names = "are kept" if push.raters is RaterNames.NAMES else "become salted hashes (push.raters=names keeps them)"
    texts = "are kept" if push.feedback else "are left out (push.feedback=true keeps them)"
    return f"to be published: names of people who rated {names}, their texts {texts}"


def require_rights(sessions: Sequence[RatedSession], push: PushSettings) -> None:
    """InputError if a game other than the bundled cartridge was played and nobody said that it may be published."""
    foreign = sorted({session.record.game for session in sessions if not session.record.synthetic})
    if foreign and push.rights is None:
        raise InputError(
            f"push.repo_id={push.repo_id}: sessions show {', '.join(foreign)}, which is not the bundled cartridge; its "
            "screens belong to others: say why they may be published, e.g. push.rights='own homebrew, CC BY 4.0'"
        )


def published(session: RatedSession, push: PushSettings, salt: str) -> RatedSession:
    """The session with its raters named, and their texts kept, as the push says."""
    annotations = tuple(_annotation(annotation, push, salt) for annotation in session.annotations)
    record = session.record
    if not push.feedback and any(annotation.source == Source.HUMAN for annotation in annotations):
        result = dataclasses.replace(record.final_result, human_feedback=None, score_justification=None)
        record = dataclasses.replace(record, final_result=result)
    return dataclasses.replace(session, record=record, annotations=annotations)


def _annotation(annotation: Annotation, push: PushSettings, salt: str) -> Annotation:
    if annotation.source != Source.HUMAN:
        return annotation
    if push.raters is RaterNames.SALTED:
        annotation = dataclasses.replace(annotation, rater=salted(annotation.rater, salt))
    if not push.feedback:
        reason = LEFT_OUT if annotation.score is None else ""
        annotation = dataclasses.replace(annotation, feedback="", justification=reason)
    return annotation


def salted(rater: str, salt: str) -> str:
    """A name that only who holds the salt can trace."""
    return f"rater-{hmac.new(salt.encode(), rater.encode(), hashlib.sha256).hexdigest()[:12]}"


def read_salt(folder: Path) -> str | None:
    """The salt of earlier builds into this folder; None if there was none."""
    try:
        salt = (folder / SALT_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder / SALT_FILE}: can't be read ({error}); restore it, or delete it to rename raters"
        ) from error
    return salt or None


def new_salt() -> str:
    """A salt that nobody can guess."""
    return secrets.token_hex(32)


def write_salt(folder: Path, salt: str) -> None:
    """Keep the salt, for the owner's eyes only."""
    path = folder / SALT_FILE
    path.touch(mode=0o600)
    path.write_text(salt + "\n", encoding="ascii")

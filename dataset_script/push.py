"""The push of a dataset folder to the Hub: all of it in one commit, or none.

Files that are not there yet are uploaded first; only then one commit, on top of the head that was seen, adds what is
new and deletes what an earlier push left. So a cut at any moment leaves main as it was, and pushing again goes on.
What stands is then read back and compared with the folder, byte for byte, and tagged.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from collector.errors import InputError, WorkError
from dataset_script.hub import HubDataset, RemoteFile, RemoteState
from dataset_script.output_folder import CARD_FILE, SHARD_NAME, SHEET_FILE
from dataset_script.push_config import PushSettings
from dataset_script.retrying import PassingError, retried
from dataset_script.splits import SPLITS_FILE

Tell: TypeAlias = Callable[[str], None]

OWN_FILES: Final = (CARD_FILE, SHEET_FILE, SPLITS_FILE)
OWN_SHARD: Final = re.compile(rf"[\w-]+/{SHARD_NAME.pattern}")
"""How the builder names what it writes: what a later push may delete."""
STARTER_FILES: Final = (".gitattributes", CARD_FILE, "LICENSE")
"""What a repository may hold before its first push."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file to be pushed."""

    path: Path
    """Where it stands."""
    size: int
    """Bytes."""
    sha256: str
    """Of its content."""
    git_sha1: str
    """What git calls it."""

    def equals(self, remote: RemoteFile | None) -> bool:
        """Whether the Hub lists the same content."""
        if remote is None or remote.size != self.size:
            return False
        return remote.sha256 == self.sha256 if remote.sha256 is not None else remote.blob_id == self.git_sha1


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What lies between the Hub and the folder."""

    add: tuple[str, ...]
    """Paths whose content is new or other."""
    delete: tuple[str, ...]
    """Paths of an earlier push that the folder no longer has."""

    def __bool__(self) -> bool:
        return bool(self.add or self.delete)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What a push did."""

    url: str
    """The repository's page."""
    changes: Changes
    """What was, or in a dry run would be, changed."""
    changed_bytes: int
    """Size of the files that were new or other."""
    files: int
    """Files of the folder."""
    commit: str | None
    """The commit that was read back; None in a dry run."""
    tag: str
    """The version's name."""


def local_files(files: Mapping[str, Path]) -> dict[str, LocalFile]:
    """Sizes and digests of the files to be pushed."""
    return {name: _local_file(path) for name, path in files.items()}


def push(files: Mapping[str, LocalFile], repository: HubDataset, settings: PushSettings, tell: Tell) -> PushReport:
    """Bring the repository to hold exactly these files of ours; the report of what was done.

    InputError before anything is sent if the repository is not ours to write to.
    """
    tag = settings.tag or f"content-{content_digest(files)[:12]}"
    state = retried(repository.read, tell)
    if state is not None:
        _check_repository(state, settings)
        retried(lambda: _check_tag(repository, state, tag, files), tell)
    planned = changes_between(state, files)
    if settings.dry_run:
        return _report(repository, planned, files, None, tag)
    head = retried(lambda: _bring(files, repository, settings), tell)
    tell(f"reading {len(files)} files back")
    _read_back(files, repository, head, tell)
    retried(lambda: _set_tag(repository, tag, head, files), tell)
    return _report(repository, planned, files, head, tag)


def content_digest(files: Mapping[str, LocalFile]) -> str:
    """Hex digest of all names and contents."""
    lines = "".join(f"{name} {file.sha256}\n" for name, file in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def changes_between(state: RemoteState | None, files: Mapping[str, LocalFile]) -> Changes:
    """What a commit must change; nothing if the repository holds the folder as it is."""
    return _changes({} if state is None else state.files, files)


def _changes(remote: Mapping[str, RemoteFile], files: Mapping[str, LocalFile]) -> Changes:
    return Changes(
        add=tuple(name for name, file in files.items() if not file.equals(remote.get(name))),
        delete=tuple(sorted(name for name in remote if name not in files and _is_own(name))),
    )


def _bring(files: Mapping[str, LocalFile], repository: HubDataset, settings: PushSettings) -> str:
    """One attempt: look what stands, send what is missing, commit; the head once it holds the folder.

    An answer that got lost shows here as a head that holds everything: then nothing is committed twice.
    """
    state = repository.read()
    if state is None:
        repository.create(private=settings.private)
        state = repository.read()
    if state is None:
        raise PassingError(f"{repository.url}: made, but not to be found yet")
    _check_repository(state, settings)
    changes = changes_between(state, files)
    if not changes:
        return state.head
    add = {name: files[name].path for name in changes.add}
    message = f"Push {len(files)} files, content {content_digest(files)[:12]}"
    repository.commit(add, list(changes.delete), parent=state.head, message=message)
    after = repository.read()
    if after is None or changes_between(after, files):
        raise PassingError(f"{repository.url}: the commit was taken, but main does not hold it")
    return after.head


def _check_repository(state: RemoteState, settings: PushSettings) -> None:
    """InputError if it holds what no push of ours wrote, or more people would see it than asked for."""
    if settings.private and not state.private:
        raise InputError(
            f"push.repo_id={settings.repo_id}: it is public; push.private=false pushes there, another "
            "name keeps it private"
        )
    foreign = [name for name in state.files if name not in STARTER_FILES]
    if foreign and SPLITS_FILE not in state.files:
        raise InputError(
            f"push.repo_id={settings.repo_id}: it holds {foreign[0]} and no {SPLITS_FILE}, so no push of this "
            "project made it; choose another name"
        )
    script = f"{settings.repo_id.split('/')[1]}.py"
    if script in state.files:
        raise InputError(
            f"push.repo_id={settings.repo_id}: it holds {script}, with which load_dataset refuses it; delete it"
        )


def _check_tag(repository: HubDataset, state: RemoteState, tag: str, files: Mapping[str, LocalFile]) -> None:
    """InputError if the tag names other content: a version never changes."""
    commit = state.tags.get(tag)
    if commit is not None and _changes(repository.files_at(commit), files):
        raise InputError(f"push.tag={tag}: it already names other content (commit {commit[:12]}); choose a new one")


def _set_tag(repository: HubDataset, tag: str, head: str, files: Mapping[str, LocalFile]) -> None:
    state = repository.read()
    if state is not None and tag not in state.tags:
        repository.tag(tag, head)
        state = repository.read()
    if state is None or tag not in state.tags:
        raise PassingError(f"{repository.url}: the tag {tag} was taken, but does not stand")
    _check_tag(repository, state, tag, files)


def _read_back(files: Mapping[str, LocalFile], repository: HubDataset, head: str, tell: Tell) -> None:
    """WorkError unless a reader gets every file as it is in the folder."""
    for name, file in files.items():
        seen = retried(lambda name=name: repository.sha256_of(name, head), tell)  # type: ignore[misc]
        if seen != file.sha256:
            raise WorkError(
                f"{repository.url}: {name} at {head[:12]} reads back with sha256 {seen}, the folder has "
                f"{file.sha256}; the commit is not tagged. The Hub keeps damaged content: delete the "
                "repository and push again"
            )


def _is_own(name: str) -> bool:
    return name in OWN_FILES or OWN_SHARD.fullmatch(name) is not None


def _local_file(path: Path) -> LocalFile:
    size, sha256 = path.stat().st_size, hashlib.sha256()
    git = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as data:
        while block := data.read(1 << 20):
            sha256.update(block)
            git.update(block)
    return LocalFile(path=path, size=size, sha256=sha256.hexdigest(), git_sha1=git.hexdigest())


def _report(
    repository: HubDataset, changes: Changes, files: Mapping[str, LocalFile], commit: str | None, tag: str
) -> PushReport:
    return PushReport(
        url=repository.url,
        changes=changes,
        changed_bytes=sum(files[name].size for name in changes.add),
        files=len(files),
        commit=commit,
        tag=tag,
    )

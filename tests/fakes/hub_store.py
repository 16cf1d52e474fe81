"""What the loopback Hub keeps: repositories with their whole history, and large files by sha256.

It refuses what the Hub refuses: content that differs from its declared sha256 or size, a commit whose parent is not
the head, a pointer to a large file that was never uploaded. Nothing is ever forgotten, so a commit that should not
have been made shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

LARGE_SUFFIXES = (".parquet", ".png", ".arrow", ".bin")
LARGE_BYTES = 10_000_000


class Refusal(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a commit."""

    size: int
    """Bytes."""
    blob_oid: str
    """Git's sha1 of the blob; of the pointer's for a large file."""
    sha256: str | None
    """Of the content, for a large file; None for a regular one."""

    @property
    def oid(self) -> str:
        """What preupload answers and what the ETag says."""
        return self.sha256 or self.blob_oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit with its whole tree."""

    oid: str
    parent: str | None
    title: str
    files: Mapping[str, StoredFile]
    date: str


@dataclass(slots=True)
class Repository:
    """A dataset repository."""

    repo_id: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    """Every commit that was ever accepted, in order."""
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    """Regular files, by git's sha1."""

    def commit_at(self, revision: str) -> Commit:
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        if oid not in self.commits:
            raise Refusal(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]

    def history(self, revision: str = "main") -> list[Commit]:
        """The commits that a revision reaches, newest first."""
        found: list[Commit] = []
        oid: str | None = self.commit_at(revision).oid
        while oid is not None:
            found.append(self.commits[oid])
            oid = self.commits[oid].parent
        return found

    def orphans(self) -> list[Commit]:
        """Commits that no branch and no tag reaches."""
        reached = {commit.oid for name in (*self.branches, *self.tags) for commit in self.history(name)}
        return [commit for oid, commit in self.commits.items() if oid not in reached]

    def add_commit(self, branch: str, title: str, files: Mapping[str, StoredFile]) -> Commit:
        parent = self.branches.get(branch)
        tree = {path: file.oid for path, file in sorted(files.items())}
        seed = json.dumps([parent, title, tree, len(self.commits)])
        commit = Commit(
            oid=hashlib.sha1(seed.encode()).hexdigest(),
            parent=parent,
            title=title,
            files=dict(sorted(files.items())),
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        )
        self.commits[commit.oid] = commit
        self.branches[branch] = commit.oid
        return commit

    def store_blob(self, content: bytes) -> StoredFile:
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        self.blobs[oid] = content
        return StoredFile(size=len(content), blob_oid=oid, sha256=None)


@dataclass(slots=True)
class HubStore:
    """Repositories, users by token, and large files."""

    tokens: Mapping[str, str] = field(default_factory=lambda: {"hf_loopback_write": "user"})
    repositories: dict[str, Repository] = field(default_factory=dict)
    large_files: dict[str, bytes] = field(default_factory=dict)
    uploaded_bytes: int = 0
    """Bytes of large files that were sent, refused and cut ones too."""

    def create(self, repo_id: str, *, private: bool) -> Repository:
        if repo_id in self.repositories:
            raise Refusal(409, "You already created this dataset repo")
        repository = Repository(repo_id=repo_id, private=private)
        attributes = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES)
        repository.add_commit("main", "initial commit", {".gitattributes": repository.store_blob(attributes.encode())})
        self.repositories[repo_id] = repository
        return repository

    def repository(self, repo_id: str, user: str | None) -> Repository:
        repository = self.repositories.get(repo_id)
        if repository is None or (repository.private and user != repo_id.split("/")[0]):
            raise Refusal(404, "Repository not found", "RepoNotFound")
        return repository

    def put_large_file(self, oid: str, size: int, content: bytes, *, corrupt: bool = False) -> None:
        """Keep what was sent if it is what was announced; `corrupt` then spoils what is kept."""
        if len(content) != size:
            raise Refusal(400, f"announced {size} bytes, got {len(content)}")
        if (seen := hashlib.sha256(content).hexdigest()) != oid:
            raise Refusal(400, f"announced sha256 {oid}, got {seen}")
        self.large_files[oid] = bytes([content[0] ^ 1]) + content[1:] if corrupt else content

    def pointer(self, oid: str, size: int) -> StoredFile:
        """A large file as a commit holds it."""
        if oid not in self.large_files:
            raise Refusal(400, f"the large file {oid} was never uploaded")
        if len(self.large_files[oid]) != size:
            raise Refusal(400, f"the large file {oid} has {len(self.large_files[oid])} bytes, not {size}")
        text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()
        blob = hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest()
        return StoredFile(size=size, blob_oid=blob, sha256=oid)

    def content(self, repository: Repository, file: StoredFile) -> bytes:
        return repository.blobs[file.blob_oid] if file.sha256 is None else self.large_files[file.sha256]

    def unreferenced(self) -> set[str]:
        """Large files that no commit holds."""
        held = {
            file.sha256
            for repository in self.repositories.values()
            for commit in repository.commits.values()
            for file in commit.files.values()
        }
        return self.large_files.keys() - held


def is_large(path: str, size: int) -> bool:
    """Whether the Hub wants a file by LFS."""
    return size > 0 and (path.endswith(LARGE_SUFFIXES) or size > LARGE_BYTES)


def changed_tree(
    store: HubStore, repository: Repository, head: Commit, operations: Iterable[Mapping[str, object]]
) -> dict[str, StoredFile]:
    """The tree after a commit's operations."""
    import base64

    files = dict(head.files)
    for operation in operations:
        value = operation["value"]
        assert isinstance(value, dict)
        path = value["path"]
        match operation["key"]:
            case "file":
                files[path] = repository.store_blob(base64.b64decode(value["content"]))
            case "lfsFile":
                files[path] = store.pointer(value["oid"], value["size"])
            case "deletedFile":
                if files.pop(path, None) is None:
                    raise Refusal(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
            case "deletedFolder":
                files = {name: file for name, file in files.items() if not name.startswith(path.rstrip("/") + "/")}
            case key:
                raise Refusal(400, f"operation {key!r} is unknown")
    return files

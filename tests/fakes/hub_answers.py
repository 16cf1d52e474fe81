"""The loopback Hub's answers, one function a kind of request. Shapes as huggingface_hub 2.4 reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import yaml

from tests.fakes.hub_store import Commit, HubStore, Refusal, Repository, StoredFile, changed_tree, is_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked."""

    store: HubStore
    user: str | None
    """Whose token came along; None without a valid one."""
    url: str
    """The server's own address."""
    words: Mapping[str, str]
    """The variable parts of the path."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    corrupt: bool
    """Spoil what is kept or sent."""

    @property
    def repository(self) -> Repository:
        return self.store.repository(self.words["repo"], self.user)

    @property
    def commit(self) -> Commit:
        return self.repository.commit_at(self.words.get("revision", "main"))

    def json(self) -> Any:
        return json.loads(self.body)

    def require_writer(self, owner: str | None = None) -> str:
        """The user, who must be the owner."""
        if self.user is None:
            raise Refusal(401, "Invalid username or password.")
        owner = owner or self.words["repo"].split("/")[0]
        if owner != self.user:
            raise Refusal(403, f"You don't have the rights to write to {owner}")
        return self.user


def as_json(content: Any, status: int = 200) -> Answer:
    return Answer(status=status, body=json.dumps(content).encode())


def refused(refusal: Refusal) -> Answer:
    headers = {"X-Error-Message": refusal.message} | ({"X-Error-Code": refusal.code} if refusal.code else {})
    return Answer(status=refusal.status, body=json.dumps({"error": refusal.message}).encode(), headers=headers)


def whoami(request: Request) -> Answer:
    if request.user is None:
        raise Refusal(401, "Invalid username or password.")
    return as_json({"type": "user", "name": request.user, "fullname": request.user, "orgs": [], "auth": {}})


def create(request: Request) -> Answer:
    wanted = request.json()
    owner = wanted.get("organization") or request.user
    request.require_writer(owner)
    repo_id = f"{owner}/{wanted['name']}"
    url = f"{request.url}/datasets/{repo_id}"
    if repo_id in request.store.repositories:
        return as_json({"error": "You already created this dataset repo", "url": url}, 409)
    request.store.create(repo_id, private=wanted.get("visibility") == "private" or wanted.get("private") is True)
    return as_json({"url": url, "name": repo_id, "id": repo_id})


def validate_yaml(request: Request) -> Answer:
    found = re.match(r"---\n(.*?\n)---\n", request.json()["content"], re.DOTALL)
    try:
        yaml.safe_load(found.group(1) if found else "")
    except yaml.YAMLError as error:
        return as_json({"errors": [{"message": str(error)}], "warnings": []}, 400)
    return as_json({"errors": [], "warnings": []})


def info(request: Request) -> Answer:
    repository, commit = request.repository, request.commit
    return as_json(
        {
            "id": repository.repo_id,
            "author": repository.repo_id.split("/")[0],
            "sha": commit.oid,
            "lastModified": commit.date,
            "private": repository.private,
            "gated": False,
            "disabled": False,
            "tags": [],
            "downloads": 0,
            "siblings": [{"rfilename": path} for path in commit.files],
        }
    )


def tree(request: Request) -> Answer:
    commit, folder = request.commit, request.words.get("path", "").strip("/")
    prefix = f"{folder}/" if folder else ""
    inside = {path: file for path, file in commit.files.items() if path.startswith(prefix)}
    if folder and not inside:
        raise Refusal(404, f"{folder} does not exist", "EntryNotFound")
    deep = request.query.get("recursive", "false").lower() == "true"
    entries: dict[str, dict[str, Any]] = {}
    for path, file in inside.items():
        parts = path[len(prefix) :].split("/")
        for depth in range(1, len(parts) if deep else min(len(parts), 2)):
            name = prefix + "/".join(parts[:depth])
            entries[name] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": name}
        if deep or len(parts) == 1:
            entries[path] = _entry(path, file)
    return as_json(list(entries.values()))


def paths_info(request: Request) -> Answer:
    if request.headers.get("Content-Type", "").startswith("application/json"):
        wanted: Iterable[str] = request.json()["paths"]
    else:
        wanted = parse_qs(request.body.decode())["paths"]
    files = request.commit.files
    return as_json([_entry(path, files[path]) for path in wanted if path in files])


def _entry(path: str, file: StoredFile) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "file", "oid": file.blob_oid, "size": file.size, "path": path}
    if file.sha256 is not None:
        entry["lfs"] = {"oid": file.sha256, "size": file.size, "pointerSize": 130}
    return entry


def refs(request: Request) -> Answer:
    repository = request.repository

    def listed(names: Mapping[str, str], kind: str) -> list[dict[str, str]]:
        return [{"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": oid} for name, oid in names.items()]

    branches, tags = listed(repository.branches, "heads"), listed(repository.tags, "tags")
    return as_json({"branches": branches, "tags": tags, "converts": [], "pullRequests": []})


def commits(request: Request) -> Answer:
    return as_json(
        [
            {"id": commit.oid, "title": commit.title, "message": "", "date": commit.date, "authors": [{"user": "user"}]}
            for commit in request.repository.history(request.words["revision"])
        ]
    )


def preupload(request: Request) -> Answer:
    request.require_writer()
    files = request.commit.files
    return as_json(
        {
            "files": [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if is_large(file["path"], file["size"]) else "regular",
                    "shouldIgnore": False,
                    "oid": files[file["path"]].oid if file["path"] in files else None,
                }
                for file in request.json()["files"]
            ]
        }
    )


def commit(request: Request) -> Answer:
    """Everything of the request becomes one commit, or nothing does."""
    request.require_writer()
    repository, branch = request.repository, request.words["revision"]
    head = repository.commit_at(branch)
    header, *operations = [json.loads(line) for line in request.body.decode().splitlines() if line]
    parent = header["value"].get("parentCommit")
    if parent is not None and parent != head.oid:
        raise Refusal(412, "A commit has happened since. Please refresh and try again.")
    files = changed_tree(request.store, repository, head, operations)
    made = repository.add_commit(branch, header["value"]["summary"], files)
    url = f"{request.url}/datasets/{repository.repo_id}/commit/{made.oid}"
    return as_json({"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""})


def tag(request: Request) -> Answer:
    request.require_writer()
    repository, name = request.repository, request.json()["tag"]
    target = repository.commit_at(request.words["revision"])
    if name in repository.tags:
        raise Refusal(409, f"Tag reference exists already: {name}")
    repository.tags[name] = target.oid
    return as_json({})


def branch(request: Request) -> Answer:
    request.require_writer()
    repository, name = request.repository, request.words["revision"]
    if name in repository.branches:
        raise Refusal(409, f"Reference already exists: {name}")
    start = json.loads(request.body or b"{}").get("startingPoint") or "main"
    repository.branches[name] = repository.commit_at(start).oid
    return as_json({})


def lfs_batch(request: Request) -> Answer:
    request.require_writer()
    objects = []
    for wanted in request.json()["objects"]:
        oid, size = wanted["oid"], wanted["size"]
        known = request.store.large_files.get(oid)
        if known is not None and len(known) == size:
            objects.append({"oid": oid, "size": size})
            continue
        actions = {
            "upload": {"href": f"{request.url}/lfs/{oid}/{size}"},
            "verify": {"href": f"{request.url}/lfs/verify"},
        }
        objects.append({"oid": oid, "size": size, "actions": actions})
    return as_json({"transfer": "basic", "objects": objects})


def lfs_put(request: Request) -> Answer:
    oid, size = request.words["oid"], int(request.words["size"])
    request.store.put_large_file(oid, size, request.body, corrupt=request.corrupt)
    return Answer()


def lfs_verify(request: Request) -> Answer:
    said = request.json()
    if len(request.store.large_files.get(said["oid"], b"")) != said["size"]:
        raise Refusal(404, f"{said['oid']} with {said['size']} bytes is not here")
    return as_json({})


def resolve(request: Request) -> Answer:
    commit, path = request.commit, request.words["path"]
    file = commit.files.get(path)
    head = {"X-Repo-Commit": commit.oid}
    if file is None:
        answer = refused(Refusal(404, f"{path} does not exist at {commit.oid}", "EntryNotFound"))
        return Answer(status=404, body=answer.body, headers={**answer.headers, **head})
    content = request.store.content(request.repository, file)
    if request.corrupt:
        content = bytes([content[0] ^ 1]) + content[1:]
    head |= {"ETag": f'"{file.oid}"', "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    if file.sha256 is not None:
        head |= {"X-Linked-ETag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
    return _ranged(content, request.headers.get("Range") or request.headers.get("range"), head)


def _ranged(content: bytes, wanted: str | None, head: Mapping[str, str]) -> Answer:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
    if not found:
        return Answer(body=content, headers=head)
    first, last = found.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if start > end:
        return Answer(status=416, headers={**head, "Content-Range": f"bytes */{len(content)}"})
    headers = {**head, "Content-Range": f"bytes {start}-{end}/{len(content)}"}
    return Answer(status=206, body=content[start : end + 1], headers=headers)

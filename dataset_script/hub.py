"""A dataset repository on the Hub: the only file that calls huggingface_hub, whose errors end here.

PassingError for what may succeed the next time (a moved head, a busy or failing server, a cut line), InputError for
what the user must change, WorkError for the rest.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_session,
    get_token,
    hf_hub_download,
)
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils.tqdm import disable_progress_bars

from collector.errors import EeveeError, InputError, WorkError
from dataset_script.retrying import PassingError, seconds_of

PASSING_STATUS: Final = frozenset({408, 409, 412, 425, 429, 500, 502, 503, 504})
TIMEOUT_S: Final = 120.0
"""Longest silence of the server; huggingface_hub itself would wait for ever."""

HTTP_ERROR: Final = cast(type[Exception], HfHubHTTPError.__bases__[0])
"""Base of the errors of the HTTP library, which differs between versions of huggingface_hub."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as the Hub lists it."""

    size: int
    """Bytes."""
    sha256: str | None
    """Of the content, for a large file; None for one that git holds itself."""
    blob_id: str
    """Git's sha1 of the file, or of the pointer to a large one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteState:
    """The repository at one moment."""

    head: str
    """The commit that main is at."""
    private: bool
    """Who may read it."""
    files: Mapping[str, RemoteFile]
    """By path."""
    tags: Mapping[str, str]
    """Commits by tag."""


def has_token() -> bool:
    """Whether the environment (HF_TOKEN) or `hf auth login` gives a token."""
    return get_token() is not None


class HubDataset:
    """One dataset repository, as its owner sees it."""

    def __init__(self, repo_id: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Uses the token of the environment (HF_TOKEN) or of `hf auth login`; InputError if there is none."""
        self.repo_id = repo_id
        self._timeout_s = timeout_s
        if not has_token():
            raise InputError(
                f"push.repo_id={repo_id}: no token for the Hub; set HF_TOKEN to one that may write, or log in: "
                "hf auth login"
            )
        self._api = HfApi()

    @property
    def url(self) -> str:
        """Where people find it."""
        return f"{self._api.endpoint}/datasets/{self.repo_id}"

    def user(self) -> str:
        """Whose token it is."""
        with self._calling("asking whose token this is"):
            return str(self._api.whoami()["name"])

    def read(self) -> RemoteState | None:
        """The repository as it stands; None if it does not exist."""
        with self._calling("reading the repository"):
            try:
                info = self._api.dataset_info(self.repo_id)
            except RepositoryNotFoundError:
                return None
            refs = self._api.list_repo_refs(self.repo_id, repo_type="dataset")
        head = str(info.sha)
        tags = {tag.name: tag.target_commit for tag in refs.tags}
        return RemoteState(head=head, private=bool(info.private), files=self.files_at(head), tags=tags)

    def files_at(self, commit: str) -> dict[str, RemoteFile]:
        """Every file of a commit, by path."""
        with self._calling(f"listing the files of {commit[:12]}"):
            tree = self._api.list_repo_tree(self.repo_id, recursive=True, revision=commit, repo_type="dataset")
            return {
                entry.path: RemoteFile(
                    size=entry.lfs.size if entry.lfs else entry.size,
                    sha256=entry.lfs.sha256 if entry.lfs else None,
                    blob_id=entry.blob_id,
                )
                for entry in tree
                if isinstance(entry, RepoFile)
            }

    def create(self, *, private: bool) -> None:
        """Make the repository."""
        with self._calling("making the repository"):
            self._api.create_repo(self.repo_id, repo_type="dataset", private=private)

    def commit(self, add: Mapping[str, Path], delete: Sequence[str], *, parent: str, message: str) -> None:
        """Upload what is not there yet, then change everything in one commit on top of `parent` and on nothing else."""
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path_in_repo=path, path_or_fileobj=str(file)) for path, file in add.items()),
            *(CommitOperationDelete(path_in_repo=path, is_folder=False) for path in delete),
        ]
        with self._calling("sending the files"):
            self._api.create_commit(
                self.repo_id, operations, commit_message=message, repo_type="dataset", parent_commit=parent
            )

    def sha256_of(self, path: str, commit: str) -> str:
        """Digest of what a reader gets, downloaded for the purpose."""
        with self._calling(f"reading {path} back"), tempfile.TemporaryDirectory() as folder:
            local = hf_hub_download(
                self.repo_id, path, repo_type="dataset", revision=commit, local_dir=folder, force_download=True
            )
            with open(local, "rb") as data:
                return hashlib.file_digest(data, "sha256").hexdigest()

    def tag(self, name: str, commit: str) -> None:
        """Name a commit; no error if the name stands already."""
        with self._calling(f"tagging {name}"):
            self._api.create_tag(self.repo_id, tag=name, revision=commit, repo_type="dataset", exist_ok=True)

    @contextmanager
    def _calling(self, what: str) -> Iterator[None]:
        """Maps errors, and gives the shared client, which may be a new one, a timeout."""
        client = get_session()
        client.timeout = self._timeout_s
        try:
            yield
        except EeveeError:
            raise
        except (HTTP_ERROR, OSError, RuntimeError, ValueError) as error:
            raise self._mapped(error, what) from error

    def _mapped(self, error: BaseException, what: str) -> EeveeError:
        chain = list(_chain(error))
        if any(isinstance(link, OfflineModeIsEnabled) for link in chain):
            return InputError("HF_HUB_OFFLINE is set: nothing can be pushed; unset it")
        refused = next((link for link in chain if isinstance(link, HfHubHTTPError)), None)
        status = getattr(getattr(refused, "response", None), "status_code", None)
        if refused is not None and status is not None:
            said = getattr(refused, "server_message", None) or str(refused).splitlines()[0]
            return self._refusal(status, said, refused, what)
        passing = next((link for link in chain if isinstance(link, HTTP_ERROR | ConnectionError | TimeoutError)), None)
        if passing is not None:
            return PassingError(f"{what}: no answer from {self._api.endpoint} ({type(passing).__name__}: {passing})")
        return WorkError(f"{what}: {chain[-1]}")

    def _refusal(self, status: int, said: str, refused: HfHubHTTPError, what: str) -> EeveeError:
        if status in PASSING_STATUS:
            pause_s = seconds_of(refused.response.headers.get("Retry-After"))
            return PassingError(f"{what}: the Hub answered {status} ({said})", pause_s=pause_s)
        if status == 401:
            return InputError(f"{what}: the Hub does not accept the token ({said}); set HF_TOKEN to a valid one")
        if status == 403:
            return InputError(
                f"{what}: the token may not write to {self.repo_id} ({said}); use one with write access, or your own "
                "name in push.repo_id"
            )
        return WorkError(f"{what}: the Hub answered {status} ({said})")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def quiet_libraries(*, bars: bool) -> None:
    """Keep huggingface_hub from warning of what is handled here, and from drawing bars that nobody sees."""
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    if not bars:
        disable_progress_bars()

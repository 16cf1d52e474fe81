"""Pushes as a user starts them, in processes of their own with unmodified huggingface_hub and datasets.

`run_push` runs the whole command. `push_built` pushes a folder that is built already, with every pause written to
stderr instead of waited for; `start_push` begins the same for somebody to kill:
`python -m tests.pushing FOLDER REPO_ID [TIMEOUT_S]`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.fakes.hub_server import LoopbackHub
from tests.fakes.hub_store import Repository
from tests.playing import ROOT
from tests.warm_python import run_module

TOKEN = "hf_loopback_write"
REPO_ID = "user/thistledown"


def hub_environment(hub: LoopbackHub, home: Path, token: str | None = TOKEN) -> dict[str, str]:
    """The environment of a process that takes `hub` for the Hub."""
    environment = {name: value for name, value in os.environ.items() if name != "HF_DATASETS_CACHE"}
    environment |= {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
    }
    return environment | ({"HF_TOKEN": token} if token else {})


def run_push(
    hub: LoopbackHub, base: Path, *overrides: str, token: str | None = TOKEN
) -> subprocess.CompletedProcess[str]:
    """Build BASE/dataset from BASE/runs and push it."""
    return run_module(
        "dataset_script",
        f"runs={base / 'runs'}",
        f"output={base / 'dataset'}",
        f"push.repo_id={REPO_ID}",
        *overrides,
        folder=Path.cwd(),
        env=hub_environment(hub, base / "home", token),
    )


def push_built(hub: LoopbackHub, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Push a built folder: exit code, stdout and stderr."""
    env = hub_environment(hub, folder.parent / "home")
    done = run_module("tests.pushing", str(folder), REPO_ID, *arguments, folder=ROOT, env=env)
    return done.returncode, done.stdout, done.stderr


def start_push(hub: LoopbackHub, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Push a built folder in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.pushing", str(folder), REPO_ID, *arguments],
        env=hub_environment(hub, folder.parent / "home"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def remote_contents(hub: LoopbackHub) -> dict[str, bytes]:
    """What main holds, but for the file that the Hub makes itself."""
    repository = repository_of(hub)
    files = repository.history()[0].files
    return {path: hub.store.content(repository, file) for path, file in files.items() if path != ".gitattributes"}


def repository_of(hub: LoopbackHub) -> Repository:
    return hub.store.repositories[REPO_ID]


def local_contents(folder: Path) -> dict[str, bytes]:
    """What the folder holds that belongs on the Hub."""
    own = [folder / "README.md", folder / "picture_sheet.png", folder / "splits.json", *folder.glob("*/*.parquet")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in own}


def _main(folder: Path, repo_id: str, timeout_s: float | None = None) -> int:
    time.sleep = lambda seconds: print(f"paused {seconds:g}", file=sys.stderr)
    from collector.command_line import run_command
    from dataset_script import hub as hub_module
    from dataset_script import retrying
    from dataset_script.push_command import push_folder
    from dataset_script.push_config import PushConfig, push_settings

    settings = push_settings(PushConfig(repo_id=repo_id))
    assert settings is not None
    push = settings
    hub_module.quiet_libraries(bars=False)
    retrying.retried.__kwdefaults__["sleep"] = time.sleep

    def body() -> int:
        print(push_folder(folder, folder / "no_runs", push, lambda line: print(line, file=sys.stderr)))
        return 0

    if timeout_s is not None:
        hub_module.HubDataset.__init__.__kwdefaults__["timeout_s"] = timeout_s
    return run_command(body)


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:])))

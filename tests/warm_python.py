"""`python -m MODULE` without its start: run in a fork of a Python that has the heavy imports done.

The command is the same and so is all that it does, in a process of its own, with its own folder, environment and exit
code; a second of imports is spared. What is killed, interrupted or typed at starts a Python of its own instead.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PRELOAD: Final = (
    "hydra._internal.hydra",
    "collector.collect",
    "collector.batch.warm_up",
    "dataset_script.command",
    "scoring.cli",
)
_READS_ENVIRONMENT: Final = "datasets"
"""Imported beforehand only for commands with the test's own HF_ variables, which it reads once."""


def run_module(
    module: str, *arguments: str, folder: Path, env: Mapping[str, str], timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ARGUMENTS` in a folder, to its end; TimeoutExpired after `timeout_s`."""
    with tempfile.TemporaryDirectory() as scratch:
        stdout, stderr = Path(scratch, "stdout"), Path(scratch, "stderr")
        wanted = {
            "module": module,
            "arguments": arguments,
            "folder": str(folder.resolve()),
            "env": dict(env),
            "stdout": str(stdout),
            "stderr": str(stderr),
        }
        preload = (*_PRELOAD, _READS_ENVIRONMENT) if _hugging_face(env) == _hugging_face(os.environ) else _PRELOAD
        code = _ask(_server(preload), json.dumps(wanted), timeout_s)
        return subprocess.CompletedProcess([module, *arguments], code, stdout.read_text(), stderr.read_text())


def _hugging_face(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith("HF_")}


def _ask(server: subprocess.Popen[str], request: str, timeout_s: float) -> int:
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write(request + "\n")
    server.stdin.flush()
    if not select.select([server.stdout], [], [], timeout_s)[0]:
        _stop(server)
        _server.cache_clear()
        raise subprocess.TimeoutExpired(request, timeout_s)
    return int(server.stdout.readline())


@functools.cache
def _server(preload: tuple[str, ...]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.warm_python", *preload]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    server = subprocess.Popen(command, env=env, text=True, start_new_session=True, **pipes)
    atexit.register(_stop, server)
    return server


def _stop(server: subprocess.Popen[str]) -> None:
    """End the server and whatever it runs."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _serve() -> None:
    """Run what each line asks for in a fork, and answer with its exit code."""
    for module in sys.argv[1:]:
        importlib.import_module(module)
    gc.freeze()  # no fork need look through what all share
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            return _become(json.loads(line))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _become(wanted: dict[str, str]) -> None:
    """Run the module here, as Python does for `-m`; what it raises ends this process as it ends any other."""
    for number, path in enumerate((os.devnull, wanted["stdout"], wanted["stderr"])):
        opened = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # the old one may have read further requests
    os.environ.clear()
    os.environ.update(wanted["env"])
    os.chdir(wanted["folder"])
    sys.path[0] = wanted["folder"]
    sys.argv[1:] = wanted["arguments"]
    importlib.invalidate_caches()
    runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()

"""A checkpoint behind an address, for as long as a block takes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from changed_pictures import Change, PictureServer

from collector.errors import WorkError
from loop.commands import FOLDER, environment

START_S: Final = 900.0
"""A server that is not up by then never will be; on a busy machine one takes minutes."""
_STOP_S: Final = 60.0
_NAME: Final = "tiny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A model that answers."""

    base_url: str
    """Where, up to and with /v1."""
    model: str
    """What it is called there."""
    structured: str
    """How the shape of a reply is told there."""


def server_name() -> str:
    """What serves here: vLLM where it is installed, else transformers."""
    return "vllm" if importlib.util.find_spec("vllm") else "transformers"


@contextmanager
def served(checkpoint: Path, port: int, log: Path) -> Iterator[Served]:
    """The checkpoint, served on this machine; WorkError if the server does not come up."""
    command = [str(FOLDER / "serve.sh"), str(checkpoint), str(port), _NAME]
    is_vllm = server_name() == "vllm"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env={**environment(), "PYTHON": sys.executable}
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(process, f"{address}/health", log)
        yield Served(
            base_url=f"{address}/v1",
            model=_NAME if is_vllm else str(checkpoint),
            structured="json_schema" if is_vllm else "none",
        )
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def with_changed_pictures(base_url: str, port: int, change: Change) -> Iterator[str]:
    """An address that passes everything on to the model behind `base_url` but the pictures; port 0 is any."""
    server = PictureServer(base_url.removesuffix("/v1"), port, change)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise WorkError(f"the server ended with {process.returncode}; its log is {log}")
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise WorkError(f"the server was not up after {START_S:g} s; its log is {log}")

"""Commands that the loop runs: each with its output in a file, and an error that quotes its end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from collector.errors import WorkError

FOLDER: Final = Path(__file__).parent.parent
"""examples/finetune."""

_QUOTED: Final = 1_500


def run(arguments: Sequence[str], log: Path, *, ends_well: Sequence[int] = (0,)) -> str:
    """Run `python ARGUMENTS` to its end; what it printed. WorkError if it ends otherwise than well."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        command = [sys.executable, *arguments]
        ended = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=environment(), check=False)
    text = log.read_text(encoding="utf-8")
    if ended.returncode not in ends_well:
        raise WorkError(f"{' '.join(command)} ended with {ended.returncode}; {log} ends:\n{text[-_QUOTED:]}")
    return text


def run_all(commands: Sequence[tuple[Sequence[str], Path]], at_once: int) -> None:
    """Run several, so many at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        for future in [pool.submit(run, arguments, log) for arguments, log in commands]:
            future.result()


def environment() -> dict[str, str]:
    """One thread for each process: more fight over few cores."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

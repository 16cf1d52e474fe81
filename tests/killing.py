"""Kill processes of ours with SIGKILL, each at a moment of its own, and see what is left.

A workload runs in a child forked from a server that has the heavy imports done. It says when it begins and tells each
step it acknowledges over a pipe; the kill comes a given time later. `damage` then looks at the files as any reader
would, repairs them, and looks again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from collector.agents.settings import AgentSettings
from collector.errors import EeveeError
from collector.pictures import decode_picture
from collector.records import Step
from collector.repair.mending import Outcome, mend
from collector.run_directory import BATCH_PREFIX, SessionDirectory, find_sessions
from collector.shards import check_shard, read_rows
from collector.verify.replay import Replayer
from collector.verify.session import verify_session

Workload: TypeAlias = Callable[[Path, Connection], None]
"""Works in a folder and sends its acknowledgements as "session_id step"."""

_BEGINS: Final = b"begins"
_LAST_STEP: Final = b"last step"
_PRELOAD: Final = [
    "tests.killing",
    "collector.batch.warm_up",
    "collector.collect",
    "dataset_script.command",
    "scoring.auto",
]
STEPS: Final = 40
"""Of a recorded session: enough to be hit in the middle."""


@dataclass(slots=True)
class Damage:
    """What the kills cost; everything but the first two should be zero."""

    kills: int = 0
    """Processes that were alive when the signal came."""
    acknowledged: int = 0
    """Steps that the collector had reported as kept."""
    lost: int = 0
    """Of these, steps that are not in a shard."""
    unreadable: int = 0
    """Shards that can't be read to their end after repair."""
    half_written: int = 0
    """Views that are not whole: before repair for whoever reads, after it, or a dataset folder in part."""
    wrong: int = 0
    """Sessions that verify does not accept after repair, or that a second repair changes."""
    told: list[str] = field(default_factory=list)
    """What was wrong, in words."""

    def count(self, kind: str, problem: str) -> None:
        """Note one problem."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.told.append(f"{kind}: {problem}")


# -- workloads


def collect(runs: Path, acks: Connection) -> None:
    """Record one session with every view."""
    from collector.config import CollectConfig, RecordingConfig
    from collector.recording import record_session
    from tests.playing import a_job

    def acknowledge(step: Step) -> None:
        acks.send_bytes(f"{step.session_id} {step.step}".encode())
        if step.step == STEPS or step.terminated:
            acks.send_bytes(_LAST_STEP)

    config = CollectConfig(recording=RecordingConfig(screenshots=True, training_data=True))
    views = {"screenshots": True, "training_data": True, "config": config}
    player = AgentSettings(kind="random")
    record_session(a_job(runs, "heal_party", agent=player, max_steps=STEPS, **views), acknowledge)


def batch(runs: Path, acks: Connection) -> None:
    """Play a small batch and write its reports."""
    from collector.__main__ import main

    main([f"runs={runs}", "taskset=smoke", "max_sessions=6", "--save-training-data"])


def repair(runs: Path, acks: Connection) -> None:
    """Repair what stands there."""
    from collector.repair.__main__ import main

    main([str(runs)])


def rate(runs: Path, acks: Connection) -> None:
    """Rate what stands there by the rule."""
    from scoring.cli import main

    main(["auto", str(runs)])


def replace_metadata(runs: Path, acks: Connection) -> None:
    """Replace metadata and views of every session, over and over."""
    from collector.views import Ratings, rebuild_views

    for number in range(40):
        for directory in find_sessions(runs):
            rebuild_views(directory, Ratings(final_score=float(number % 10 + 1), human_score=5.0))


def prune(runs: Path, acks: Connection) -> None:
    """Remove every session."""
    from collector.prune.__main__ import main

    main([str(runs), "--keep-size", "0kB", "--yes"])


def build(folder: Path, acks: Connection) -> None:
    """Build the dataset of folder/runs."""
    from dataset_script.__main__ import main

    main([f"runs={folder / 'runs'}", f"output={folder / 'dataset'}"])


# -- killing


class Ended(NamedTuple):
    """How a child ended."""

    killed: bool
    """It was alive when the signal came."""
    acknowledged: Counter[str]
    """Steps it had acknowledged, by session."""
    lasted_s: float
    """From what was aimed at to its end."""


def kill_during(work: Workload, folder: Path, delay_s: float | None, *, aim: bytes = _BEGINS) -> Ended:
    """Start the work, wait for what is aimed at, wait the delay, kill. Without a delay it runs to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(work, folder, theirs))
    process.start()
    theirs.close()
    acknowledged: Counter[str] = Counter()
    with suppress(EOFError):
        while (message := ours.recv_bytes()) != aim:
            _note(message, acknowledged)
    began = time.monotonic()
    process.join(delay_s)
    killed = process.is_alive()
    if killed:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    lasted_s = time.monotonic() - began
    with suppress(EOFError, OSError):  # the kill may have torn the last message
        while True:
            _note(ours.recv_bytes(), acknowledged)
    ours.close()
    return Ended(killed, acknowledged, lasted_s)


def kill_while_closing(runs: Path, delay_s: float | None) -> Ended:
    """Kill a recording while it closes: metadata is replaced, views are written."""
    return kill_during(collect, runs, delay_s, aim=_LAST_STEP)


def _run(work: Workload, folder: Path, acks: Connection) -> None:
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        acks.send_bytes(_BEGINS)
        work(folder, acks)


def _note(message: bytes, acknowledged: Counter[str]) -> None:
    if message not in (_BEGINS, _LAST_STEP):
        session_id, step = message.decode().split()
        acknowledged[session_id] = int(step)


# -- looking


def look(runs: Path, acknowledged: Counter[str], damage: Damage) -> None:
    """Count what is wrong with a run tree before and after its repair."""
    for directory in find_sessions(runs):
        for path in _views(directory):
            if not _is_whole(path):
                damage.count("half_written", f"{path} before repair")
    for folder in runs.glob(f"{BATCH_PREFIX}*"):
        for path in (one for one in folder.iterdir() if not one.name.startswith(".") and not _is_whole(one)):
            damage.count("half_written", f"{path}")
    for directory in find_sessions(runs):
        _look_at_repaired(directory, damage)
    for session_id, steps in acknowledged.items():
        damage.acknowledged += steps
        missing = steps - _whole_rows(SessionDirectory(runs / f"session_{session_id}"))
        for _ in range(missing):
            damage.count("lost", f"{session_id}: {missing} of {steps}")


def _look_at_repaired(directory: SessionDirectory, damage: Damage) -> None:
    done = mend(directory)
    if done.outcome is Outcome.EMPTY:
        return
    if done.outcome is Outcome.BROKEN or (directory.shard.exists() and check_shard(directory.shard).torn_bytes):
        damage.count("unreadable", f"{directory.path}: {done.notes}")
        return
    if (again := mend(directory)).outcome is not Outcome.SOUND:
        damage.count("wrong", f"{directory.path}: a second repair did {again.notes}")
    for path in _views(directory):
        if not _is_whole(path):
            damage.count("half_written", f"{path} after repair")
    if not _views_are_complete(directory):
        damage.count("half_written", f"{directory.path}: a view misses steps")
    for failure in verify_session(directory.path, Replayer()).failures:
        damage.count("wrong", str(failure))


def _whole_rows(directory: SessionDirectory) -> int:
    try:
        return check_shard(directory.shard).rows
    except EeveeError:
        return 0


def _views(directory: SessionDirectory) -> list[Path]:
    """The files somebody may read; a log that is empty was made by a writer that died before its first line."""
    logs = (directory.annotations, directory.events)
    named = (directory.metadata, directory.trace, directory.training_data, directory.start, *logs)
    pictures = [path for path in directory.screenshots.glob("*.png") if not path.name.startswith(".")]
    return [path for path in (*named, *pictures) if path.exists() and not (path in logs and path.stat().st_size == 0)]


def _is_whole(path: Path) -> bool:
    """Whether a JSON, JSONL or PNG file can be read to its end."""
    try:
        if path.suffix == ".png":
            decode_picture(path.read_bytes())
        elif path.suffix == ".jsonl":
            text = path.read_text(encoding="utf-8")
            return text.endswith("\n") and all(json.loads(line) for line in text.splitlines())
        else:
            json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def _views_are_complete(directory: SessionDirectory) -> bool:
    """Whether the trace, and the JSONL and the pictures where they were asked for, have every step."""
    rows = list(read_rows(directory.shard, ["step"]))
    trace = json.loads(directory.trace.read_text(encoding="utf-8"))["execution_trace"]
    counts = [len(trace)]
    if rows and "training_data: true" in directory.config.read_text(encoding="utf-8"):
        counts.append(len(directory.training_data.read_text(encoding="utf-8").splitlines()))
    if rows and "screenshots: true" in directory.config.read_text(encoding="utf-8"):
        counts.append(len(list(directory.screenshots.glob("*.png"))) // 2)
    return set(counts) == {len(rows)} and directory.read_metadata().total_steps == len(rows)

"""Every fault a provider can have, against every agent that asks one: what became of the session.

    python -m tests.fault_matrix          plays them all and writes docs/agents_faults.md

A fault is planted at the third call: once, and from there on. Sessions are played in processes of their own, in an
empty folder with every log switched on, so that anything that would write down a key is caught at it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from collector.agents.settings import SharedCalling
from collector.records import Step
from tests.fakes import model_server as fakes
from tests.fakes.providers import PROVIDERS, provider, settings_for
from tests.playing import a_job

PAGE: Final = Path(__file__).parent.parent / "docs" / "agents_faults.md"
FIRST_FAULTY: Final = 2
"""Calls before it are good: two steps stand when the fault comes."""
STEPS: Final = 5
RETRIES: Final = 2
TIMEOUT_S: Final = 1.0

Planted = fakes.Fault

FAULTS: Final[Mapping[str, Planted | str]] = {
    "429 with Retry-After": fakes.status(429, Retry_After="0.2"),
    "429 without": fakes.status(429),
    "500": fakes.status(500),
    "503": fakes.status(503),
    "403": fakes.status(403, "this key may not"),
    "400": fakes.status(400, "no such model"),
    "no answer in time": fakes.silence,
    "slow drip": fakes.slow_drip,
    "connection dropped": fakes.dropped,
    "half a body": fakes.half_a_body,
    "not the protocol": fakes.instead(b"<html>busy</html>"),
    "20 MB reply": fakes.written(fakes.reply_text(analysis="x" * 20_000_000)),
    "empty candidate": "empty",
    "safety block": "blocked",
    "text that is not JSON": fakes.written("I would open the menu."),
    "JSON of another shape": fakes.written('{"move": "north", "why": ["x"]}'),
    "unknown button": fakes.written(fakes.reply_text("press_turbo")),
}
"""A fault by name; a word stands for the provider's own way to have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One session to play."""

    kind: str
    fault: str
    lasting: bool
    """From the third call on, not once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of it."""

    case: Case
    status: str
    error: str | None
    reported: int
    """Steps that were reported as kept while it played."""
    kept: int
    """Steps in the shard that read as reported."""
    failed_rows: int
    row_error: str | None
    """Of the first failed row."""
    events: tuple[str, ...]
    """Kinds of events beside the steps, each once, in order."""
    received: int
    """Requests that reached the server."""
    booked: int
    """Calls that the limiter counted."""
    key_found_in: tuple[str, ...]
    """Files that hold the key: none should."""
    seconds: float


def cases(kinds: Iterable[str] = PROVIDERS) -> list[Case]:
    """The whole matrix."""
    return [
        Case(kind=kind, fault=fault, lasting=lasting) for fault in FAULTS for lasting in (False, True) for kind in kinds
    ]


def play_all(chosen: Iterable[Case], workers: int) -> Iterator[Played]:
    """Play cases side by side: most of their time is waiting."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_play_apart, chosen)


def _play_apart(case: Case) -> Played:
    """Play a case in an empty folder of its own that is also the process's home."""
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name), os.getcwd()
        os.environ.update(HOME=name, XDG_CACHE_HOME=f"{name}/cache", TMPDIR=name)
        os.chdir(folder)
        try:
            logging.basicConfig(filename=folder / "everything.log", level=logging.DEBUG, force=True)
            return play(case, folder)
        finally:
            os.chdir(before)


def play(case: Case, folder: Path) -> Played:
    """Play one case below a folder."""
    from collector.agents.calls.ledger import spent_in
    from collector.recording import record_session
    from collector.shards import read_rows

    steps: list[Step] = []
    calls, began = folder / "runs" / ".calls.sqlite", time.monotonic()
    (folder / "runs").mkdir()
    with provider(case.kind) as server:
        fault = FAULTS[case.fault]
        planted = getattr(server, fault)() if isinstance(fault, str) else fault
        server.fault_for = lambda number: planted if _is_faulty(number, case.lasting) else None
        settings = settings_for(case.kind, server, retries=RETRIES, max_invalid=2, timeout_s=TIMEOUT_S, cache="read")
        shared = SharedCalling(calls=calls, store=folder / "runs" / ".responses")
        job = a_job(folder / "runs", "save_game", agent=settings, max_steps=STEPS)
        directory, session = record_session(replace(job, shared=shared), steps.append)
        received = len(server.received)
    rows = list(read_rows(directory.shard))
    failed = [row["error"] for row in rows if row["action"] is None]
    spent = spent_in(calls)
    return Played(
        case=case,
        status=session.status,
        error=session.error,
        reported=len(steps),
        kept=sum(
            (row["step"], row["action"], row["raw_response"]) == (step.step, step.action, step.raw_response)
            for row, step in zip(rows, steps, strict=False)
        ),
        failed_rows=len(failed),
        row_error=failed[0] if failed else None,
        events=_event_kinds(directory.events),
        received=received,
        booked=spent.calls if spent is not None else 0,
        key_found_in=tuple(_files_with(folder, fakes.KEY)),
        seconds=time.monotonic() - began,
    )


def _is_faulty(number: int, lasting: bool) -> bool:
    return number >= FIRST_FAULTY if lasting else number == FIRST_FAULTY


def _event_kinds(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return tuple(dict.fromkeys(fakes.json.loads(line)["event"] for line in lines))


def _files_with(folder: Path, secret: str) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and secret.encode() in path.read_bytes():
            yield str(path.relative_to(folder))


# -- the page

INTRODUCTION: Final = f"""\
Each session is played against a server of ours on loopback that speaks the provider's protocol. Two good answers come
first, then the fault: once, or at every call from there on. Settings: `budget.max_steps={STEPS} agent.retries={RETRIES}
agent.max_invalid=2 agent.timeout_s={TIMEOUT_S:g}`. Every session ended with a status and a reason, each step that was
reported is in the shard, no more requests were sent than the limiter counted, and the key is in no file below the
working folder: sessions, calls file, response store, caches, and a log of everything that any library logs, though the
servers repeat the key in each refusal."""

_GIVEN_UP: Final = "replies in a row (agent.max_invalid) brought no usable button; the last: "

_HEADINGS: Final = "| fault | how often | status | rows (failed) | what happened | session's error, or a failed row's |"


def page(played: list[Played]) -> str:
    """The matrix as a page of the docs."""
    lines = [
        "# What a provider's faults do to a session",
        "<!-- Made by `python -m tests.fault_matrix`, which plays every line of it: run that to change it. -->",
        INTRODUCTION,
    ]
    for kind in PROVIDERS:
        lines.append(f"## agent.kind={kind}")
        table = [
            "| fault | how often | status | rows (failed) | what happened | session's error, or the failed row's |"
        ]
        table.append("|---|---|---|---|---|---|")
        table += [_line(one) for one in played if one.case.kind == kind]
        lines.append("\n".join(table))
    return "\n\n".join(lines) + "\n"


def _line(one: Played) -> str:
    often = "lasting" if one.case.lasting else "once"
    happened = ", ".join(kind for kind in one.events if kind not in ("price_unknown", "soft_limit")) or "-"
    reason = (one.error or one.row_error or "-").replace("|", "/").replace("`", "'")
    reason = " ".join(_without_ports(reason).split()).replace(_GIVEN_UP, "failed replies in a row; the last: ")
    rows = f"{one.kept} ({one.failed_rows})"
    return f"| {one.case.fault} | {often} | {one.status} | {rows} | {happened} | {reason} |"


def _without_ports(text: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text)
    text = re.sub(r"port=\d+", "port=", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0x", text)


def problems(one: Played) -> list[str]:
    """What a case does not keep to; empty if all is well."""
    wrong: list[Any] = [
        one.status not in ("completed", "truncated", "gave_up", "failed") and f"status {one.status}",
        one.status == "failed" and not one.error and "it failed without a reason",
        one.reported != one.kept and f"{one.reported} steps were reported, {one.kept} are kept",
        one.kept < FIRST_FAULTY and f"{one.kept} rows",
        one.received > one.booked and f"{one.received} requests were sent, {one.booked} were counted",
        one.key_found_in and f"the key is in {one.key_found_in}",
        one.seconds > 60 and f"it took {one.seconds:.0f} s",
    ]
    return [str(problem) for problem in wrong if problem]


def main() -> int:
    """Play the matrix, write the page, name what went wrong."""
    played, bad = [], 0
    for one in play_all(cases(), workers=8):
        played.append(one)
        for problem in problems(one):
            bad += 1
            print(f"{one.case}: {problem}", file=sys.stderr)
    PAGE.write_text(page(played), encoding="utf-8")
    print(f"{len(played)} sessions, {bad} problems; {PAGE}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())

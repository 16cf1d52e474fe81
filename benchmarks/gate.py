"""The gate's figures: planted faults it catches, false alarms on what was honestly played, and what it costs a build.

Each kind of player plays the bundled cartridge until there are 5,000 replies. The stand-in for a model is the worst
that an honest model does: it repeats its prompt, its notes and itself, and asks its memory to keep what it said.
Run: make bench, or python -m benchmarks.gate [FOLDER] to keep the runs and use them again.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from collector.run_directory import SessionDirectory, find_sessions
from dataset_script.corpus import read_sessions
from dataset_script.exports.protocol import PromptExport, load_export
from dataset_script.lint.gate import RULES, Gate, gate_for
from dataset_script.lint.violations import LintError
from tests.fakes.openai_server import OpenAIServer
from tests.fakes.parrot import parrot
from tests.leaks import PLANTS, Plant
from tests.rated_runs import built, corpus_of, settings_for

WANTED_ROWS: Final = 5_000
PLANTED_SESSIONS: Final = 3
ROUNDS: Final = 3
EXPORTS: Final = ("sft", "instruct", "steps")
SHOWN: Final = ("obs=image+memory", "history=3", "max_actions=3", "min_score=1", "exclude_policies=[]")
"""Settings of the honest builds: prompts that show all there is, and every session in them."""

PLAYERS: Final[dict[str, tuple[str, ...]]] = {
    "expert": ("agent=scripted", "max_sessions=720"),
    "noisy": ("agent=noisy", "agent.mistake_rate=0.3", "max_sessions=520"),
    "random": ("agent=random", "budget.max_steps=40", "max_sessions=140"),
    "model": (
        *("agent=vllm", "agent.model=parrot", "agent.obs=image+memory", "agent.history=3", "agent.max_actions=3"),
        *("agent.memory=true", "agent.memory_session=parrot", "budget.max_steps=60", "max_sessions=150"),
    ),
}


def play(runs: Path, overrides: tuple[str, ...]) -> None:
    """Record a kind of player and rate it by the rule."""
    with OpenAIServer(parrot) as server:
        address = (f"agent.base_url={server.base_url}",) if "agent=vllm" in overrides else ()
        command = [sys.executable, "-m", "collector", "taskset=train", f"runs={runs}", "workers=2"]
        done = subprocess.run([*command, *overrides, *address], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{runs.name}: {done.stderr}")
    subprocess.run([sys.executable, "-m", "scoring", "auto", str(runs)], check=True, capture_output=True)


def pass_all(runs: Path, folder: Path) -> tuple[Counter[str], Counter[str], Gate]:
    """Every row of every export through the gate, whatever a build would leave out; rows by export, and the gate."""
    settings = settings_for(runs, folder / "out", *SHOWN)
    corpus = corpus_of(settings)
    corpus = type(corpus)(
        sessions=corpus.sessions, prompt=corpus.prompt, dropped=frozenset(), judged_dropped=frozenset(), chat_window=4
    )
    gate, rows, quoting = gate_for(settings, corpus.sessions), Counter[str](), Counter[str]()
    for name in EXPORTS:
        export = load_export(name)
        for split in ("train", "validation", "test"):
            checked = gate.examples(export, name, corpus, split) if isinstance(export, PromptExport) else None
            for row in gate.rows(export.rows(corpus, split) if checked is None else checked, name):
                rows[name] += 1
                quoting[name] += name == "sft" and quotes(row)
    return rows, quoting, gate


def quotes(row: dict[str, Any]) -> bool:
    """Whether the prompt and the reasoning share a run of four words, known before or not."""
    words, prompt = row["reasoning"].split(), " ".join(str(row["prompt"]).split())
    return any(" ".join(words[at : at + 4]) in prompt for at in range(len(words) - 3))


def honest(folder: Path) -> None:
    """Print the false alarms on each kind of player."""
    names = [rule.name for rule in RULES]
    print(f"\nfalse alarms      {'replies':>8} {'rows':>8} {'quoting':>8}  " + "  ".join(names))
    for player, overrides in PLAYERS.items():
        if not (folder / player).exists():
            play(folder / player, overrides)
        rows, quoting, gate = pass_all(folder / player, folder)
        counts = "  ".join(f"{gate.findings.counts[name]:>{len(name)}}" for name in names)
        print(f"  {player:<14}  {rows['sft']:>8,} {rows.total():>8,} {quoting['sft']:>8,}  {counts}", flush=True)
        if rows["sft"] < WANTED_ROWS or gate.findings.counts:
            print(gate.findings.report([(name, "") for name in names]))


def planted(folder: Path) -> None:
    """Print how many planted faults were caught, by rule."""
    caught, tried = Counter[str](), Counter[str]()
    sessions, _ = read_sessions(folder / "expert")
    long = [session for session in sessions if 6 <= session.record.total_steps <= 12 and session.annotations]
    for number, session in enumerate(long[:: len(long) // PLANTED_SESSIONS][:PLANTED_SESSIONS]):
        for plant in PLANTS:
            tried[plant.rule] += 1
            caught[plant.rule] += is_caught(plant, session.directory, 2 + number)
    print(f"\nplanted faults caught, in {PLANTED_SESSIONS} sessions of the expert")
    for rule in RULES:
        print(f"  {rule.name:<14}  {caught[rule.name]:>4} of {tried[rule.name]}")


def is_caught(plant: Plant, directory: SessionDirectory, step: int) -> bool:
    """Whether a build fails and names rule, session, step and column."""
    with tempfile.TemporaryDirectory(prefix="eevee-gate-") as folder:
        copy = Path(shutil.copytree(directory.path, Path(folder, "runs", directory.path.name)))
        try:
            with plant.at(SessionDirectory(copy), step):
                built(copy.parent, Path(folder, "out"), *plant.overrides)
        except LintError as error:
            report = str(error)
            where = f"session {directory.session_id}, step {step}, column {plant.column}: "
            return f"\n{plant.rule}: " in report and where in report and not Path(folder, "out").exists()
        print(f"  missed: {plant.rule}, {plant.name}, in {directory.session_id}, step {step}")
        return False


def cost(folder: Path) -> None:
    """Print seconds and memory of a build with the gate and without, in turn, on a part of the sessions and on all."""
    print("\ncost of a build of the default exports, median of", ROUNDS)
    every = find_sessions(folder / "expert")
    for share in (0.1, 1.0):
        part = folder / f"expert_{share:g}"
        shutil.rmtree(part, ignore_errors=True)
        for directory in every[: int(len(every) * share)]:
            shutil.copytree(directory.path, part / directory.path.name)
        measured: dict[str, list[tuple[float, float]]] = {"on": [], "off": []}
        for _ in range(ROUNDS):
            for lint in measured:
                measured[lint].append(one_build(part, folder / "out", lint))
        seconds = {lint: statistics.median(run[0] for run in runs) for lint, runs in measured.items()}
        for lint, runs in measured.items():
            memory = statistics.median(run[1] for run in runs)
            ratio = seconds[lint] / seconds["off"]
            built_in = f"{seconds[lint]:6.1f} s  x{ratio:.2f}  {memory:4.0f} MB"
            print(f"  {share:>4.0%} of the sessions  lint={lint:<3}  {built_in}")
        shutil.rmtree(part)


def one_build(runs: Path, output: Path, lint: str) -> tuple[float, float]:
    """Processor seconds and peak memory in MB."""
    command = [sys.executable, "-m", "dataset_script", f"runs={runs}", f"output={output}", f"lint={lint}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as build:
        _, status, usage = os.wait4(build.pid, 0)
        build.returncode = os.waitstatus_to_exitcode(status)
    assert build.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="eevee-gate-") as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).resolve()
        began = time.monotonic()
        honest(folder)
        planted(folder)
        cost(folder)
        print(f"\n{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()

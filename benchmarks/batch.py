"""What a batch costs: sessions a minute with one and two workers, the overhead of a session, and a resumed batch.

The same plan is played each time; the ratios are between runs made one after the other on this machine.
Run: make bench
"""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from collector.batch.run import FINISHED
from collector.records import Session
from collector.run_directory import recorded_sessions

SESSIONS = 100
ROUNDS = 3


def command(runs: Path, *arguments: str) -> list[str]:
    """A batch of the bundled tasks."""
    return [sys.executable, "-m", "collector", "taskset=train", f"max_sessions={SESSIONS}", f"runs={runs}", *arguments]


def timed(runs: Path, *arguments: str) -> float:
    """Seconds that a batch takes."""
    began = time.perf_counter()
    subprocess.run(command(runs, *arguments), check=True, capture_output=True)
    return time.perf_counter() - began


def finished(runs: Path) -> list[Session]:
    """The sessions that need not be played again."""
    return [session for _, session in recorded_sessions(runs) if session.status in FINISHED]


def compare_workers(folder: Path) -> None:
    """Print the rates of one and two workers, in turn."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for number in range(ROUNDS):
        for workers in (1, 2):
            seconds[workers].append(timed(folder / f"{number}-{workers}", f"workers={workers}"))
    sessions = finished(folder / "0-1")
    playing = sum(session.usage.wall_seconds for session in sessions)
    one, two = statistics.median(seconds[1]), statistics.median(seconds[2])
    print(f"{SESSIONS} sessions, {sum(session.total_steps for session in sessions)} steps, median of {ROUNDS} runs")
    for workers, median in ((1, one), (2, two)):
        print(f"  workers={workers}  {median:6.1f} s  {SESSIONS / median * 60:6.0f} sessions/min  x{one / median:.2f}")
    whole_ms, steps_ms = one / SESSIONS * 1000, playing / SESSIONS * 1000
    print(f"  a session with one worker: {whole_ms:.0f} ms, {steps_ms:.0f} ms of it its steps")


def resume(folder: Path) -> None:
    """Kill a batch in its middle, resume it, and print what was played again."""
    with subprocess.Popen(command(folder, "workers=2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as batch:
        while len(list(folder.glob("session_*"))) < SESSIONS // 2:
            time.sleep(0.01)
        batch.send_signal(signal.SIGKILL)
    time.sleep(1)
    before = {session.plan_key for session in finished(folder)}
    seconds = timed(folder, "workers=2", "resume=true")
    after = finished(folder)
    print(f"killed with {len(before)} of {SESSIONS} sessions finished; resumed in {seconds:.1f} s")
    print(f"  played again: {len(after) - len(before)}, missing were {SESSIONS - len(before)}; ", end="")
    print(f"entries played twice: {len(after) - len({session.plan_key for session in after})}")


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        compare_workers(Path(temporary))
        resume(Path(temporary, "resumed"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What playing by a model costs beside the model: eight sessions at once against one, and our share of a step.

A server of our own on loopback answers every call after a fixed time, so what is left is ours. Rates count from the
first request to the last answer; the ratio is between two runs made one after the other on this machine.
Run: make bench
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from collector.run_directory import recorded_sessions

SESSIONS = 8
STEPS = 60
LATENCY_S = 1.0
WANTED_RATIO = 7.0
REPLY = {
    "analysis": "The map is shown.",
    "reasoning": "Nothing is to be pressed yet.",
    "expected_outcome": "The map is still shown.",
    "action": "press_b",
    "done": False,
    "report": None,
}


class Served(NamedTuple):
    """One call, in monotonic seconds."""

    connection: tuple[str, int]
    arrived: float
    answered: float


class Handler(BaseHTTPRequestHandler):
    """Answers chat completions, each after the same time."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece: in two, the second waits 40 ms for the first's acknowledgement
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        """Wait, answer, and keep when."""
        arrived = time.monotonic()
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(LATENCY_S)
        message = {"role": "assistant", "content": json.dumps(REPLY)}
        usage = {"prompt_tokens": 500, "completion_tokens": 60}
        body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.server.served.append(Served(self.client_address, arrived, time.monotonic()))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


class Server(ThreadingHTTPServer):
    """The server on a free port of loopback."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.served: list[Served] = []


def played(runs: Path, sessions: int) -> list[Served]:
    """The calls of so many sessions, all at once."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tasks = runs.parent / f"{runs.name}.yaml"
        tasks.write_text("tasks:\n  - read_sign\n")
        address = f"agent.base_url=http://127.0.0.1:{server.server_address[1]}/v1"
        command = [sys.executable, "-m", "collector", f"task_file={tasks}", f"runs={runs}", f"max_sessions={sessions}"]
        command += [f"workers={sessions}", "agent=vllm", "agent.model=loopback", address, f"budget.max_steps={STEPS}"]
        command += ["agent.requests_per_minute=100000", "agent.tokens_per_minute=1000000000"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        server.shutdown()
    steps = [session.total_steps for _, session in recorded_sessions(runs)]
    assert steps == [STEPS] * sessions, steps
    return server.served


def rate(calls: list[Served]) -> float:
    """Calls a second from the first request on."""
    return len(calls) / (max(call.answered for call in calls) - min(call.arrived for call in calls))


def gaps_ms(calls: list[Served]) -> list[float]:
    """Times between an answer and the same session's next request: the press, the recording, the prompt, the limits."""
    sessions: dict[tuple[str, int], list[Served]] = defaultdict(list)
    for call in calls:
        sessions[call.connection].append(call)
    return [
        (later.arrived - call.answered) * 1000 for session in sessions.values() for call, later in pairwise(session)
    ]


def main() -> int:
    """Measure and print; 1 if eight sessions are not fast enough."""
    with tempfile.TemporaryDirectory() as temporary:
        results = {number: played(Path(temporary, str(number)), number) for number in (1, SESSIONS)}
    print(f"{STEPS} steps a session, {LATENCY_S:g} s a call, limits counted in the shared file")
    for number, calls in results.items():
        gaps = gaps_ms(calls)
        slow = statistics.quantiles(gaps, n=20)[-1]
        ours = statistics.median(gaps)
        print(
            f"  {number} at once  {rate(calls):5.2f} steps/s   ours beside the call: median {ours:.1f} ms "
            f"({ours / LATENCY_S / 10:.1f} % of it), 95 % below {slow:.1f} ms"
        )
    ratio = rate(results[SESSIONS]) / rate(results[1])
    print(f"  {SESSIONS} sessions play x{ratio:.2f} as fast as one; wanted is x{WANTED_RATIO:g}")
    return int(ratio < WANTED_RATIO)


if __name__ == "__main__":
    sys.exit(main())

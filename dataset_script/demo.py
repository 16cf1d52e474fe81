"""From nothing to a dataset on the bundled cartridge: collect, rate, build. No ROM and no key is needed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from collector.command_line import run_command
from collector.errors import WorkError

USAGE = """\
usage: eevee-demo

Play every task on the bundled cartridge from ten worlds with the expert, the held-out one from worlds of its own, and
each once with random buttons; rate the sessions from game memory, and build dataset/ from them, here in the current
folder. Takes about a minute.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the demo; its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments in (["-h"], ["--help"]):
        print(USAGE, end="")
        return 0
    if arguments:
        print(f"error: got {shlex.join(arguments)}; eevee-demo takes no arguments (--help)", file=sys.stderr)
        return 2
    return run_command(_demo)


def _demo() -> int:
    runs = Path("runs", f"demo_{datetime.now(UTC):%Y%m%d_%H%M%S}")
    _run("collector", "taskset=train", "max_sessions=180", "workers=2", f"runs={runs}")
    _run("collector", "taskset=heldout", "max_sessions=3", f"runs={runs}")
    _run("collector", "taskset=all", "agent=random", "budget.max_steps=20", "seed=1000", "workers=2", f"runs={runs}")
    _run("scoring", "auto", str(runs))
    _run("scoring", "report", str(runs))
    _run("dataset_script", f"runs={runs}", "output=dataset")
    print(_activation() + NEXT_STEPS)
    return 0


NEXT_STEPS = """
Read it:

    from datasets import load_dataset
    rows = load_dataset("dataset", split="train")
    rows[0]["images"][0].show()
    print(rows[0]["prompt"], rows[0]["completion"])

Then: play a task of your choice    python -m collector "check healing items in bag" --steps=15 --collect-screenshots
      see what there is to play     python -m collector --help"""


def _activation() -> str:
    """How the commands below find this Python, if the shell does not know it yet."""
    script = Path(sys.prefix, "bin", "activate")
    if not script.exists() or os.environ.get("VIRTUAL_ENV") == sys.prefix:
        return ""
    if script.is_relative_to(Path.cwd()):
        script = script.relative_to(Path.cwd())
    return f"\nFirst, in this shell: . {shlex.quote(str(script))}\n"


def _run(module: str, *arguments: str) -> None:
    command = ["-m", module, *arguments]
    print(f"\n$ python {shlex.join(command)}", flush=True)
    code = subprocess.run([sys.executable, *command], check=False).returncode
    if code == 130:
        raise KeyboardInterrupt
    if code:
        raise WorkError(f"python {shlex.join(command)} ended with exit code {code}; its message stands above")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m collector.doctor`: whether everything is there that a session with these overrides needs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from collector.command_line import run_command
from collector.doctor.health import (
    Check,
    Level,
    check_cartridge,
    check_disk,
    check_endpoint,
    check_key,
    check_packages,
    check_python,
    problems,
)

if TYPE_CHECKING:
    from collector.config import CollectConfig
    from collector.records import Task

USAGE: Final = """\
usage: python -m collector.doctor [overrides] [--json] [--load]

Check what a session needs: Python and packages, the bundled cartridge, the emulator, the ROM, the disk, the agent's key
and address, and which tasks can be played from the captured starts. One line a check: ok, warning or problem, with
what to do. Exit code 0, or 1 if there is a problem.

  python -m collector.doctor
  python -m collector.doctor emulator=skyemu emulator.rom=game.gb agent=random runs=DIR starts=DIR

  --json        the checks as one JSON object
  --load        emulator=skyemu: load the ROM and the starts there too; the game it shows is lost
  --debug       show tracebacks
  -h, --help    this text

The overrides are those of `python -m collector`. A key's value is never shown, only the name of its variable.
"""


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 unless there is a problem."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    own = {flag for flag in ("--json", "--load", "--debug") if flag in arguments}
    overrides = [argument for argument in arguments if argument not in own]
    return run_command(
        lambda: _report(overrides, as_json="--json" in own, may_load="--load" in own), debug="--debug" in own
    )


def _report(overrides: list[str], *, as_json: bool, may_load: bool) -> int:
    """Every check, in order; without its packages there is nothing further to look at."""
    from collector.flags import translate

    arguments = translate(overrides)
    checks = [check_python(), check_packages()]
    if not any(problems(checks)):
        import collector.collect  # noqa: F401  it tells Hydra what the configuration may hold
        from collector.hydra_front import run_hydra

        checks.append(check_cartridge())

        def look(composed: Any) -> int:
            checks.extend(_configured_checks(composed, may_load))
            return 0

        run_hydra("collect", look, arguments)
    _show(checks, as_json)
    return int(any(problems(checks)))


def _configured_checks(composed: Any, may_load: bool) -> Iterator[Check]:
    """What depends on the overrides."""
    from pathlib import Path

    from collector.agents.catalogue import key_variables
    from collector.collect import checked_config, emulator_settings
    from collector.doctor.playable import Setting, check_emulator_and_starts, check_named_states, check_rom
    from collector.starts import StartLibrary

    config = checked_config(composed)
    settings = emulator_settings(config)
    setting = Setting(
        emulator=settings,
        library=StartLibrary(Path(config.starts)),
        tasks=_tasks(config),
        may_load=may_load or settings.kind != "skyemu",
    )
    rom = check_rom(settings)
    yield rom
    if rom.level is not Level.PROBLEM:  # else the emulator would only say the same again
        yield from check_emulator_and_starts(setting)
    yield from check_named_states(setting)
    yield check_disk(Path(config.runs))
    yield check_key(config.agent.kind, key_variables(config.agent))
    base_url = getattr(config.agent, "base_url", None)  # agents that ask no model have no address
    if base_url:
        yield check_endpoint(base_url)


def _tasks(config: CollectConfig) -> list[Task]:
    """What the user names with taskset=, task_file= or words; every known task besides `task=` otherwise."""
    from collector.collect import batch_tasks, chosen_task
    from collector.tasks import known_task_ids, load_task, task_from_config

    if config.taskset is not None or config.task_file is not None:
        tasks = batch_tasks(config)[0]
    else:
        tasks = [chosen_task(config), *map(load_task, known_task_ids())]
    return [task_from_config(task) for task in {task.task_id: task for task in reversed(tasks)}.values()][::-1]


def _show(checks: list[Check], as_json: bool) -> None:
    import dataclasses

    if as_json:
        found = {"checks": [dataclasses.asdict(check) for check in checks], "ok": not any(problems(checks))}
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for check in checks:
        print(check)


if __name__ == "__main__":
    sys.exit(main())

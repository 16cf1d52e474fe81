"""`scoring judge`: a vision-language model rates the sessions, and its scores are held against people's."""

from __future__ import annotations

import argparse
from pathlib import Path

from scoring.commands.parsing import Commands, add_command, add_runs, print_json


def add(commands: Commands) -> None:
    command = add_command(commands, "judge", run, "let a vision-language model rate sessions by the rubric")
    add_runs(command)
    command.add_argument("--model", metavar="NAME", help="the judge's name at its server; its ratings carry it")
    command.add_argument(
        "--base-url", default="http://127.0.0.1:8000/v1", metavar="URL", help="an OpenAI-compatible server (loopback)"
    )
    command.add_argument(
        "--key-variable", metavar="NAME", help="environment variable that holds the key, if one is due"
    )
    command.add_argument(
        "--structured",
        choices=("json_schema", "json_object", "none"),
        default="json_schema",
        help="how the server is told the reply's shape (json_schema)",
    )
    command.add_argument("--timeout-s", type=float, default=120.0, metavar="S", help="longest wait for an answer (120)")
    command.add_argument("--requests-per-minute", type=int, metavar="N", help="calls a minute at most")
    command.add_argument("--max-cost-usd", type=float, metavar="USD", help="money that RUNS may spend on models in all")
    command.add_argument(
        "--store", type=Path, default=Path(".responses"), metavar="DIR", help="kept answers (.responses)"
    )
    command.add_argument("--most", type=int, metavar="N", help="rate at most so many sessions now")
    command.add_argument(
        "--calibrate", action="store_true", help="ask nobody: hold the judges' scores against people's, and map them"
    )
    command.add_argument("--json", action="store_true", help="with --calibrate: print JSON instead of text")


def run(given: argparse.Namespace) -> int:
    return _calibrate(given) if given.calibrate else _judge(given)


def _judge(given: argparse.Namespace) -> int:
    from contextlib import closing

    from collector.errors import InputError
    from collector.progress import with_progress
    from scoring.commands.reading import read_runs
    from scoring.judge.asking import JudgeSettings, make_judge
    from scoring.judge.rate import judge_all
    from scoring.terminal import warn

    if not given.model:
        raise InputError("which model is to judge? give --model NAME, as its server calls it")
    if given.json:
        raise InputError("--json goes with --calibrate; the ratings themselves are read with: list --json")
    names = "model base_url key_variable structured timeout_s requests_per_minute max_cost_usd store".split()
    settings = JudgeSettings(**{name: getattr(given, name) for name in names})
    with closing(make_judge(settings, given.runs)) as judge:
        found = read_runs(given.runs)
        done = judge_all(with_progress(found.sessions, "judging"), judge, given.most)
        for problem in done.problems:
            warn(problem)
        for outcome, count in done.outcomes.items():
            print(f"{count:>6} {outcome}")
        print(f"{judge.asked:>6} asked of {given.model} just now")
    if done.own:
        warn(f"{done.own} of them were played by the model that judged them; take another judge for those")
    return int(bool(found.problems or done.problems))


def _calibrate(given: argparse.Namespace) -> int:
    from scoring.commands.reading import read_runs
    from scoring.judge.calibration import calibrate_all, calibration_json, print_calibration

    found = read_runs(given.runs)
    judges = calibrate_all(found.sessions, given.model)
    if given.json:
        print_json(calibration_json(judges))
    else:
        print_calibration(judges)
    return int(bool(found.problems))

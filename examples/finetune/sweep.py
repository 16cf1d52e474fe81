"""Train and play a grid of settings, and set every one against the first: one table of paired differences.

    python examples/finetune/sweep.py -m min_score=1,6 obs=image,image+memory seed=0,1 [work=DIR] [key=value ...]

Settings of the build (obs, history, image_scale ...) make a dataset each, min_score and `seed` a training each. `work`
is a folder that closed_loop.py has filled: its runs are built from, its validation worlds are played.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from loop.commands import FOLDER, run
from loop.playing import play, served_player
from loop.results import Played, difference, rate, read_played
from loop.serving import served
from loop.starts import WorldTasks, write_splits, write_task_file

from collector.errors import ConfigError

OWN: Final[Mapping[str, str]] = {
    "work": "closed_loop",
    "seed": "0",
    "max_steps": "900",
    "starts": "10",
    "tasks": "save_game,change_text_speed,cure_companion,enter_house",
    "port": "8741",
}
"""The keys that are not the build's, with what they are if left out."""

OF_TRAINING: Final = ("min_score",)
"""Settings of sft.py; the others are the build's."""

SHOWN: Final = ("obs", "history", "history_layout", "image_scale", "grid")
"""Settings of the build that a model has to be asked with, too."""


def grid(arguments: Sequence[str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The sweep's own settings, and every combination of the build's settings that the arguments name."""
    named = dict(argument.split("=", 1) for argument in arguments if argument != "-m" and "=" in argument)
    if strange := [argument for argument in arguments if argument != "-m" and "=" not in argument]:
        raise ConfigError(f"{strange[0]!r}: expected key=value or key=value,value")
    own = {key: named.pop(key, value) for key, value in OWN.items()}
    keys, values = list(named), [value.split(",") for value in named.values()]
    return own, [dict(zip(keys, combination, strict=True)) for combination in itertools.product(*values)]


def sweep(own: Mapping[str, str], settings: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """A line for each combination: its rate, and its paired difference from the first."""
    work = Path(own["work"]).absolute()
    tasks = tuple(own["tasks"].split(","))
    path = work / "tasks/sweep.yaml"
    write_task_file(path, WorldTasks(split="validation", tasks=tasks, starts=int(own["starts"])))
    played = [_played(own, told, work, path, len(tasks) * int(own["starts"])) for told in settings]
    return [
        {
            "settings": dict(told),
            "rate": rate(sessions),
            "ahead_of_the_first": None if sessions is played[0] else difference(sessions, played[0]),
        }
        for told, sessions in zip(settings, played, strict=True)
    ]


def _played(own: Mapping[str, str], told: Mapping[str, str], work: Path, path: Path, sessions: int) -> Played:
    """Build, train each seed and play the validation worlds with it; what stands there is not made again."""
    built = {key: value for key, value in told.items() if key not in OF_TRAINING}
    dataset = _dataset(work, built)
    folder = work / "sweep" / f"models_{_name(told)}"
    filters = [f"{key}={told[key]}" for key in OF_TRAINING if key in told]
    folders: dict[int | None, Path] = {}
    asked = [f"agent.{key}={told[key]}" for key in SHOWN if key in told]
    for seed in own["seed"].split(","):
        model = folder / f"model_{seed}"
        if not (model / "training.json").exists():
            training = [f"dataset={dataset}", f"output={model}", f"seed={seed}", f"max_steps={own['max_steps']}"]
            run([str(FOLDER / "sft.py"), *training, *filters], folder / f"train_{seed}.log")
        folders[int(seed)] = folder / f"played_{seed}"
        with served(model, int(own["port"]), folder / f"serve_{seed}.log") as answering:
            player = [*served_player(answering), *asked]
            play(path, sessions, folder / f"played_{seed}", folder / f"play_{seed}.log", 6, player)
    return read_played(folders)


def _dataset(work: Path, built: Mapping[str, str]) -> Path:
    dataset = work / "sweep" / f"dataset_{_name(built)}"
    if not (dataset / "README.md").exists():
        write_splits(dataset)
        build = ["prompt=compact", "target=expert", "export=[sft]", *(f"{key}={value}" for key, value in built.items())]
        log = dataset.with_suffix(".log")
        run(["-m", "dataset_script", f"runs={work / 'runs'}", f"output={dataset}", *build], log)
    return dataset


def _name(settings: Mapping[str, str]) -> str:
    return "_".join(f"{key}-{value}" for key, value in settings.items()).replace("+", "-") or "plain"


def text_of(lines: Sequence[Mapping[str, Any]]) -> str:
    """The lines as a table."""
    shown = []
    for line in lines:
        settings = " ".join(f"{key}={value}" for key, value in line["settings"].items())
        counted, ahead = line["rate"], line["ahead_of_the_first"]
        row = f"{settings:<50} {counted['reached']:>4} of {counted['sessions']:<4} {counted['share']:.2f}"
        if ahead is not None:
            row += f"  {ahead['difference']:+.2f} ({ahead['interval'][0]:+.2f} to {ahead['interval'][1]:+.2f})"
        shown.append(row)
    return "\n".join(shown)


def main(arguments: Sequence[str]) -> int:
    """Sweep and print the table."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    own, settings = grid(arguments)
    lines = sweep(own, settings)
    (Path(own["work"]) / "sweep.json").write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    print(text_of(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

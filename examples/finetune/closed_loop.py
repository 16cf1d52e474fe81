"""The loop closed: collect, label, build, fine-tune, serve, and play worlds that no row came from.

    python examples/finetune/closed_loop.py [work=DIR] [key=value ...]

Everything goes into `work`, and a checkpoint or a session that stands there from an earlier try is not made again.
Ends with report.json and report.txt there.
"""

from __future__ import annotations

import json
import resource
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import hydra
from changed_pictures import change_named
from hydra.core.config_store import ConfigStore
from loop.commands import FOLDER, run, run_all
from loop.playing import majority_button, play, players_without_model, served_player
from loop.results import INTACT, UNSEEN, Played, read_played, summary, table, task_table
from loop.serving import Served, served, server_name, with_changed_pictures
from loop.settings import LoopSettings
from loop.starts import WorldTasks, write_splits, write_task_file
from omegaconf import OmegaConf
from tiny import TinySize, write_tiny

ConfigStore.instance().store(name="loop_schema", node=LoopSettings)


@hydra.main(version_base="1.3", config_path="config", config_name="closed_loop")
def main(composed: Any) -> None:
    """Go round the loop as the configuration says."""
    settings = OmegaConf.to_object(composed)
    assert isinstance(settings, LoopSettings)
    loop = Loop(settings)
    with loop.stage("collect, label, build"):
        loop.collect()
        loop.build()
    with loop.stage("fine-tune"):
        loop.train()
    with loop.stage("play without a model"):
        loop.play_without_model()
    with loop.stage("serve and play"):
        loop.play_models()
    loop.report()


class Loop:
    """One go round the loop, in a folder."""

    def __init__(self, settings: LoopSettings) -> None:
        """Nothing is done yet."""
        self.settings = settings
        self.work = Path(settings.work).absolute()
        self.runs, self.dataset = self.work / "runs", self.work / "dataset"
        self.seconds: dict[str, dict[str, float]] = {}
        self.agreements: dict[str, Any] = {}
        self.players: dict[str, dict[int | None, Path]] = defaultdict(dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        print(f"{name} ...", flush=True)
        began, used = time.monotonic(), _cpu_seconds()
        yield
        wall, cpu = time.monotonic() - began, _cpu_seconds() - used
        self.seconds[name] = {"wall": round(wall, 1), "cpu": round(cpu, 1)}
        print(f"{name}: {wall:.0f} s, {cpu:.0f} s of CPU time", flush=True)

    def collect(self) -> None:
        """The expert, and the expert with mistakes, in the worlds of training and validation; labels and scores."""
        chosen, noisy = self.settings, ["agent=noisy", f"agent.mistake_rate={self.settings.mistake_rate}"]
        for name, split, first, starts, player in (
            ("train_expert", "train", 0, chosen.expert_starts, ["agent=scripted"]),
            ("train_noisy", "train", chosen.expert_starts, chosen.noisy_starts, noisy),
            ("validation", "validation", 0, chosen.validation_starts, noisy),
        ):
            path, sessions = self._task_file(name, split, chosen.tasks, starts, first)
            play(path, sessions, self.runs, self.work / f"logs/collect_{name}.log", chosen.cores, player)
        run(["-m", "collector.relabel", str(self.runs)], self.work / "logs/relabel.log")
        run(["-m", "scoring", "auto", str(self.runs)], self.work / "logs/auto.log")

    def build(self) -> None:
        """What the expert would do at each step, asked with the compact prompt."""
        if not (self.dataset / "README.md").exists():
            write_splits(self.dataset)
        settings = ["prompt=compact", "obs=image", "target=expert", "export=[sft]"]
        arguments = ["-m", "dataset_script", f"runs={self.runs}", f"output={self.dataset}", *settings]
        run(arguments, self.work / "logs/build.log")

    def train(self) -> None:
        """A model for each seed, those that see nothing, and the untrained one."""
        commands = []
        for name, seeds, pictures in (
            ("seed", self.settings.training_seeds, "true"),
            ("text_only", self.settings.text_only_seeds, "false"),
        ):
            for seed in seeds:
                told = [f"seed={seed}", f"pictures={pictures}", *self.settings.training]
                output = self.work / f"models/{name}_{seed}"
                if not (output / "training.json").exists():
                    arguments = [str(FOLDER / "sft.py"), f"dataset={self.dataset}", f"output={output}", *told]
                    commands.append((arguments, self.work / f"logs/train_{name}_{seed}.log"))
        write_tiny(self._untrained, self._rows("train"), TinySize(), seed=0)
        run_all(commands, self.settings.cores)

    def play_without_model(self) -> None:
        """Those that look at nothing, and the one who knows everything."""
        majority = majority_button(self._rows("train"))
        for name, overrides in players_without_model(majority).items():
            self._play(name, None, overrides)

    def play_models(self) -> None:
        """Each checkpoint in turn: agreement first, then its sessions, with its pictures and without."""
        changes = {INTACT: None, UNSEEN: None, "blank pictures": "blank", "other pictures": "other"}
        for seed in self.settings.training_seeds:
            with self._served(f"seed_{seed}") as model:
                self._play_served(changes, seed, model)
        for seed in self.settings.text_only_seeds:
            with self._served(f"text_only_{seed}", agree=False) as model:
                self._play_served({"trained on text only": "none"}, seed, model)
        with self._served(self._untrained.name, agree=False) as model:
            self._play_served({"untrained base": None}, None, model)

    def report(self) -> None:
        """Write down what came of it."""
        played: dict[str, Played] = {name: read_played(folders) for name, folders in self.players.items()}
        seen = {name: sessions for name, sessions in played.items() if name != UNSEEN}
        unseen = {name: sessions for name, sessions in played.items() if name == UNSEEN}
        found, elsewhere = summary(seen), summary(unseen)
        training = {
            path.parent.name: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self.work.glob("models/*/training.json"))
        }
        text = "\n\n".join([table(found), task_table(found), task_table(elsewhere)])
        told = {
            "server": server_name(),
            "seconds": self.seconds,
            "agreement": self.agreements,
            "players": found,
            "unseen_tasks": elsewhere,
            "training": training,
        }
        (self.work / "report.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        (self.work / "report.txt").write_text(text + "\n", encoding="utf-8")
        print(f"{text}\n\n{self.work / 'report.json'}")

    @property
    def _untrained(self) -> Path:
        return self.work / "models/untrained"

    def _rows(self, split: str) -> Any:
        from datasets import load_dataset

        return load_dataset(str(self.dataset), "sft", split=split).remove_columns("images")

    def _task_file(self, name: str, split: str, tasks: list[str], starts: int, first: int) -> tuple[Path, int]:
        path = self.work / f"tasks/{name}.yaml"
        if not path.exists():
            write_task_file(path, WorldTasks(split=split, tasks=tuple(tasks), starts=starts, first=first))
        return path, starts * len(tasks)

    def _play(self, player: str, seed: int | None, overrides: list[str]) -> None:
        """Play the test worlds, or their unseen tasks."""
        chosen, is_unseen = self.settings, player == UNSEEN
        tasks, starts = (chosen.unseen_tasks, chosen.unseen_starts) if is_unseen else (chosen.tasks, chosen.test_starts)
        file = "unseen" if is_unseen else "test"
        path, sessions = self._task_file(file, "test", tasks, starts, chosen.first_test_start)
        folder = self._folder_of(player, seed)
        play(path, sessions, folder, self.work / f"logs/play_{folder.name}.log", chosen.workers, overrides)

    def _folder_of(self, player: str, seed: int | None) -> Path:
        """Where the player's sessions go, entered in the report in the order of asking."""
        name = player.replace(" ", "_").replace(",", "") + ("" if seed is None else f"_{seed}")
        return self.players[player].setdefault(seed, self.work / "played" / name)

    def _play_served(self, changes: Mapping[str, str | None], seed: int | None, model: Served) -> None:
        """Players of one checkpoint, each with its change of pictures, at once: many are answered as fast as one."""
        for player in changes:
            self._folder_of(player, seed)
        with ExitStack() as addresses, ThreadPoolExecutor(len(changes)) as pool:
            playing = []
            for port, (player, change) in enumerate(changes.items(), self.settings.port + 1):
                address = None
                if change is not None:
                    changed = change_named(change, str(self.dataset))
                    address = addresses.enter_context(with_changed_pictures(model.base_url, port, changed))
                playing.append(pool.submit(self._play, player, seed, served_player(model, address)))
            for one in playing:
                one.result()

    @contextmanager
    def _served(self, name: str, *, agree: bool = True) -> Iterator[Served]:
        """The checkpoint of that name behind an address, once it answers as it does in transformers."""
        checkpoint = self.work / "models" / name
        with served(checkpoint, self.settings.port, self.work / f"logs/serve_{name}.log") as model:
            if agree:
                rows = f"--rows={self.settings.agreement_rows}"
                arguments = [str(FOLDER / "agreement.py"), str(checkpoint), str(self.dataset)]
                asked = [model.base_url, model.model, rows, f"--structured={model.structured}"]
                printed = run([*arguments, *asked], self.work / f"logs/agreement_{name}.log")
                self.agreements[name] = json.loads(printed.splitlines()[-1])
            yield model


def _cpu_seconds() -> float:
    """What this process and those it has waited for have taken."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main()

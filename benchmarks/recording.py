"""What recording a step costs, beside the game itself and two other ways to keep the same pictures.

Every way gets the same steps, in turn, in one process; the figures are medians over the steps, and ratios between ways.
Run: make bench
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from datasets.arrow_writer import ArrowWriter
from PIL import Image

from collector.agents.catalogue import make_agent
from collector.agents.settings import AgentSettings
from collector.budget import BudgetRules
from collector.console import Console
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.features import features_of, row_of
from collector.games.catalogue import game_for
from collector.pictures import decode_picture, encode_png
from collector.records import Picture, Step
from collector.rollout import Assignment, Rollout
from collector.shards import ShardWriter
from collector.tasks import load_task, start_from_config, task_from_config

STEPS = 400
WORLDS = (0, 1, 4519, 2041, 7, 3)
"""One of each palette."""


class Sample(NamedTuple):
    """A recorded step with its pictures as pixels."""

    step: Step
    before: Picture
    after: Picture


class Collected:
    """A recorder that keeps steps in memory."""

    session_id = "benchmark"

    def __init__(self) -> None:
        """Nothing yet."""
        self.steps: list[Step] = []
        self.marks: list[float] = []

    def record(self, step: Step) -> None:
        """Keep it."""
        self.steps.append(step)
        self.marks.append(time.perf_counter())

    def notify(self, event: str, **facts: Any) -> None:
        """Nothing to keep."""


def play(world: int, steps: int) -> tuple[list[Sample], float]:
    """Random play in a world: its steps, and the seconds a step of the bare emulator loop takes."""
    emulator = make_emulator(EmulatorSettings(kind="pyboy"))
    console = Console(emulator, game_for(emulator.rom))
    config = load_task("heal_and_save")
    start = dataclasses.replace(start_from_config(config.starts[0]), start_id=f"w{world:04d}", world_seed=world)
    assignment = Assignment(
        task=task_from_config(config), start=start, budget=BudgetRules(max_steps=steps, soft_share=1.0), seed=world
    )
    rollout = Rollout(assignment, console, make_agent(AgentSettings(kind="random")))
    collected = Collected()
    rollout.run(rollout.prepare(), collected)
    samples = [
        Sample(step, decode_picture(step.screenshot), decode_picture(step.screenshot_after)) for step in collected.steps
    ]
    console.begin(start)
    began = time.perf_counter()
    for step in collected.steps:
        console.press(step.action or "wait")
        emulator.screenshot()
    bare = (time.perf_counter() - began) / len(collected.steps)
    emulator.close()
    return samples, bare


def gba_sized(samples: list[list[Sample]]) -> list[Sample]:
    """240x160 frames with many colours: a field of 80x80 pixels from each of six worlds."""

    def compose(pictures: list[Picture]) -> Picture:
        canvas = Image.new("RGB", (240, 160))
        for number, picture in enumerate(pictures):
            field = Image.frombytes("RGB", (160, 144), picture.rgb).crop((40, 32, 120, 112))
            canvas.paste(field, (80 * (number % 3), 80 * (number // 3)))
        return Picture(width=240, height=160, rgb=canvas.tobytes())

    return [
        Sample(row[0].step, compose([s.before for s in row]), compose([s.after for s in row]))
        for row in zip(*samples, strict=False)
    ]


def ours(samples: list[Sample], folder: Path) -> Iterator[None]:
    """Hash, encode and append as a session does: a picture that stays is encoded once."""
    with ShardWriter(folder / "steps.arrow", Step) as writer:
        seen, png, digest = None, b"", ""
        for sample in samples:
            if sample.after != seen:
                seen, png, digest = sample.after, encode_png(sample.after), sample.after.digest()
            writer.write(dataclasses.replace(sample.step, screenshot_after=png, frame_hash_after=digest))
            yield


def two_png_and_json(samples: list[Sample], folder: Path) -> Iterator[None]:
    """Two PNG files and a JSON line with base64, Pillow's defaults: the original specification's way."""
    with (folder / "training_data.jsonl").open("a", encoding="utf-8") as out:
        for number, sample in enumerate(samples):
            coded = []
            for when, picture in (("before", sample.before), ("after", sample.after)):
                buffer = io.BytesIO()
                Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).save(buffer, "PNG")
                (folder / f"step_{number:04d}_{when}_action.png").write_bytes(buffer.getvalue())
                coded.append(base64.b64encode(buffer.getvalue()).decode())
            row = dataclasses.asdict(sample.step) | {"screenshot": coded[0], "screenshot_after": coded[1]}
            out.write(json.dumps(row) + "\n")
            out.flush()
            yield


def arrow_writer(samples: list[Sample], folder: Path) -> Iterator[None]:
    """datasets.ArrowWriter with a batch and a flush a step, given the pictures as PIL images."""
    writer = ArrowWriter(features=features_of(Step), path=str(folder / "steps.arrow"), writer_batch_size=1)
    for sample in samples:
        row = row_of(sample.step)
        for column, picture in (("screenshot", sample.before), ("screenshot_after", sample.after)):
            row[column] = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
        writer.write(row)
        writer.stream.flush()
        yield
    writer.finalize()


WAYS: dict[str, Callable[[list[Sample], Path], Iterator[None]]] = {
    "this project": ours,
    "two PNG + base64 JSON": two_png_and_json,
    "datasets.ArrowWriter": arrow_writer,
}


def measure(samples: list[Sample]) -> dict[str, tuple[float, float]]:
    """Median ms a step and bytes a step of each way, the ways taking turns step by step."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = {name: Path(temporary, str(number)) for number, name in enumerate(WAYS)}
        for folder in folders.values():
            folder.mkdir()
        runs = {name: way(samples, folders[name]) for name, way in WAYS.items()}
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in samples:
            for name, run in runs.items():
                began = time.perf_counter()
                next(run)
                times[name].append(time.perf_counter() - began)
        for run in runs.values():
            next(run, None)
        sizes = {name: sum(path.stat().st_size for path in folders[name].iterdir()) for name in WAYS}
    return {name: (statistics.median(times[name]) * 1000, sizes[name] / len(samples)) for name in WAYS}


def report(title: str, samples: list[Sample], bare_ms: float | None) -> None:
    """Print one table."""
    colours = statistics.median(
        len(Image.frombytes("RGB", (s.after.width, s.after.height), s.after.rgb).getcolors(65536) or ())
        for s in samples
    )
    changed = sum(sample.before != sample.after for sample in samples) / len(samples)
    print(f"\n{title}: {len(samples)} steps, {colours:.0f} colours (median), picture changed in {changed:.0%} of steps")
    figures = measure(samples)
    base_ms, base_bytes = figures["this project"]
    print(f"  {'way':<24}{'ms/step':>9}{'ratio':>8}{'bytes/step':>12}{'ratio':>8}")
    for name, (ms, size) in figures.items():
        print(f"  {name:<24}{ms:>9.3f}{ms / base_ms:>8.2f}{size:>12.0f}{size / base_bytes:>8.2f}")
    if bare_ms is not None:
        print(f"  {'(the game itself)':<24}{bare_ms:>9.3f}{bare_ms / base_ms:>8.2f}")


def main() -> int:
    """Play, measure, print."""
    warnings.simplefilter("ignore")
    played = [play(world, STEPS) for world in WORLDS]
    samples = [samples for samples, _ in played]
    bare_ms = statistics.median(bare for _, bare in played) * 1000
    report("160x144, recorded", samples[0], bare_ms)
    report("240x160, composed of six worlds", gba_sized(samples), None)
    return 0


if __name__ == "__main__":
    sys.exit(main())

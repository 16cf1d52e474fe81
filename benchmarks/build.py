"""What building a dataset costs: rows a second beside `Dataset.from_generator(...).to_parquet()`, and memory by size.

A few recorded sessions are repeated under new ids, worlds and colours until there are as many steps as asked for: every
picture, state and row differs, as in as many real ones. Each way runs in a process of its own; its peak memory is what
the kernel says of it; rates are over the seconds its processor worked.
Run: make bench, or python benchmarks/build.py STEPS ...
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from collector.pictures import decode_picture
from collector.records import Session, Step
from collector.run_directory import SESSION_PREFIX, SessionDirectory, recorded_sessions
from collector.shards import ShardWriter, read_rows
from scoring.annotations import append_annotation, read_annotations

SIZES = (10_000, 100_000)
RECORDED = 40
"""Sessions that are played, the rest is made of them."""

WAYS = ("this project", "Dataset.from_generator")
CONFIGS = ("steps", "sft")
HELD = 10_000
"""Rows held in memory where writing alone is measured."""


class Cost(NamedTuple):
    """What a process took: seconds of its processor, megabytes."""

    seconds: float
    peak_mb: float
    output: str


def run(*command: str) -> Cost:
    """Run a command to its end; what it took."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([sys.executable, *command], stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def record(runs: Path, sessions: int) -> None:
    """Play sessions, expert and random, and rate them."""
    for number, agent in enumerate(("scripted", "random")):
        plan = ("taskset=train", f"max_sessions={sessions // 2}", f"seed={number * sessions}")
        run("-m", "collector", *plan, f"agent={agent}", f"runs={runs}")
    run("-m", "scoring", "auto", str(runs))


def repeat(recorded: Path, runs: Path, steps: int) -> int:
    """Write copies of the recorded sessions until there are so many steps; how many there are."""
    sources = [
        (directory, session, [_step(row) for row in read_rows(directory.shard)])
        for directory, session in recorded_sessions(recorded)
    ]
    written = 0
    for copy in itertools.count():
        for directory, session, rows in sources:
            if written >= steps:
                return written
            _write_copy(runs, directory, session, rows, copy)
            written += len(rows)
    raise AssertionError("count() does not end")


def _step(row: dict[str, Any]) -> Step:
    """The record that a row was made from."""
    plain = {name: cell["bytes"] if isinstance(cell, dict) else cell for name, cell in row.items()}
    return Step(**plain | {"previous_actions": tuple(row["previous_actions"])})


def _write_copy(runs: Path, source: SessionDirectory, session: Session, rows: list[Step], copy: int) -> None:
    session_id = f"{session.session_id}.{copy}"
    world = (session.world_seed or 0) + 10_000 * (copy + 1)
    own = {"session_id": session_id, "world_seed": world, "start_id": f"w{world}"}
    directory = SessionDirectory(runs / f"{SESSION_PREFIX}{session_id}")
    directory.path.mkdir(parents=True)
    with ShardWriter(directory.shard, Step) as shard:
        for row in rows:
            before, before_hash = _tinted(row.screenshot, copy)
            after, after_hash = _tinted(row.screenshot_after, copy)
            pictures = {"screenshot": before, "screenshot_after": after}
            hashes = {"frame_hash": before_hash, "frame_hash_after": after_hash}
            state = json.dumps(json.loads(row.state) | {"copy": world})
            reply_id = row.reply_id.replace(session.session_id, session_id)
            shard.write(dataclasses.replace(row, **own, **pictures, **hashes, state=state, reply_id=reply_id))
    directory.write_session(dataclasses.replace(session, **own))
    for number, rating in enumerate(read_annotations(source).annotations):
        rating = dataclasses.replace(rating, session_id=session_id, annotation_id=f"{session_id}/{number}")
        append_annotation(directory.annotations, rating)


@lru_cache(maxsize=64)
def _tinted(png: bytes, copy: int) -> tuple[bytes, str]:
    """The picture with its palette moved by the copy's number, so that no other copy has it; and its hash."""
    at = png.index(b"PLTE") + 4
    size = int.from_bytes(png[at - 8 : at - 4], "big")
    palette = bytearray(png[at : at + size])
    for place, digit in enumerate((copy % 16, copy // 16 % 16, copy // 256 % 16)):
        palette[place] ^= digit
    body = b"PLTE" + bytes(palette)
    tinted = png[: at - 4] + body + zlib.crc32(body).to_bytes(4, "big") + png[at + size + 4 :]
    return tinted, decode_picture(tinted).digest()


def write_one(way: str, config: str, runs: Path, output: Path, *, held: bool) -> None:
    """Write all rows of a config one way, or some that are in memory already; the child process of `compare`."""
    from datasets import Dataset

    from dataset_script.exports.protocol import load_export
    from dataset_script.parquet import write_split

    export, corpus = load_export(config), _corpus(runs)
    features = export.features()

    def read() -> Iterator[dict[str, Any]]:
        for split in ("train", "validation", "test"):
            yield from export.rows(corpus, split)

    in_memory = list(itertools.islice(read(), HELD)) if held else []

    def rows() -> Iterator[dict[str, Any]]:
        return iter(in_memory) if held else read()

    began = time.process_time()
    if way == WAYS[0]:
        files = write_split(rows(), features, output, "train", max_bytes=500_000_000)
        count = files.num_examples if files else 0
    else:
        cache = str(output / "cache")
        made = Dataset.from_generator(
            rows, features=features, cache_dir=cache, fingerprint="given"
        )  # else it is hashed
        made.to_parquet(output / "train.parquet")
        count = made.num_rows
    print(json.dumps({"rows": count, "seconds": time.process_time() - began}))


def _corpus(runs: Path) -> Any:
    from hydra import compose, initialize_config_module
    from omegaconf import OmegaConf

    from dataset_script.config import register_schema, settings_from
    from dataset_script.corpus import Corpus, read_sessions
    from dataset_script.selection import place_sessions

    register_schema()
    with initialize_config_module("configs", version_base="1.3"):
        composed = compose("build", overrides=[f"runs={runs}"])
    config: Any = OmegaConf.to_object(composed)
    settings = settings_from(config)
    placed, _ = place_sessions(read_sessions(runs)[0], settings, {}, print)
    return Corpus(
        sessions=placed, prompt=settings.prompt, dropped=frozenset(), judged_dropped=frozenset(), chat_window=1
    )


def compare(runs: Path, folder: Path) -> None:
    """Print rows a second of both ways of writing the same rows."""
    print(f"  {'the same rows of one config':<44}{'rows':>9}{'rows/s':>10}{'ratio':>8}{'peak MB':>9}{'MB':>8}")
    for config, what in itertools.product(CONFIGS, ("read and write", "write alone")):
        rates = []
        for way in WAYS:
            output = folder / f"{config}-{len(rates)}-{what[:5]}"
            cost = run(__file__, f"--{what}", way, config, str(runs), str(output))
            told = json.loads(cost.output.splitlines()[-1])
            rates.append(told["rows"] / told["seconds"])
            size = sum(path.stat().st_size for path in output.glob("*.parquet")) / 1e6
            print(
                f"  {f'{config}, {what}: {way}':<44}{told['rows']:>9,}{rates[-1]:>10,.0f}{rates[0] / rates[-1]:>8.2f}"
                f"{cost.peak_mb:>9.0f}{size:>8.1f}",
                flush=True,
            )


def build(runs: Path, folder: Path) -> None:
    """Print what the whole build costs, with and without the gate."""
    for lint in ("on", "off"):
        output = folder / f"dataset-{lint}"
        cost = run("-m", "dataset_script", f"runs={runs}", f"output={output}", f"lint={lint}")
        rows = sum(
            int(count.replace(",", ""))
            for line in cost.output.splitlines()
            if line.startswith("  ")
            for count in line.split()[2::2]
        )
        what = f"the whole build, lint={lint}"
        print(f"  {what:<44}{rows:>9,}{rows / cost.seconds:>10,.0f}{'':>8}{cost.peak_mb:>9.0f}", flush=True)


def main() -> int:
    """Record, repeat, measure, print."""
    if sys.argv[1:2] and sys.argv[1].startswith("--"):
        what, way, config, runs, output = sys.argv[1:]
        write_one(way, config, Path(runs), Path(output), held=what == "--write alone")
        return 0
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        record(folder / "recorded", RECORDED)
        for size in sizes:
            runs = folder / str(size)
            print(f"\n{repeat(folder / 'recorded', runs, size):,} steps", flush=True)
            compare(runs, folder / f"compare-{size}")
            build(runs, folder / f"build-{size}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

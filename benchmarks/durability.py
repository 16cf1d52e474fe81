"""What SIGKILL costs: kills at random moments of recording, closing, batches, repair, rating, pruning and building.

Every figure but the first two must be 0; the exit code says whether it is. Run: python benchmarks/durability.py
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

sys.path.insert(0, str(Path(__file__).parent.parent))

from collector.run_directory import find_sessions
from tests import killing
from tests.killing import Damage, Ended, kill_during, kill_while_closing, look
from tests.planting import tear

ATTEMPTS_A_KILL = 4
"""A child that ends before its kill is tried again with another moment, so many times."""


Run: TypeAlias = Callable[[Path, float | None, Damage], Ended]


class Part(NamedTuple):
    """One kind of kill."""

    name: str
    share: int
    """Of all kills, in percent."""
    run: Run
    """Prepare a folder, work in it, kill after a delay (None: never), and look."""


class Templates(NamedTuple):
    """Run trees that workloads start from."""

    rated: Path
    unrated: Path
    dead: Path
    dataset: Path
    """A folder built from `rated` without its last session."""
    digests: frozenset[str]
    """Of the dataset folder before and after the build that is killed."""


def main() -> int:
    """Print a row for each kind of kill; 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="in all (200)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments (random)")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    chance = random.Random(seed)
    print(f"{given.kills} SIGKILLs, seed {seed}; sessions of {killing.STEPS} steps with screenshots and JSONL\n")
    print(f"{'killed while':<22}{'window':>9}{'kills':>7}{'steps kept':>12}{'lost':>6}", end="")
    print(f"{'unreadable':>12}{'half-written':>14}{'wrong':>7}")
    total = Damage()
    with _folder() as root:
        templates = make_templates(root)
        for part in parts(templates):
            damage, window_s = kill_many(part, root, max(1, round(given.kills * part.share / 100)), chance)
            _print_row(part.name, f"{window_s * 1000:.0f} ms", damage)
            for name in ("kills", "acknowledged", "lost", "unreadable", "half_written", "wrong"):
                setattr(total, name, getattr(total, name) + getattr(damage, name))
            total.told += damage.told
    _print_row("all", "", total)
    for problem in total.told[:20]:
        print(problem)
    return int(bool(total.told))


def kill_many(part: Part, root: Path, kills: int, chance: random.Random) -> tuple[Damage, float]:
    """Measure how long the work takes, then kill it so many times at moments uniform over that time."""
    damage = Damage()
    window_s = min(part.run(_fresh(root), None, damage).lasted_s for _ in range(2))
    for _ in range(kills * ATTEMPTS_A_KILL):
        if damage.kills == kills:
            break
        damage.kills += part.run(_fresh(root), chance.uniform(0, window_s), damage).killed
    return damage, window_s


def parts(templates: Templates) -> list[Part]:
    """Every kind of kill."""

    def of_runs(work: killing.Workload, template: Path | None) -> Run:
        def run(folder: Path, delay_s: float | None, damage: Damage) -> Ended:
            runs = folder / "runs"
            runs.mkdir() if template is None else shutil.copytree(template, runs)
            ended = kill_during(work, runs, delay_s)
            look(runs, ended.acknowledged, damage)
            return ended

        return run

    def closing(folder: Path, delay_s: float | None, damage: Damage) -> Ended:
        ended = kill_while_closing(folder, delay_s)
        look(folder, ended.acknowledged, damage)
        return ended

    def building(folder: Path, delay_s: float | None, damage: Damage) -> Ended:
        shutil.copytree(templates.rated, folder / "runs")
        shutil.copytree(templates.dataset, folder / "dataset")
        ended = kill_during(killing.build, folder, delay_s)
        _look_at_dataset(folder, templates, damage)
        return ended

    return [
        Part("recording", 40, of_runs(killing.collect, None)),
        Part("closing a session", 15, closing),
        Part("replacing metadata", 10, of_runs(killing.replace_metadata, templates.rated)),
        Part("a batch", 8, of_runs(killing.batch, None)),
        Part("repair", 10, of_runs(killing.repair, templates.dead)),
        Part("scoring auto", 7, of_runs(killing.rate, templates.unrated)),
        Part("prune", 4, of_runs(killing.prune, templates.unrated)),
        Part("dataset build", 6, building),
    ]


def make_templates(root: Path) -> Templates:
    """Record a batch; from it a rated tree, a tree of dead sessions with torn shards, and a dataset."""
    unrated, rated, dead, built = (root / name for name in ("unrated", "rated", "dead", "built"))
    kill_during(killing.batch, unrated, None)
    shutil.copytree(unrated, rated)
    kill_during(killing.rate, rated, None)
    shutil.copytree(unrated, dead)
    for directory in find_sessions(dead):
        metadata = json.loads(directory.metadata.read_text())
        directory.metadata.write_text(json.dumps(metadata | {"status": "running", "total_steps": 0}))
        tear(directory, 99)
        directory.training_data.unlink()
        directory.trace.unlink()
    shutil.copytree(rated, built / "runs")
    held_back = find_sessions(built / "runs")[-1].path.rename(root / "held_back")
    kill_during(killing.build, built, None)
    old = root / "old_dataset"
    shutil.copytree(built / "dataset", old)
    before = digest_of(old)
    shutil.copytree(held_back, built / "runs" / find_sessions(rated)[-1].path.name)
    kill_during(killing.build, built, None)
    return Templates(rated, unrated, dead, old, frozenset({before, digest_of(built / "dataset")}))


def digest_of(folder: Path) -> str:
    """Over every file's name and content."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _look_at_dataset(folder: Path, templates: Templates, damage: Damage) -> None:
    """The folder is the old one, the new one, or absent between two renames; another build then makes the new one."""
    dataset = folder / "dataset"
    if dataset.exists() and digest_of(dataset) not in templates.digests:
        damage.count("half_written", f"{dataset} after the kill")
    kill_during(killing.build, folder, None)
    if not dataset.exists() or digest_of(dataset) not in templates.digests - {digest_of(templates.dataset)}:
        damage.count("half_written", f"{dataset} after the next build")


def _fresh(root: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=root))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="eevee-durability-") as folder:
        yield Path(folder)


def _print_row(name: str, window: str, damage: Damage) -> None:
    print(
        f"{name:<22}{window:>9}{damage.kills:>7}{damage.acknowledged:>12}{damage.lost:>6}"
        f"{damage.unreadable:>12}{damage.half_written:>14}{damage.wrong:>7}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

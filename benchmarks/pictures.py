"""What pictures cost on disk: bytes a row of the whole output, this project's ways beside two common ones.

The rows are those of recorded sessions, half of them an expert's, half random buttons. Run: make bench
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from build import record, run
from datasets import Dataset, Features
from PIL import Image

from collector.pictures import decode_picture
from dataset_script.parquet import ROWS_PER_GROUP
from dataset_script.picture_cells import with_pictures

SESSIONS: Final = 60
EXPORTS: Final = "[sft,heldout,steps,spec,llamafactory]"


def rows_of(folder: Path, config: str) -> Iterator[dict[str, Any]]:
    """The rows of a built config, in order."""
    for path in sorted((folder / config).glob("*.parquet")):
        yield from pq.read_table(path).to_pylist()


def plain_png(picture: bytes) -> bytes:
    """The same pixels as Pillow writes them by default."""
    pixels, out = decode_picture(picture), io.BytesIO()
    Image.frombytes("RGB", (pixels.width, pixels.height), pixels.rgb).save(out, "PNG")
    return out.getvalue()


def pictures_in(cell: Any, found: list[bytes]) -> list[bytes]:
    """Digests of the pictures in a cell, in order."""
    with_pictures(cell, lambda picture: found.append(hashlib.sha256(picture).digest()))
    return found


def base64_lines(folder: Path, config: str, target: Path) -> int:
    """Bytes of the rows as JSON lines, pictures as Pillow's PNG in base64."""
    with target.open("w", encoding="utf-8") as out:
        for row in rows_of(folder, config):
            out.write(json.dumps(with_pictures(row, lambda png: base64.b64encode(plain_png(png)).decode())) + "\n")
    return target.stat().st_size


def parquet_by_row(folder: Path, config: str, target: Path) -> int:
    """Bytes of the rows as the library writes them, pictures as Pillow's PNG."""
    [path, *_] = sorted((folder / config).glob("*.parquet"))
    features = Features.from_arrow_schema(pq.read_schema(path))

    def rows() -> Iterator[dict[str, Any]]:
        for row in rows_of(folder, config):
            yield with_pictures(row, lambda png: {"bytes": plain_png(png), "path": None})

    made = Dataset.from_generator(rows, features=features, cache_dir=str(target.parent / "cache"))
    made.to_parquet(target)
    return target.stat().st_size


def size_of(folder: Path, pattern: str) -> int:
    """Bytes of the files."""
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def report(title: str, rows: int, sizes: dict[str, int]) -> None:
    """Print one table; ratios are to its first line."""
    print(f"\n{title}: {rows:,} rows")
    first = next(iter(sizes.values()))
    for name, size in sizes.items():
        print(f"  {name:<52}{size / rows:>9.0f} bytes/row{size / first:>8.2f}", flush=True)


def repeats(folder: Path, config: str) -> None:
    """Print how often pictures are shown, how many there are, and how often a dictionary a row group stores them."""
    shown, distinct, stored = 0, set[bytes](), 0
    for path in sorted((folder / config).glob("*.parquet")):
        rows = pq.read_table(path).to_pylist()
        for at in range(0, len(rows), ROWS_PER_GROUP):
            for column in rows[0]:
                found: list[bytes] = []
                for row in rows[at : at + ROWS_PER_GROUP]:
                    pictures_in(row[column], found)
                shown, stored = shown + len(found), stored + len(set(found))
                distinct |= set(found)
    print(f"  pictures in {config}: shown {shown:,}, stored {stored:,} (once a column and row group), "
          f"distinct {len(distinct):,}")  # fmt: skip


def main() -> int:
    """Record, build in every way, print."""
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        record(base / "runs", SESSIONS)
        build = ("-m", "dataset_script", f"runs={base / 'runs'}", "split_by=session")
        for name in ("png", "webp"):
            run(*build, f"output={base / name}", f"export={EXPORTS}", f"picture_format={name}")
        run(*build, f"output={base / 'thin'}", "images=thin")
        for config in ("sft", "steps"):
            sizes = {
                "this project, Parquet": size_of(base / "png" / config, "*.parquet"),
                "this project, Parquet, picture_format=webp": size_of(base / "webp" / config, "*.parquet"),
                "Parquet by Dataset.to_parquet, Pillow's PNG": parquet_by_row(
                    base / "png", config, base / f"{config}.parquet"
                ),
                "JSON lines, Pillow's PNG in base64": base64_lines(base / "png", config, base / f"{config}.jsonl"),
            }
            if config == "steps":
                sizes["this project, images=thin"] = size_of(base / "thin" / "thin", "*.parquet")
            report(config, sum(1 for _ in rows_of(base / "png", config)), sizes)
            repeats(base / "png", config)
        lines = {
            "llamafactory: a file for each distinct picture": size_of(base / "png-jsonl" / "llamafactory", "*"),
            "llamafactory, picture_format=webp": size_of(base / "webp-jsonl" / "llamafactory", "*"),
            "spec: the screen in base64": size_of(base / "png-jsonl" / "spec", "*"),
        }
        report("JSON lines of sft's rows", sum(1 for _ in rows_of(base / "png", "sft")), lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())

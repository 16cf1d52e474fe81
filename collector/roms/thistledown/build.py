"""Builds thistledown.gb from wram.yaml, world.yaml, art/ and src/ with Debian's sdcc (apt-get install sdcc).

`python -m collector.roms.thistledown.build` writes the cartridge and its sha256; `--check` compares instead.
The same inputs give the same bytes in any folder, time zone and locale.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from collector.yaml_loading import load_yaml

from . import ROM_PATH, SHA256_PATH
from .c_art import art_sources, load_palettes
from .c_world import world_header, world_source
from .c_wram import wram_header
from .rom_image import rom_image

HERE = Path(__file__).parent
CODE_ADDRESS = "0x200"
DATA_ADDRESS = "0xC200"
"""Above the public fields (0xC000) and the shadow of the sprite table (0xC100)."""


class BuildError(Exception):
    """The cartridge could not be built, or is not what the sources make."""


def build(folder: Path, *, sources: Path = HERE, art: Path = HERE / "art") -> bytes:
    """Compiles in `folder`, which keeps the generated sources and thistledown.map; returns the cartridge.

    `sources` holds wram.yaml, world.yaml and src/; `art` the pictures and palettes.yaml.
    """
    for tool in ("sdcc", "sdasgb"):
        if shutil.which(tool) is None:
            raise BuildError(f"{tool} was not found; install sdcc 4.2 (on Debian: apt-get install sdcc)")
    for source in sorted((sources / "src").iterdir()):
        shutil.copyfile(source, folder / source.name)
    _generate(folder, sources, art)
    objects = _assemble(folder) + _compile(folder)
    places = ["--code-loc", CODE_ADDRESS, "--data-loc", DATA_ADDRESS]
    _run(folder, ["sdcc", "-msm83", "--no-std-crt0", *places, "-Wl-m", *objects, "-o", "thistledown.ihx"])
    return rom_image((folder / "thistledown.ihx").read_text(encoding="ascii"))


def _generate(folder: Path, sources: Path, art: Path) -> None:
    world = _yaml(sources / "world.yaml")
    art_header, art_source = art_sources(art)
    texts = {
        "wram.h": wram_header(_yaml(sources / "wram.yaml")),
        "world.h": world_header(world),
        "world.c": world_source(world, load_palettes(art)["tile_palette"]),
        "art.h": art_header,
        "art.c": art_source,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="ascii")


def _yaml(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = load_yaml(path.read_text(encoding="utf-8"))
    return table


def _assemble(folder: Path) -> list[str]:
    """Objects of the .s files, crt0 first: it fixes the order of the areas."""
    names = ["crt0", *sorted(path.stem for path in folder.glob("*.s") if path.stem != "crt0")]
    for name in names:
        _run(folder, ["sdasgb", "-o", f"{name}.rel", f"{name}.s"])
    return [f"{name}.rel" for name in names]


def _compile(folder: Path) -> list[str]:
    names = sorted(path.stem for path in folder.glob("*.c"))
    for name in names:
        flags = ["-msm83", "--std-c11", "--opt-code-size", "-c"]
        _run(folder, ["sdcc", *flags, f"{name}.c", "-o", f"{name}.rel"])
    return [f"{name}.rel" for name in names]


def _run(folder: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    messages = (done.stdout + done.stderr).strip()
    if done.returncode or messages:
        raise BuildError(f"{' '.join(command)} said:\n{messages or f'exit status {done.returncode}'}")


def main() -> int:
    """The command line; 0 done, 1 the build failed or the check found a difference."""
    parser = argparse.ArgumentParser(prog="python -m collector.roms.thistledown.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if thistledown.gb differs")
    parser.add_argument("--art", type=Path, default=HERE / "art", help="folder of the pictures (default: art/)")
    parser.add_argument("--keep", type=Path, help="build in this folder and keep it")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.keep or Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            _finish(build(folder.absolute(), art=arguments.art.absolute()), check=arguments.check)
    except (BuildError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _finish(image: bytes, *, check: bool) -> None:
    digest = hashlib.sha256(image).hexdigest()
    if check:
        if ROM_PATH.read_bytes() != image:
            raise BuildError(f"{ROM_PATH.name} is not what its sources make ({digest}); run the build and commit it")
        print(f"{ROM_PATH.name} is what its sources make: {digest}")
        return
    ROM_PATH.write_bytes(image)
    SHA256_PATH.write_text(f"{digest}  {ROM_PATH.name}\n", encoding="ascii")
    print(f"{ROM_PATH.name}: {len(image.rstrip(bytes(1)))} of {len(image)} bytes used, sha256 {digest}")


if __name__ == "__main__":
    sys.exit(main())

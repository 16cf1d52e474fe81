"""Thistledown, the bundled cartridge: its image and its tables (README.md has the rules)."""

from pathlib import Path

_HERE = Path(__file__).parent

ROM_PATH = _HERE / "thistledown.gb"
SHA256_PATH = _HERE / "thistledown.gb.sha256"
WRAM_PATH = _HERE / "wram.yaml"
WORLD_PATH = _HERE / "world.yaml"


def rom_sha256() -> str:
    """The cartridge's SHA-256 in hex, as the build recorded it."""
    return SHA256_PATH.read_text(encoding="ascii").split()[0]

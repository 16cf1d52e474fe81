"""The games there are readers for. Adding one is a module or package here and a line in each function below."""

from __future__ import annotations

from typing import Final

from collector.emulators.protocol import RomIdentity
from collector.games.picture_only import PictureOnly
from collector.games.protocol import Game
from collector.roms.thistledown import rom_sha256

_BUNDLED_HEADER: Final = ("THISTLEDOWN", 0)
"""Title and revision of the bundled cartridge."""


def game_for(rom: RomIdentity) -> Game:
    """The reader made for this ROM; without one, a game of which only pictures are known.

    A ROM is known by its digest. One whose file is not here (it runs on another machine) is known by its header, and
    the reader then checks the RAM's magic and layout itself.
    """
    if rom.sha256 == rom_sha256() or (rom.sha256 is None and (rom.title, rom.revision) == _BUNDLED_HEADER):
        return _thistledown()
    return PictureOnly(rom.title)


def game_named(game_id: str) -> Game | None:
    """The reader that is recorded under this name; None if there is none today."""
    return _thistledown() if game_id == "thistledown" else None


def _thistledown() -> Game:
    from collector.games.thistledown import Thistledown

    return Thistledown()

"""The games there are readers for. Adding one is a module or package here and a line below."""

from __future__ import annotations

from collector.emulators.protocol import RomIdentity
from collector.games.picture_only import PictureOnly
from collector.games.protocol import Game
from collector.roms.thistledown import rom_sha256


def game_for(rom: RomIdentity) -> Game:
    """The reader made for this ROM, by its digest; without one, a game of which only pictures are known."""
    if rom.sha256 == rom_sha256():
        from collector.games.thistledown import Thistledown

        return Thistledown()
    return PictureOnly(rom.title)

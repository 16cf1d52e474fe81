"""Making captured states: of a running SkyEmu as it stands, or in this process after frames and presses.

A SkyEmu is only looked at: nothing is pressed, stepped, written or loaded there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.clock import utc_now
from collector.errors import EmulatorError, InputError, RomError
from collector.pictures import decode_picture, encode_png
from collector.records import Picture
from collector.starts import CapturedState, StateFacts, describe_rom, state_digest

if TYPE_CHECKING:
    from collector.emulators.protocol import RomIdentity
    from collector.emulators.skyemu_http import SkyEmuServer

BOOT_FRAMES: Final = 300
"""Five seconds from power-on: past the boot of most games, before their title does anything."""
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a state is made on an emulator of this process."""

    kind: str = "pyboy"
    """Which emulator."""
    rom: Path | None = None
    """The ROM; the bundled cartridge if None."""
    state_file: Path | None = None
    """A state that the emulator saved, to go on from; None begins at power-on."""
    frames: int | None = None
    """Frames to run before the first press; None runs BOOT_FRAMES from power-on and 1 from a state."""
    presses: tuple[str, ...] = ()
    """Buttons and waits, each until the game has settled."""


def capture_in_process(name: str, note: str, recipe: Recipe) -> CapturedState:
    """Play the recipe and save what is reached; InputError for a file or a number that can't be used."""
    from collector.console import Console
    from collector.emulators.catalogue import EmulatorSettings, make_emulator
    from collector.games.catalogue import game_for

    frames = recipe.frames if recipe.frames is not None else BOOT_FRAMES if recipe.state_file is None else 1
    if frames < 1:
        raise InputError(f"--frames {frames}: a console runs at least 1 frame before its picture can be trusted")
    saved = None if recipe.state_file is None else _read(recipe.state_file)
    emulator = make_emulator(EmulatorSettings(kind=recipe.kind, rom=recipe.rom))
    try:
        if saved is not None:
            emulator.load_state(saved)
        emulator.advance(frames)
        console = Console(emulator, game_for(emulator.rom))
        for button in recipe.presses:
            console.press(button)
        state, picture = emulator.save_state(), emulator.screenshot()
        return _captured(name, note, emulator.rom, (emulator.name, emulator.version), state, picture)
    finally:
        emulator.close()


def capture_from_skyemu(name: str, note: str, *, base_url: str, timeout_s: float, rom: Path | None) -> CapturedState:
    """Take the state of a SkyEmu as it stands; `rom` is its ROM's file, if it is not where SkyEmu says it is.

    EmulatorError if no SkyEmu answers, or it has no ROM; RomError if the file is another ROM than SkyEmu's.
    """
    from collector.emulators.skyemu_http import SkyEmuServer
    from collector.emulators.skyemu_status import version_of

    server = SkyEmuServer(base_url, timeout_s)
    try:
        status = server.status()
        identity = _identity(server, status, rom)
        state = server.state_picture()
        if not state.startswith(_PNG_SIGNATURE):
            raise EmulatorError(f"SkyEmu at {server.base_url} gave {state[:40]!r} instead of its state; is it too old?")
        return _captured(name, note, identity, ("skyemu", version_of(status)), state, decode_picture(server.screen()))
    finally:
        server.close()


def _identity(server: SkyEmuServer, status: Mapping[str, Any], rom: Path | None) -> RomIdentity:
    """Which ROM SkyEmu runs: by its file if that is here, and always by the header on its bus."""
    from collector.emulators.rom_file import GameConsole, header_ranges, identity_on_bus, read_rom
    from collector.emulators.skyemu_status import console_of, loaded_rom

    place = loaded_rom(status)
    ranges = header_ranges(console_of(place))
    on_bus = identity_on_bus(
        server.read_bytes([first + offset for first, length in ranges for offset in range(length)])
    )
    path = rom or Path(place)
    if rom is None and not path.is_file():
        return on_bus
    found = read_rom(path, GameConsole.GAME_BOY, GameConsole.GAME_BOY_ADVANCE).identity
    if (found.title, found.revision) != (on_bus.title, on_bus.revision):
        raise RomError(f"{path} is {describe_rom(found)}, and SkyEmu runs {describe_rom(on_bus)}; give its ROM: --rom")
    return found


def _captured(
    name: str, note: str, rom: RomIdentity, emulator: tuple[str, str], state: bytes, picture: Picture
) -> CapturedState:
    facts = StateFacts(
        name=name,
        note=note,
        rom=rom,
        emulator=emulator[0],
        emulator_version=emulator[1],
        created=utc_now(),
        frame_hash=picture.digest(),
        state_sha256=state_digest(state),
    )
    return CapturedState(facts=facts, state=state, png=encode_png(picture))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"--from-state {path}: can't be read ({error.strerror})") from error

"""Which tasks can be played on a user's emulator and ROM, and from which captured states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collector.doctor.health import Check, ok, problem, warning
from collector.emulators.catalogue import EmulatorSettings, make_emulator
from collector.errors import EeveeError, TaskError
from collector.records import Start, Task
from collector.roms.thistledown import ROM_PATH
from collector.starts import CapturedState, StartLibrary, describe_rom

if TYPE_CHECKING:
    from collector.emulators.protocol import Emulator, RomIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is to be looked at."""

    emulator: EmulatorSettings
    """On what is played."""
    library: StartLibrary
    """The user's starts."""
    tasks: Sequence[Task]
    """What may be played from them."""
    may_load: bool
    """The emulator may be power-cycled: the game that a running SkyEmu shows is lost then."""


def check_rom(settings: EmulatorSettings) -> Check:
    """Whether the ROM is one, and whether there is a reader for it."""
    from collector.emulators.rom_file import GameConsole, read_rom

    if settings.use_loaded_rom:
        return ok("rom", "the one that SkyEmu has loaded")
    try:
        rom = read_rom(settings.rom or ROM_PATH, *GameConsole)
    except EeveeError as error:
        return problem("rom", str(error))
    return ok("rom", f"{describe_rom(rom.identity)} for {rom.console.value}: {_reading(rom.identity)}")


def check_emulator_and_starts(setting: Setting) -> Iterator[Check]:
    """Whether the emulator runs the ROM, and what each captured state can be played for."""
    if not setting.may_load:
        yield from _check_running_skyemu(setting)
        return
    try:
        emulator = make_emulator(setting.emulator)
    except EeveeError as error:
        yield problem("emulator", str(error))
        return
    try:
        emulator.advance(1)
        picture = emulator.screenshot()
        yield ok(
            "emulator",
            f"{emulator.name} {emulator.version} runs {emulator.rom.title} ({picture.width}x{picture.height} pixels)",
        )
        yield from _check_starts(setting, emulator)
    except EeveeError as error:
        yield problem("emulator", str(error))
    finally:
        emulator.close()


def check_named_states(setting: Setting) -> Iterator[Check]:
    """Tasks that begin at a state which is not in the library."""
    there = setting.library.names()
    for task in setting.tasks:
        missing = sorted({start.state for start in task.starts if start.state is not None} - set(there))
        if missing:
            yield problem(
                f"task {task.task_id}",
                f"begins at {', '.join(missing)}, not in {setting.library.folder}; "
                f"python -m collector.state capture {missing[0]}, or starts=DIR",
            )


def _check_running_skyemu(setting: Setting) -> Iterator[Check]:
    """Only look at the SkyEmu: what it shows is the user's game."""
    from collector.emulators.skyemu_http import SkyEmuServer
    from collector.emulators.skyemu_status import version_of

    try:
        server = SkyEmuServer(setting.emulator.base_url, setting.emulator.timeout_s)
        try:
            status = server.status()
        finally:
            server.close()
    except EeveeError as error:
        yield problem("emulator", str(error))
        return
    version, loaded = version_of(status), status.get("rom-path") if status["rom-loaded"] else None
    if setting.emulator.use_loaded_rom and loaded is None:
        yield problem(
            "emulator", f"SkyEmu {version} answers and has no ROM loaded; load one, or give emulator.rom=PATH"
        )
        return
    yield ok("emulator", f"SkyEmu {version} answers at {setting.emulator.base_url}, with {loaded or 'no ROM'} loaded")
    for name in setting.library.names():
        yield _looked_at(setting, name, version)


def _looked_at(setting: Setting, name: str, version: str) -> Check:
    """Whether a state fits, as far as that can be told without loading it."""
    from collector.emulators.rom_file import GameConsole, read_rom

    label = f"start {name}"
    try:
        captured = setting.library.read(name)
        rom = captured.facts.rom
        if not setting.emulator.use_loaded_rom:
            rom = read_rom(setting.emulator.rom or ROM_PATH, *GameConsole).identity
    except EeveeError as error:
        return problem(label, str(error))
    misfit = captured.facts.misfit(rom, setting.emulator.kind, version)
    if misfit is not None:
        return warning(label, f"not for this session: {misfit}")
    return ok(label, "is for this ROM and SkyEmu; --load also tries it for each task (the game SkyEmu shows is lost)")


def _check_starts(setting: Setting, emulator: Emulator) -> Iterator[Check]:
    names = setting.library.names()
    if not names:
        yield ok("starts", f"none captured in {setting.library.folder}; tasks begin at power-on")
    for name in names:
        label = f"start {name}"
        try:
            captured = setting.library.read(name)
        except EeveeError as error:
            yield problem(label, str(error))
            continue
        misfit = captured.facts.misfit(emulator.rom, emulator.name, emulator.version)
        if misfit is not None:
            yield warning(label, f"not for this session: {misfit}")
            continue
        yield _check_start(setting, emulator, captured, label)


def _check_start(setting: Setting, emulator: Emulator, captured: CapturedState, label: str) -> Check:
    """Go to the state and try what each task asks of its first state."""
    from collector.console import Console
    from collector.games.catalogue import game_for
    from collector.preconditions import begin_task

    name, game = captured.facts.name, game_for(emulator.rom)
    start = Start(start_id=name, state=name)
    try:
        first = Console(emulator, game, setting.emulator.timing, captured.bytes_for(emulator)).begin(start)
    except EeveeError as error:
        return problem(label, str(error))
    if not game.memory_ranges:
        return ok(label, "loads; pictures only, so any task in words can be played and none is judged")
    playable, reasons = [], []
    for task in setting.tasks:
        try:
            begin_task(task, start, first.state)
            playable.append(task.task_id)
        except TaskError as error:
            reasons.append(str(error))
    said = "; ".join((f"plays {', '.join(playable) or 'no task'}", *reasons))
    return ok(label, said) if playable else warning(label, said)


def _reading(rom: RomIdentity) -> str:
    from collector.games.catalogue import game_for

    game = game_for(rom)
    if not game.memory_ranges:
        return "no reader for this game, so pictures only, no memory and no verdict"
    return f"read by {game.game_id}"

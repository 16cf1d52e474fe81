"""A libretro core as an Emulator: a second opinion on the cartridge, from somebody else's Game Boy.

Just enough of the libretro API (version 1, a C interface of callbacks) for a Game Boy core: frames, buttons, work RAM,
the screen. A core keeps its console in global variables, so there is one at a time in a process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Collection, Sequence
from ctypes import CFUNCTYPE, POINTER, byref, c_bool, c_char_p, c_int16, c_size_t, c_uint, c_void_p
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from collector.emulators.protocol import Capability
from collector.emulators.rom_file import GameConsole, read_rom
from collector.errors import EmulatorError, NotCapable
from collector.games.protocol import MemoryRange
from collector.records import Picture

CORE_FOLDERS: Final = tuple(Path("/usr/lib").glob("*/libretro"))
_WORK_RAM: Final = MemoryRange(0xC000, 0x1000)
"""Bank 0: the part that stands at the same place for every core and bank."""

# Numbers of the libretro API.
_GET_CAN_DUPE, _SET_PIXEL_FORMAT, _GET_VARIABLE = 3, 10, 15
_JOYPAD = 1
_SAVE_RAM, _SYSTEM_RAM = 0, 2
_XRGB8888, _RGB565 = 1, 2
_BUTTON_NUMBERS: Final = {
    "press_b": 0,
    "press_select": 2,
    "press_start": 3,
    "press_up": 4,
    "press_down": 5,
    "press_left": 6,
    "press_right": 7,
    "press_a": 8,
}


class _Variable(ctypes.Structure):
    _fields_: ClassVar = [("key", c_char_p), ("value", c_char_p)]


class _GameInfo(ctypes.Structure):
    _fields_: ClassVar = [("path", c_char_p), ("data", c_char_p), ("size", c_size_t), ("meta", c_char_p)]


class _SystemInfo(ctypes.Structure):
    _fields_: ClassVar = [
        ("library_name", c_char_p),
        ("library_version", c_char_p),
        ("valid_extensions", c_char_p),
        ("need_fullpath", c_bool),
        ("block_extract", c_bool),
    ]


_Environment = CFUNCTYPE(c_bool, c_uint, c_void_p)
_Video = CFUNCTYPE(None, c_void_p, c_uint, c_uint, c_size_t)
_Audio = CFUNCTYPE(None, c_int16, c_int16)
_AudioBatch = CFUNCTYPE(c_size_t, POINTER(c_int16), c_size_t)
_InputPoll = CFUNCTYPE(None)
_InputState = CFUNCTYPE(c_int16, c_uint, c_uint, c_uint, c_uint)


def find_core(name: str) -> Path | None:
    """Where the system keeps this core (gambatte); None if it isn't installed."""
    found = [folder / f"{name}_libretro.so" for folder in CORE_FOLDERS]
    return next((path for path in found if path.exists()), None)


class LibretroEmulator:
    """The Emulator protocol on a libretro Game Boy core, without states."""

    capabilities: frozenset[Capability] = frozenset()

    def __init__(self, core: Path, rom_path: Path, options: dict[str, str]) -> None:
        """Power on; `options` are the core's own settings, each by its key."""
        rom = read_rom(rom_path, GameConsole.GAME_BOY)
        self.rom = rom.identity
        self._options = {key.encode(): value.encode() for key, value in options.items()}
        self._content = rom.content
        self._path = str(rom_path).encode()
        self._held: frozenset[str] = frozenset()
        self._pixel_format = 0
        self._picture: Picture | None = None
        self._frame = 0
        self._core = _typed(ctypes.CDLL(str(core)))
        self._connect()
        info = _SystemInfo()
        self._core.retro_get_system_info(byref(info))
        self.name = info.library_name.decode().lower()
        self.version = info.library_version.decode()
        self._core.retro_init()
        self._load()

    @property
    def frame(self) -> int:
        return self._frame

    def reset(self) -> None:
        self._core.retro_unload_game()
        self._load()

    def hold(self, buttons: Collection[str]) -> None:
        if unknown := set(buttons) - _BUTTON_NUMBERS.keys():
            raise NotCapable(f"a Game Boy has no {', '.join(sorted(unknown))}")
        self._held = frozenset(buttons)

    def advance(self, frames: int) -> None:
        if frames < 1:
            raise ValueError(f"advance({frames}): a console runs at least 1 frame")
        for _ in range(frames):
            self._core.retro_run()
        self._frame += frames

    def read(self, ranges: Sequence[MemoryRange]) -> bytes:
        memory = self._core.retro_get_memory_data(_SYSTEM_RAM)
        content = b""
        for start, length in ranges:
            offset = start - _WORK_RAM.start
            if offset < 0 or offset + length > _WORK_RAM.length:
                raise NotCapable(f"{start:#06x}: only work RAM bank 0 can be read from a libretro core")
            content += ctypes.string_at(memory + offset, length)
        return content

    def screenshot(self) -> Picture:
        if self._picture is None:
            raise EmulatorError("the core has drawn nothing yet")
        return self._picture

    def save_state(self) -> bytes:
        raise NotCapable("states of a libretro core are not needed here")

    def load_state(self, state: bytes) -> None:
        raise NotCapable("states of a libretro core are not needed here")

    def close(self) -> None:
        self._core.retro_unload_game()
        self._core.retro_deinit()

    def _load(self) -> None:
        game = _GameInfo(self._path, self._content, len(self._content), None)
        if not self._core.retro_load_game(byref(game)):
            raise EmulatorError(f"{self.name} can't load {self._path.decode()}")
        size = self._core.retro_get_memory_size(_SAVE_RAM)
        ctypes.memset(self._core.retro_get_memory_data(_SAVE_RAM), 0xFF, size)
        self._held, self._frame, self._picture = frozenset(), 0, None

    def _connect(self) -> None:
        """Give the core its callbacks, which live as long as this object."""
        self._callbacks = {
            "environment": _Environment(self._environment),
            "video_refresh": _Video(self._draw),
            "audio_sample": _Audio(lambda left, right: None),
            "audio_sample_batch": _AudioBatch(lambda samples, frames: frames),
            "input_poll": _InputPoll(lambda: None),
            "input_state": _InputState(self._input),
        }
        for name, callback in self._callbacks.items():
            getattr(self._core, f"retro_set_{name}")(callback)

    def _environment(self, command: int, data: int) -> bool:
        if command == _SET_PIXEL_FORMAT:
            self._pixel_format = c_uint.from_address(data).value
            return self._pixel_format in (_XRGB8888, _RGB565)
        if command == _GET_CAN_DUPE:  # a frame may come as "the one before": _draw keeps it
            c_bool.from_address(data).value = True
            return True
        if command == _GET_VARIABLE:
            variable = _Variable.from_address(data)
            variable.value = self._options.get(variable.key)
            return variable.value is not None
        return False

    def _draw(self, pixels: int | None, width: int, height: int, pitch: int) -> None:
        if pixels is not None:
            self._picture = _picture(ctypes.string_at(pixels, pitch * height), width, height, pitch, self._pixel_format)

    def _input(self, port: int, device: int, index: int, number: int) -> int:
        is_ours = port == 0 and device == _JOYPAD
        return int(is_ours and number in {_BUTTON_NUMBERS[button] for button in self._held})


def _picture(raw: bytes, width: int, height: int, pitch: int, pixel_format: int) -> Picture:
    """RGB whose 5-bit channels stand in the upper bits, as a Game Boy Color's colours do elsewhere."""
    if pixel_format == _XRGB8888:
        blue_first = np.frombuffer(raw, np.uint8).reshape(height, pitch // 4, 4)[:, :width, 2::-1]
        return Picture(width=width, height=height, rgb=(blue_first & 0xF8).tobytes())
    words = np.frombuffer(raw, np.uint16).reshape(height, pitch // 2)[:, :width]
    channels = np.stack([(words >> shift) & 0x1F for shift in (11, 6, 0)], axis=-1)
    return Picture(width=width, height=height, rgb=(channels << 3).astype(np.uint8).tobytes())


def _typed(core: Any) -> Any:
    """The library with the types of the functions whose default, int, would be wrong."""
    core.retro_load_game.argtypes, core.retro_load_game.restype = [POINTER(_GameInfo)], c_bool
    core.retro_get_memory_data.argtypes, core.retro_get_memory_data.restype = [c_uint], c_void_p
    core.retro_get_memory_size.argtypes, core.retro_get_memory_size.restype = [c_uint], c_size_t
    core.retro_get_system_info.argtypes = [POINTER(_SystemInfo)]
    return core

"""A libretro core as a console: the C interface (version 1) that such cores share, through ctypes.

A core keeps its console in global variables. Each `LibretroCore` therefore loads a copy of the library of its own, and
as many as are wanted run side by side in a process.
"""

from __future__ import annotations

import _ctypes
import ctypes
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char_p, c_int16, c_size_t, c_uint, c_uint64, c_void_p
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from collector.errors import EmulatorError
from collector.games.protocol import MemoryRange
from collector.records import Picture

BUTTON_NUMBERS: Final = {
    "press_b": 0,
    "press_select": 2,
    "press_start": 3,
    "press_up": 4,
    "press_down": 5,
    "press_left": 6,
    "press_right": 7,
    "press_a": 8,
    "press_l": 10,
    "press_r": 11,
}
"""The interface's numbers of the joypad's buttons."""

_GET_CAN_DUPE, _SET_PIXEL_FORMAT, _GET_VARIABLE, _SET_MEMORY_MAPS = 3, 10, 15, 36 | 0x10000
_JOYPAD: Final = 1
_XRGB8888, _RGB565 = 1, 2

_Environment = CFUNCTYPE(c_bool, c_uint, c_void_p)
_Video = CFUNCTYPE(None, c_void_p, c_uint, c_uint, c_size_t)
_Audio = CFUNCTYPE(None, c_int16, c_int16)
_AudioBatch = CFUNCTYPE(c_size_t, c_void_p, c_size_t)
_InputPoll = CFUNCTYPE(None)
_InputState = CFUNCTYPE(c_int16, c_uint, c_uint, c_uint, c_uint)


class _Variable(Structure):
    _fields_: ClassVar = [("key", c_char_p), ("value", c_char_p)]


class _GameInfo(Structure):
    _fields_: ClassVar = [("path", c_char_p), ("data", c_char_p), ("size", c_size_t), ("meta", c_char_p)]


class _SystemInfo(Structure):
    _fields_: ClassVar = [
        ("library_name", c_char_p),
        ("library_version", c_char_p),
        ("valid_extensions", c_char_p),
        ("need_fullpath", c_bool),
        ("block_extract", c_bool),
    ]


class _MemoryDescriptor(Structure):
    _fields_: ClassVar = [
        ("flags", c_uint64),
        ("pointer", c_void_p),
        ("offset", c_size_t),
        ("start", c_size_t),
        ("select", c_size_t),
        ("disconnect", c_size_t),
        ("length", c_size_t),
        ("address_space", c_char_p),
    ]


class _MemoryMap(Structure):
    _fields_: ClassVar = [("descriptors", POINTER(_MemoryDescriptor)), ("count", c_uint)]


class LibretroCore:
    """One console in one copy of a core."""

    def __init__(self, library: Path, options: Mapping[str, str]) -> None:
        """Load the core; `options` are its own settings, each by its key. EmulatorError if it is no libretro core."""
        self._options = {key.encode(): value.encode() for key, value in options.items()}
        self._held: frozenset[int] = frozenset()
        self._pixel_format = 0
        self._is_last_frame = True
        self._picture: Picture | None = None
        self._memory: list[tuple[int, int, int]] = []
        self._is_running = False
        self._library = _load(library)
        self._connect()
        info = _SystemInfo()
        self._library.retro_get_system_info(byref(info))
        self.version: str = info.library_version.decode()

    def power_on(self, name: str, content: bytes) -> None:
        """Begin anew with this ROM, empty save RAM and no button held; EmulatorError if the core refuses it.

        The core knows the kind of ROM by the ending of its name.
        """
        self.power_off()
        self._held, self._picture, self._memory = frozenset(), None, []
        self._library.retro_init()
        self._is_running = True
        # The core may keep these bytes: they live until the next ROM.
        self._game = _GameInfo(name.encode(), content, len(content), None)
        if not self._library.retro_load_game(byref(self._game)):
            self.power_off()
            raise EmulatorError(f"the core can't load {name} ({len(content)} bytes)")

    def power_off(self) -> None:
        """Take the ROM out."""
        if self._is_running:
            self._is_running = False
            self._library.retro_unload_game()
            self._library.retro_deinit()

    def close(self) -> None:
        """Take the ROM out and unload the core, for good."""
        self.power_off()
        _ctypes.dlclose(self._library._handle)

    def hold(self, buttons: Collection[str]) -> None:
        """Hold exactly these buttons."""
        self._held = frozenset(BUTTON_NUMBERS[button] for button in buttons)

    def run(self, frames: int) -> None:
        """Run frames; the last one is kept as the picture."""
        for left in range(frames, 0, -1):
            self._is_last_frame = left == 1
            self._library.retro_run()

    def picture(self) -> Picture:
        """The last frame; EmulatorError before the first."""
        if self._picture is None:
            raise EmulatorError("the core has drawn no frame since power-on; advance at least one frame first")
        return self._picture

    def read(self, part: MemoryRange) -> bytes:
        """The bytes of one range; EmulatorError where the core shows no memory."""
        for first, length, pointer in self._memory:
            if first <= part.start and part.start + part.length <= first + length:
                return ctypes.string_at(pointer + part.start - first, part.length)
        shown = ", ".join(f"{first:#x}-{first + length - 1:#x}" for first, length, _ in self._memory)
        raise EmulatorError(f"{part.length} bytes at {part.start:#x} can't be read here; the core shows {shown}")

    def save_state(self) -> bytes:
        """The console's state."""
        size = self._library.retro_serialize_size()
        state = ctypes.create_string_buffer(size)
        if not self._library.retro_serialize(state, size):
            raise EmulatorError(f"the core could not save its state of {size} bytes")
        return state.raw

    def load_state(self, state: bytes) -> bool:
        """Go on from a state; False if the core refuses it. Some take bytes that are no state."""
        return bool(self._library.retro_unserialize(state, len(state)))

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
            getattr(self._library, f"retro_set_{name}")(callback)

    def _environment(self, command: int, data: int) -> bool:
        """Answer what the core asks of its surroundings; False for whatever it can do without."""
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
        if command == _SET_MEMORY_MAPS:
            self._memory = _mapped(_MemoryMap.from_address(data))
            return True
        return False

    def _draw(self, pixels: int | None, width: int, height: int, pitch: int) -> None:
        if pixels is not None and self._is_last_frame:
            self._picture = _picture(ctypes.string_at(pixels, pitch * height), width, height, pitch, self._pixel_format)

    def _input(self, port: int, device: int, index: int, number: int) -> int:
        return int(port == 0 and device == _JOYPAD and number in self._held)


def _load(library: Path) -> Any:
    """A copy of the library of its own, with the types of its functions."""
    with tempfile.TemporaryDirectory(prefix="eevee-core-") as folder:
        copy = Path(shutil.copy(library, folder))
        try:
            core: Any = ctypes.CDLL(str(copy))  # it stays mapped when the file is gone
            core.retro_load_game.argtypes, core.retro_load_game.restype = [POINTER(_GameInfo)], c_bool
            core.retro_get_system_info.argtypes, core.retro_get_system_info.restype = [POINTER(_SystemInfo)], None
            core.retro_serialize_size.argtypes, core.retro_serialize_size.restype = [], c_size_t
            core.retro_serialize.argtypes, core.retro_serialize.restype = [c_void_p, c_size_t], c_bool
            core.retro_unserialize.argtypes, core.retro_unserialize.restype = [c_char_p, c_size_t], c_bool
        except (OSError, AttributeError) as error:
            raise EmulatorError(f"{library} is no libretro core of this machine's kind ({error})") from error
    return core


def _mapped(memory: _MemoryMap) -> list[tuple[int, int, int]]:
    """Bus address, length and place in this process of each memory that the core shows."""
    shown = []
    for number in range(memory.count):
        one = memory.descriptors[number]
        if one.pointer and one.length:
            shown.append((one.start, one.length, one.pointer + one.offset))
    return shown


def _picture(raw: bytes, width: int, height: int, pitch: int, pixel_format: int) -> Picture:
    """RGB with the console's 5 bits a channel in the upper bits, as other emulators give them."""
    if pixel_format == _XRGB8888:
        blue_first = np.frombuffer(raw, np.uint8).reshape(height, pitch // 4, 4)[:, :width, 2::-1]
        return Picture(width=width, height=height, rgb=(blue_first & 0xF8).tobytes())
    words = np.frombuffer(raw, np.uint16).reshape(height, pitch // 2)[:, :width]
    channels: Sequence[Any] = [(words >> shift) & 0x1F for shift in (11, 6, 0)]
    return Picture(width=width, height=height, rgb=(np.stack(channels, axis=-1) << 3).astype(np.uint8).tobytes())

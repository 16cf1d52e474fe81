"""What stands inside the SkyEmu stand-in: PyBoy, with SkyEmu's habits around it.

They are the ones that a client has to know: save RAM in a file beside the ROM, inputs that outlive a change of ROM, a
frame without buttons after a state is loaded, a black screen before the first step, no ROM after a failed load.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
from pathlib import Path
from typing import Final

from PIL import Image, PngImagePlugin

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pysdl2 announces its bundled library
    from pyboy import PyBoy

INPUTS: Final = (
    *("A", "B", "X", "Y", "Up", "Down", "Left", "Right", "L", "R", "Start", "Select"),
    *("Fold Screen (NDS)", "Tap Screen (NDS)"),
    *("Emulator \uf04c/\uf04b", "Emulator \uf04a", "Emulator \uf04e", "Emulator \uf050"),
    *(f"{verb} State {slot}" for slot in range(4) for verb in ("Capture", "Restore")),
    *("Reset Game", *(f"Turbo {button}" for button in "ABXYLR")),
    *("Solar Sensor+", "Solar Sensor-", "Toggle Full Screen"),
)
"""What /status lists and /input sets; four names hold icons of a private-use font."""

EXTRA_BOOT_FRAMES: Final = 37
"""SkyEmu takes another time than PyBoy to hand over to the game."""

_GAME_BOY_BUTTONS: Final = ("A", "B", "Up", "Down", "Left", "Right", "Start", "Select")
_SAVE_RAM: Final = (0xA000, 0xBFFF)
"""First and last address."""
_STATE_KEY: Final = "stand-in state"
_EMBEDDED_SCALE: Final = 5


class StandInConsole:
    """A PyBoy that behaves like SkyEmu; not safe for two threads at once."""

    def __init__(self) -> None:
        """No ROM yet."""
        self.inputs = dict.fromkeys(INPUTS, 0.0)
        self.mode = "PAUSE"
        self.rom: Path | None = None
        self.frames = 0
        self._console: PyBoy | None = None
        self._pressed: frozenset[str] = frozenset()
        self._has_stepped = False
        self._has_ever_stepped = False
        self._is_blended = False

    @property
    def save_file(self) -> Path | None:
        """Where the save RAM is kept."""
        return self.rom.with_suffix(".sav") if self.rom else None

    def load_rom(self, path: Path) -> bool:
        """Power on with this ROM and the save RAM beside it; without a ROM if it is none."""
        self.unload()
        content = path.read_bytes() if path.is_file() else b""
        if len(content) < 0x8000 or content[:4] == b"\x89PNG":
            return False
        saved = path.with_suffix(".sav")
        save_ram = io.BytesIO(saved.read_bytes()) if saved.is_file() else None
        logging.getLogger("pyboy").setLevel(logging.ERROR)
        self._console = PyBoy(str(path), window="null", sound_emulated=False, log_level="ERROR", ram_file=save_ram)
        self._console.set_emulation_speed(0)
        self._console.tick(EXTRA_BOOT_FRAMES, True, False)
        self.rom = path
        self._write_save_file()
        return True

    def unload(self) -> None:
        """Take the ROM out."""
        if self._console is not None:
            self._console.stop(save=False)
        self._console, self.rom, self.frames = None, None, 0
        self._pressed, self._has_stepped, self._is_blended = frozenset(), False, False

    def step(self, frames: int) -> None:
        """Run frames with the buttons held that /input holds."""
        self.mode = "PAUSE"
        if self._console is None or frames < 1:
            return
        self._press(frozenset(name for name in _GAME_BOY_BUTTONS if self.inputs[name] > 0.3))
        self._console.tick(frames, True, False)
        self.frames += frames
        self._has_stepped = self._has_ever_stepped = True
        self._is_blended = False
        self._write_save_file()

    def read(self, address: int) -> int:
        """A byte of the bus; 0 beyond it and without a ROM."""
        return self._console.memory[address] if self._console and address <= 0xFFFF else 0

    def write(self, address: int, value: int) -> None:
        """Set a byte of RAM; elsewhere nothing happens."""
        if self._console and 0x8000 <= address <= 0xFFFF:
            self._console.memory[address] = value

    def screen(self) -> Image.Image | None:
        """The screen in RGBA; None without a ROM."""
        if self._console is None:
            return None
        drawn = self._console.screen.image.convert("RGB")
        if not self._has_stepped and not self._is_blended:
            drawn = Image.new("RGB", drawn.size)
        elif self._is_blended:
            drawn = Image.blend(drawn, Image.new("RGB", drawn.size), 0.5)
        return drawn.convert("RGBA")

    def state_picture(self) -> bytes | None:
        """The state inside an enlarged picture of the screen; None without a ROM."""
        screen = self.screen()
        if screen is None or self._console is None:
            return None
        state, out, info = io.BytesIO(), io.BytesIO(), PngImagePlugin.PngInfo()
        self._console.save_state(state)
        info.add_text(_STATE_KEY, state.getvalue().hex(), zip=True)
        large = screen.resize(
            (screen.width * _EMBEDDED_SCALE, screen.height * _EMBEDDED_SCALE), Image.Resampling.NEAREST
        )
        large.save(out, "PNG", pnginfo=info)
        return out.getvalue()

    def load(self, path: Path) -> bool:
        """Go on from a saved state, after one frame without buttons."""
        if self._console is None or not path.is_file():
            return False
        try:
            with Image.open(path) as picture:
                state = bytes.fromhex(picture.text[_STATE_KEY])  # type: ignore[attr-defined]
        except (OSError, KeyError, AttributeError, ValueError):
            return False
        self._console.load_state(io.BytesIO(state))
        self._pressed = frozenset(_GAME_BOY_BUTTONS)  # whatever the state held is let go of
        self._press(frozenset())
        self._console.tick(1, True, False)
        self._is_blended = not self._has_ever_stepped
        self._has_stepped = True
        return True

    def _press(self, wanted: frozenset[str]) -> None:
        assert self._console is not None
        for name in sorted(self._pressed - wanted):
            self._console.button_release(name.lower())
        for name in sorted(wanted - self._pressed):
            self._console.button_press(name.lower())
        self._pressed = wanted

    def _write_save_file(self) -> None:
        assert self._console is not None and self.save_file is not None
        first, last = _SAVE_RAM  # PyBoy takes no slice up to the end
        content = bytes((*self._console.memory[0, first:last], self._console.memory[0, last]))
        if self.save_file.parent.is_dir() and not (self.save_file.is_file() and self.save_file.read_bytes() == content):
            self.save_file.write_bytes(content)


def encoded(screen: Image.Image, kind: str) -> tuple[str, bytes]:
    """The screen as jpg or bmp, or as png whatever else was asked for, with its content type."""
    out = io.BytesIO()
    if kind.lower() == "bmp":
        return "image/bmp", _bmp(screen)
    if kind.lower() == "jpg":
        screen.convert("RGB").save(out, "JPEG")
        return "image/jpg", out.getvalue()
    screen.save(out, "PNG")
    return "image/png", out.getvalue()


def _bmp(screen: Image.Image) -> bytes:
    """32 bits a pixel with a BITMAPV4HEADER, rows from the bottom up."""
    pixels = screen.transpose(Image.Transpose.FLIP_TOP_BOTTOM).tobytes("raw", "BGRA")
    header = struct.pack("<IiiHHI20x4I52x", 108, *screen.size, 1, 32, 3, 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    start = 14 + len(header)
    return b"BM" + struct.pack("<IIi", start + len(pixels), 0, start) + header + pixels

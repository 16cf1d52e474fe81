"""Faults for the gate, each planted where it would come from: in what was recorded, or behind the export's renderer.

The tests and benchmarks/gate.py plant the same ones.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PIL import Image

import collector.roms.thistledown
from collector.run_directory import SessionDirectory
from dataset_script.corpus import PlacedSession
from dataset_script.exports import sft
from dataset_script.exports.protocol import ExportRow
from dataset_script.lint.scrambled import OUTPUTS
from dataset_script.replies import RecordedReply
from tests.planting import Row, rewrite, with_one_byte_changed
from tests.records import a_png

ROM: Final = (Path(collector.roms.thistledown.__file__).parent / "thistledown.gb").read_bytes()
_LETTERS: Final = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU"
KEY: Final = "hf_" + _LETTERS
KEY_FORMS: Final = (
    *(
        prefix + _LETTERS + "v9W"
        for prefix in ("hf_", "sk-", "gsk_", "xai-", "glpat-", "nvapi-", "r8_", "sk_live_", "pplx-", "GOCSPX-")
    ),
    *(prefix + _LETTERS + _LETTERS for prefix in ("AIza", "AQ.", "ghp_", "github_pat_", "npm_", "pypi-")),
    *("AKIA" + "ABCDEFGH12345678", "xoxb-" + "12345678901-abc", "ya29." + _LETTERS),
    *("OPENAI_API_KEY=" + "4c9d1f0e77ab", "HF_TOKEN=" + "4c9d1f0e77ab", "DB_PASSWORD=" + "correct-horse"),
    *("client_secret=" + "correct-horse", "api_key: " + "correct-horse", '"hf_token": "' + '4c9d1f0e77ab"'),
    *("Authorization: Basic " + "YWRhOnNlY3JldA==", "Bearer " + _LETTERS, "https://ada:" + "secret12@example.org/x"),
)
"""Keys of many kinds, all of them made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One fault."""

    rule: str
    """The rule that must name it."""
    name: str
    """What it is."""
    column: str
    """Config and column that must be named."""
    recorded: Callable[[Row, Row | None], None] | None = None
    """Changes a recorded row; the second is the row after it."""
    rendered: Callable[[ExportRow, PlacedSession, RecordedReply], None] | None = None
    """Changes a row behind the renderer of sft."""
    overrides: tuple[str, ...] = field(default=("export=[sft]",))
    """Settings of the build."""

    @contextmanager
    def at(self, directory: SessionDirectory, step: int) -> Iterator[None]:
        """Plant it at a step of a session; what is planted behind the renderer is taken out again."""
        if self.recorded is not None:
            rewrite(directory, lambda rows: self._change(rows, step))
        if self.rendered is None:
            yield
            return
        row, leak = sft.SftExport.row, self.rendered

        def leaking(export: Any, placed: PlacedSession, reply: RecordedReply, options: Any) -> ExportRow:
            made = row(export, placed, reply, options)
            if (reply.first["session_id"], reply.first["step"]) == (directory.session_id, step):
                leak(made, placed, reply)
            return made

        sft.SftExport.row = leaking  # type: ignore[method-assign]
        try:
            yield
        finally:
            sft.SftExport.row = row  # type: ignore[method-assign]

    def _change(self, rows: list[Row], step: int) -> None:
        assert self.recorded is not None
        following = {row["step"]: row for row in rows}.get(step + 1)
        self.recorded(next(row for row in rows if row["step"] == step), following)


def _add(column: str, text: Callable[[Row], str]) -> Callable[[Row, Row | None], None]:
    def change(row: Row, following: Row | None) -> None:
        row[column] = f"{row[column] or ''} {text(row)}".strip()

    return change


def _into_prompt(value: Callable[[PlacedSession, RecordedReply], object]) -> Any:
    def leak(row: ExportRow, placed: PlacedSession, reply: RecordedReply) -> None:
        row["prompt"][-1]["content"][-1]["text"] += f" {value(placed, reply)}"

    return leak


def _put(column: str, value: Callable[[Row, Row | None], Any]) -> Callable[[Row, Row | None], None]:
    def change(row: Row, following: Row | None) -> None:
        row[column] = value(row, following)

    return change


def _picture(change: Callable[[bytes], bytes], column: str = "screenshot") -> Callable[[Row, Row | None], None]:
    return _put(column, lambda row, _: {"bytes": change(row[column]["bytes"]), "path": None})


def _row(change: Callable[[ExportRow], object]) -> Any:
    return lambda row, placed, reply: change(row)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def behind_the_pixels(png: bytes) -> bytes:
    """The screen with the ROM in a further chunk of packed pixels."""
    end = png.index(b"IEND") - 4
    return png[:end] + _chunk(b"IDAT", ROM[:2048]) + png[end:]


def in_a_longer_chunk(png: bytes) -> bytes:
    """The screen with the ROM behind the four bytes that a chunk needs."""
    return png[:33] + _chunk(b"gAMA", bytes(4) + ROM[:2048]) + png[33:]


def in_the_alpha_channel(png: bytes) -> bytes:
    """The screen with the ROM in how transparent its pixels are."""
    image, out = Image.open(io.BytesIO(png)).convert("RGB"), io.BytesIO()
    image.putalpha(Image.frombytes("L", image.size, ROM[: image.width * image.height]))
    image.save(out, "PNG")
    return out.getvalue()


def too_large(png: bytes) -> bytes:
    """The screen with a header that nobody can unpack."""
    return png[:8] + _chunk(b"IHDR", struct.pack(">II", 40_000, 40_000) + png[24:29]) + png[33:]


def _full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _next_row(placed: PlacedSession, reply: RecordedReply) -> Any:
    return next(row for row in placed.session.steps() if row["step"] == reply.first["step"] + 1)


_WITH_MEMORY: Final = ("export=[sft]", "obs=image+memory")
_THE_ANSWER: Final = "The right button now is"

SOURCES: Final = (
    Plant(rule="sources", name="the screen after", column="sft.images",
          rendered=lambda row, _, reply: row.update(images=[reply.first["screenshot_after"]])),
    Plant(rule="sources", name="a screen from elsewhere", column="sft.images",
          rendered=_row(lambda row: row.update(images=[{"bytes": a_png(77), "path": None}]))),
    Plant(rule="sources", name="a screen that is not the recorded one", column="sft.images",
          recorded=_picture(with_one_byte_changed)),
    Plant(rule="sources", name="the action among the last actions", column="sft.prompt",
          recorded=_put("previous_actions", lambda row, _: [*row["previous_actions"], row["action"]])),
    Plant(rule="sources", name="a frame before that of an earlier step", column="sft.prompt",
          recorded=_put("frame", lambda row, _: -1)),
    Plant(rule="sources", name="the context after the press", column="sft.prompt", overrides=_WITH_MEMORY,
          recorded=_put("memory_context", lambda _, following: (following or {})["memory_context"])),
    Plant(rule="sources", name="screen and hash after the press", column="sft.images",
          recorded=lambda row, _: row.update(screenshot=row["screenshot_after"], frame_hash=row["frame_hash_after"])),
    *(
        Plant(rule="sources", name=f"the answer told in {column}", column=f"sft.{shown}", overrides=overrides,
              recorded=_add(column, lambda row: f"\n{_THE_ANSWER} {row['action']}"))
        for column, shown, overrides in (
            ("instruction", "prompt", ("export=[sft]",)),
            ("goal", "prompt", ("export=[sft]",)),
            ("memory_context", "prompt", _WITH_MEMORY),
            ("memory_notes", "prompt", ("export=[sft]",)),
        )
    ),
    Plant(rule="sources", name="the answer told in the instruction of instruct", column="instruct.instruction",
          overrides=("export=[instruct]",), recorded=_add("instruction", lambda row: f"{_THE_ANSWER} {row['action']}")),
)  # fmt: skip

RENDERING: Final = (
    *(
        Plant(rule="rendering", name=f"{column} in the prompt", column="sft.prompt",
              rendered=_into_prompt(lambda _, reply, column=column: reply.first[column]))  # type: ignore[misc]
        for column in OUTPUTS
    ),
    Plant(rule="rendering", name="the verdict in the prompt", column="sft.prompt",
          rendered=_into_prompt(lambda placed, _: placed.session.record.task_completed)),
    Plant(rule="rendering", name="the session's length in the prompt", column="sft.prompt",
          rendered=_into_prompt(lambda placed, _: placed.session.record.total_steps)),
    Plant(rule="rendering", name="the score in the prompt", column="sft.prompt",
          rendered=_into_prompt(lambda placed, _: placed.score)),
    *(
        Plant(rule="rendering", name=f"the next step's {column} in the prompt", column="sft.prompt",
              rendered=_into_prompt(lambda placed, reply, column=column: _next_row(placed, reply)[column]))  # type: ignore[misc]
        for column in ("previous_actions", "state", "screenshot")
    ),
)  # fmt: skip

WORDING: Final = (
    *(
        Plant(rule="wording", name=f"{said} recorded in {column}", column=f"sft.{shown}", overrides=overrides,
              recorded=_add(column, lambda row, said=said: row[said]))  # type: ignore[misc]
        for said in ("analysis", "reasoning", "expected_outcome")
        for column, shown, overrides in (
            ("instruction", "prompt", ("export=[sft]",)),
            ("goal", "prompt", ("export=[sft]",)),
            ("memory_context", "prompt", _WITH_MEMORY),
            ("memory_notes", "prompt", ("export=[sft]",)),
        )
    ),
    Plant(rule="wording", name="the report recorded in the goal", column="sft.prompt",
          recorded=lambda row, _: row.update(report="nine glass bells", goal=f"{row['goal']}: nine glass bells")),
    Plant(rule="wording", name="a part of the reasoning in capitals", column="sft.prompt",
          recorded=_add("goal", lambda row: " ".join(row["reasoning"].upper().split()[-5:]))),
    *(
        Plant(rule="wording", name=f"the reasoning {how}", column="sft.prompt",
              recorded=_add("memory_notes", lambda row, written=written: written(row["reasoning"])))  # type: ignore[misc]
        for how, written in (
            ("with invisible letters", "\u200b".join),
            ("in full-width letters", _full_width),
            ("with underscores", lambda text: "_".join(text.split())),
        )
    ),
    Plant(rule="wording", name="reasoning in the input of instruct", column="instruct.input",
          overrides=("export=[instruct]",), recorded=_add("memory_context", lambda row: row["reasoning"])),
)  # fmt: skip

PLACEHOLDERS: Final = (
    Plant(rule="placeholders", name="a picture too many", column="sft.prompt",
          rendered=_row(lambda row: row["images"].append(row["images"][0]))),
    Plant(rule="placeholders", name="a place too many", column="sft.prompt",
          rendered=_row(lambda row: row["prompt"][-1]["content"].insert(0, {"type": "image", "text": None}))),
    Plant(rule="placeholders", name="a place in the completion", column="sft.prompt",
          rendered=_row(lambda row: row["completion"][0]["content"].insert(0, {"type": "image", "text": None}))),
    Plant(rule="placeholders", name="no list of pictures", column="sft.images",
          rendered=_row(lambda row: row.update(images=None))),
    *(
        Plant(rule="placeholders", name=f"{word} in a text", column="sft.prompt",
              recorded=_add("memory_notes", lambda row, word=word: f"as in {word}"))  # type: ignore[misc]
        for word in ("<image>", "<video>", "<audio>", "[IMG]", "<|image_pad|>", "<image_soft_token>")
    ),
    Plant(rule="placeholders", name="<image> in the answer", column="sft.completion",
          recorded=_add("reasoning", lambda row: "as in <image>")),
    *(
        Plant(rule="placeholders", name=f"<image> in the input of {export}", column=f"{export}.input",
              overrides=(f"export=[{export}]",), recorded=_add("memory_context", lambda row: "as in <image>"))
        for export in ("instruct", "spec")
    ),
)  # fmt: skip

PICTURES: Final = (
    Plant(rule="pictures", name="a torn screen", column="sft.images", recorded=_picture(lambda png: png[:-40])),
    Plant(rule="pictures", name="a screen too large to unpack", column="sft.images", recorded=_picture(too_large)),
    Plant(rule="pictures", name="an empty screen", column="sft.images", recorded=_picture(lambda png: b"")),
    Plant(rule="pictures", name="a torn screen, enlarged", column="sft.images",
          overrides=("export=[sft]", "image_scale=2"), recorded=_picture(lambda png: png[:-40])),
    Plant(rule="pictures", name="a torn screen after the press", column="steps.screenshot_after",
          overrides=("export=[steps]",), recorded=_picture(lambda png: png[:-40], "screenshot_after")),
)  # fmt: skip

PRIVATE_TEXT: Final = (
    *(
        Plant(rule="private text", name=name, column=column, overrides=(f"export=[{column.partition('.')[0]}]",),
              recorded=_add(recorded, lambda row, text=text: text))  # type: ignore[misc]
        for name, column, recorded, text in (
            ("a key in the reasoning", "sft.completion", "reasoning", f"with {KEY}"),
            ("a token in a reply as it came", "steps.raw_response", "raw_response", "Bearer " + "abcdefghij" * 3),
            ("an e-mail address in the notes", "sft.prompt", "memory_notes", "ask ada@example.org"),
            ("a full-width address in the notes", "sft.prompt", "memory_notes", "ask ada\uff20example.org"),
            ("a path in an error", "steps.error", "error", "no such file: /home/ada/rom.gb"),
            ("a path right after a colon", "steps.error", "error", "No such file:/home/ada/x.zip"),
            ("a Windows path", "steps.error", "error", "can't open D:\\roms\\rom.gb"),
            ("a path in the home folder", "steps.error", "error", "can't open ~/roms/x.zip"),
            ("a host in an error", "steps.error", "error", "http://gpu-box:8000/v1 did not answer"),
            ("a host in a pool's error", "steps.error", "error", "HTTPConnectionPool(host='gpu-box', port=8000)"),
            ("a host by its address", "steps.error", "error", "http://[2001:db8::17]:8000 did not answer"),
            ("a password in the notes", "sft.prompt", "memory_notes", "password: k7Q2m9Xw"),
            *(
                (f"{what} in a reply as it came", "steps.raw_response", "raw_response", json.dumps({"reasoning": said}))
                for what, said in (
                    ("a key on a line of its own", f"x\n{KEY}"),
                    ("an environment's line", f"x\nOPENAI_API_KEY={_LETTERS}"),
                    ("a Windows path", "x\nC:\\Users\\ada\\rom.gb"),
                    ("a path on a line of its own", "x\n/home/ada/rom.gb"),
                )
            ),
        )
    ),
)  # fmt: skip

RAW_BYTES: Final = (
    Plant(rule="raw bytes", name="the ROM behind a picture", column="sft.images",
          recorded=_picture(lambda png: png + ROM[:4096])),
    Plant(rule="raw bytes", name="the ROM instead of a picture", column="steps.screenshot_after",
          overrides=("export=[steps]",), recorded=_picture(lambda png: ROM[:4096], "screenshot_after")),
    Plant(rule="raw bytes", name="the ROM in letters", column="sft.prompt",
          recorded=_add("memory_notes", lambda row: base64.b64encode(ROM[0x150:0x450]).decode())),
    *(
        Plant(rule="raw bytes", name=f"the ROM {where}", column="sft.images", recorded=_picture(hidden))
        for where, hidden in (
            ("behind a picture's pixels", behind_the_pixels),
            ("in a longer chunk", in_a_longer_chunk),
            ("in an alpha channel", in_the_alpha_channel),
        )
    ),
    Plant(rule="raw bytes", name="the ROM in letters, line by line", column="sft.prompt",
          recorded=_add("memory_notes", lambda row: base64.encodebytes(ROM[0x150:0x450]).decode())),
    Plant(rule="raw bytes", name="a saved state in spaced hex", column="steps.raw_response",
          overrides=("export=[steps]",), recorded=_add("raw_response", lambda row: ROM[0x150:0x250].hex(" "))),
    Plant(rule="raw bytes", name="a saved state in hex", column="steps.raw_response", overrides=("export=[steps]",),
          recorded=_add("raw_response", lambda row: ROM[0x150:0x250].hex())),
)  # fmt: skip

LABEL_TERMS: Final = (
    Plant(rule="label terms", name="bound labels under apache-2.0", column="sft.label_terms",
          overrides=("export=[sft]", "license=apache-2.0"), recorded=_put("label_terms", lambda *_: "google")),
    Plant(rule="label terms", name="bound labels on a card of own work", column="steps.label_terms",
          overrides=("export=[steps]",), recorded=_put("label_terms", lambda *_: "google")),
)  # fmt: skip

PLANTS: Final = (*(*SOURCES, *RENDERING, *WORDING, *PLACEHOLDERS, *PICTURES, *PRIVATE_TEXT, *RAW_BYTES, *LABEL_TERMS),)
"""All of them, in the order of the gate's rules."""

"""Each thing that must not be published is planted in a built folder, and named by config, split, row and column."""

import base64
import re
import socket
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import collector.roms.thistledown
from collector.errors import InputError
from dataset_script import preflight
from dataset_script.preflight import check_files, files_to_push
from dataset_script.private_text import PrivateTextSearch, own_texts
from tests.rated_runs import built, write_runs
from tests.records import a_png

ROM = (Path(collector.roms.thistledown.__file__).parent / "thistledown.gb").read_bytes()
KEY = "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("preflight")
    write_runs(base / "runs", 6)
    built(base / "runs", base / "dataset")
    return base / "dataset"


@pytest.fixture
def folder(clean: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    for path in clean.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(clean)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    return tmp_path


def plant(folder: Path, split: str, row: int, column: str, value: Any) -> None:
    """Put a value into a cell of a built file; a function is given what stands there."""
    path = folder / f"{split}-00000-of-00001.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[row][column] = value(rows[row][column]) if callable(value) else value
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def check(folder: Path, *allow: str) -> None:
    check_files(files_to_push(folder), PrivateTextSearch(own_texts(folder), allow))


def test_a_built_folder_passes(clean: Path) -> None:
    check(clean)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"I used {KEY} to ask", "a key"),
        ("token hf_" + "aB3dE5fG7h" * 3, "a key"),
        ("Authorization: Bearer abcdefghij0123456789", "a key"),
        ("api_key = 'correct-horse-battery'", "a key"),
        ("https://ada:secret12@example.org/x", "a key"),
        ("Ask ada.lovelace+gb@example.co.uk about it", "an e-mail address"),
        ("saved in /home/ada/games/red.gb", "a path"),
        (r"saved in C:\Users\Ada\red.gb", "a path"),
        ("no answer from 192.168.1.20", "a host"),
        ("no answer from http://gpu-box:8000/v1", "a host"),
        ("no answer from ada-laptop.local", "a host"),
        (base64.b64encode(ROM[:2048]).decode(), "raw bytes"),
        (ROM[:2048].hex(), "raw bytes"),
        (ROM[:2048].decode("latin-1"), "raw bytes"),
    ],
)
def test_private_texts_are_named_by_place(folder: Path, text: str, kind: str) -> None:
    plant(folder, "steps/train", 3, "raw_response", text)
    with pytest.raises(InputError) as caught:
        check(folder)
    assert f"steps/train, row 3, column raw_response: {kind}: " in str(caught.value)
    assert KEY not in str(caught.value)


def test_nested_texts_and_every_row_that_holds_one_are_named(folder: Path) -> None:
    for row in (1, 2):
        plant(folder, "sft/train", row, "prompt", lambda prompt: _with_text(prompt, "mail ada@example.org"))
    with pytest.raises(InputError, match="2 places") as caught:
        check(folder)
    for row in (1, 2):
        assert f"sft/train, row {row}, column prompt: an e-mail address" in str(caught.value)


def _with_text(prompt: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    prompt[-1]["content"][-1]["text"] = text
    return prompt


@pytest.mark.parametrize(
    "content",
    [ROM, ROM[:160], a_png() + ROM[:512], a_png()[:-20], b"\xff\xd8\xff\xe0 a JPEG", b""],
    ids=["ROM", "saved state", "ROM behind a picture", "torn", "another format", "empty"],
)
def test_bytes_that_are_no_picture_are_named_by_place(folder: Path, content: bytes) -> None:
    plant(folder, "steps/train", 2, "screenshot", {"bytes": content, "path": None})
    with pytest.raises(InputError, match=re.escape("steps/train, row 2, column screenshot: raw bytes")):
        check(folder)


def test_text_inside_a_picture_is_found(folder: Path) -> None:
    from io import BytesIO

    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    told, noted = BytesIO(), PngInfo()
    noted.add_text("Comment", "where it was taken")
    Image.new("RGB", (160, 144)).save(told, "PNG", pnginfo=noted)
    plant(folder, "sft/train", 0, "images", [{"bytes": told.getvalue(), "path": None}])
    with pytest.raises(
        InputError, match=r"sft/train, row 0, column images: raw bytes: a PNG picture with a chunk 'tEXt'"
    ):
        check(folder)


def test_the_card_the_splits_and_the_sheet_are_looked_through(folder: Path) -> None:
    for name in ("README.md", "splits.json"):
        path = folder / name
        path.write_text(path.read_text() + "made by ada@example.org\n")
    (folder / "picture_sheet.png").write_bytes((folder / "picture_sheet.png").read_bytes() + b"tail")
    with pytest.raises(InputError) as caught:
        check(folder)
    assert re.search(r"README\.md, line \d+: an e-mail", str(caught.value))
    assert re.search(r"splits\.json, line \d+: an e-mail", str(caught.value))
    assert "picture_sheet.png: raw bytes: 4 bytes after the end" in str(caught.value)


def test_this_machine_and_the_keys_of_its_environment_are_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "analytical-engine")
    monkeypatch.setenv("SOME_SERVICE_TOKEN", "open sesame, friend")
    plant(folder, "steps/train", 0, "error", "analytical-engine said no")
    plant(folder, "steps/train", 1, "error", f"nothing in {folder.resolve()}")
    plant(folder, "steps/train", 2, "error", "said: open sesame, friend!")
    with pytest.raises(InputError) as caught:
        check(folder)
    for row, kind in enumerate(("a host", "a path", "a key")):
        assert f"steps/train, row {row}, column error: {kind}" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_what_is_allowed_passes_but_a_key_never_does(folder: Path) -> None:
    plant(folder, "steps/train", 0, "error", "mail ada@example.org")
    check(folder, "ada@example.org")
    with pytest.raises(InputError, match="ada@example"):
        check(folder, "eve@example.org")
    plant(folder, "steps/train", 1, "error", KEY)
    with pytest.raises(InputError, match="a key: AIza"):
        check(folder, "ada@example.org", KEY)
    plant(folder, "steps/train", 1, "error", "\x00" * 8)
    with pytest.raises(InputError, match="raw bytes") as caught:
        check(folder, "ada@example.org", "\x00" * 8)
    assert "push.allow" not in str(caught.value)


def test_only_what_the_builder_wrote_is_pushed(folder: Path) -> None:
    for name in ("dataset.py", "rater_salt.txt", "openai.jsonl", "notes.txt", "sft/train.jsonl"):
        (folder / name).write_text("x")
    names = files_to_push(folder).keys()
    assert {"README.md", "picture_sheet.png", "splits.json", "sft/train-00000-of-00001.parquet"} <= names
    assert {name.rpartition(".")[2] for name in names} == {"md", "png", "json", "parquet"}
    assert all("/" in name for name in names if name.endswith(".parquet"))


def test_sizes_beyond_the_hubs_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(101):
        (folder / "sft" / f"extra-{number:05d}-of-00101.parquet").touch()
    with pytest.raises(InputError, match=r"files, \d+ of them in sft: .* at most 100; raise max_shard_size_mb"):
        check(folder)
    for path in folder.glob("sft/extra*"):
        path.unlink()
    monkeypatch.setattr(preflight, "LARGEST_FILE", 1000)
    with pytest.raises(InputError, match="lower max_shard_size_mb"):
        check(folder)

"""The start library: what is added comes back, nothing is overwritten, and a state goes on only where it belongs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.emulators.protocol import RomIdentity
from collector.errors import InputError, RunDirectoryError
from collector.starts import CapturedState, StartLibrary, StateFacts, state_digest
from tests.records import a_picture, a_png

ROM = RomIdentity(title="GAME", revision=1, sha256="ab" * 32)


def a_state(name: str = "before_gym", content: bytes = b"frozen", **changes: Any) -> CapturedState:
    facts: dict[str, Any] = {
        "name": name,
        "note": "vor der Arena — ⚡",
        "rom": ROM,
        "emulator": "pyboy",
        "emulator_version": "2.8.1",
        "created": "2026-01-02T03:04:05.000Z",
        "frame_hash": a_picture(3).digest(),
        "state_sha256": state_digest(content),
    }
    return CapturedState(facts=StateFacts(**(facts | changes)), state=content, png=a_png(3))


@pytest.fixture
def library(tmp_path: Path) -> StartLibrary:
    return StartLibrary(tmp_path / "my" / "starts")


def test_a_state_comes_back_as_it_was_added(library: StartLibrary) -> None:
    library.add(a_state())
    assert library.read("before_gym") == a_state()
    assert sorted(path.name for path in library.folder.iterdir()) == [
        "before_gym.json",
        "before_gym.png",
        "before_gym.state",
    ]


def test_states_are_named_in_order_and_half_a_state_is_not(library: StartLibrary) -> None:
    assert library.names() == ()
    for name in ("b", "a", "c.d"):
        library.add(a_state(name))
    (library.folder / "torn.state").write_bytes(b"a capture that died before its facts")
    (library.folder / "start.json").write_text("{}")
    assert library.names() == ("a", "b", "c.d")


@pytest.mark.parametrize("ending", ["state", "json", "png"])
def test_nothing_is_overwritten(library: StartLibrary, ending: str) -> None:
    library.folder.mkdir(parents=True)
    mine = library.folder / f"before_gym.{ending}"
    mine.write_bytes(b"mine")
    with pytest.raises(InputError, match=rf"before_gym\.{ending} is there already"):
        library.add(a_state())
    assert mine.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a", "a b", "ä", "x" * 65, "start", "a\0b", "🎮"])
def test_a_name_that_is_no_plain_file_name_is_refused(library: StartLibrary, name: str) -> None:
    with pytest.raises(InputError, match="use 1 to 64 of"):
        library.add(a_state(name))
    assert not library.folder.exists()


def test_a_name_that_is_not_there_is_told_with_those_that_are(library: StartLibrary) -> None:
    with pytest.raises(InputError, match=r"no captured state 'x' in .*it has none; capture one"):
        library.read("x")
    library.add(a_state("a"))
    library.add(a_state("b"))
    with pytest.raises(InputError, match="it has a, b"):
        library.read("../a")


def test_a_changed_state_is_refused(library: StartLibrary) -> None:
    library.add(a_state())
    (library.folder / "before_gym.state").write_bytes(b"frozem")
    with pytest.raises(InputError, match=r"before_gym\.state: its sha256 is .* changed or damaged"):
        library.read("before_gym")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"rom": 3}', '{"rom": {"title": "x"}}', '{"name": "x"}', "{", "null", '"x"', "\xff"]
)
def test_facts_that_say_nothing_are_refused(library: StartLibrary, text: str) -> None:
    library.add(a_state())
    (library.folder / "before_gym.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"before_gym\.json: does not say what the state is of"):
        library.read("before_gym")


def test_a_facts_file_with_a_foreign_key_is_refused(library: StartLibrary) -> None:
    library.add(a_state())
    path = library.folder / "before_gym.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"extra": 1}))
    with pytest.raises(InputError, match="extra"):
        library.read("before_gym")


def test_a_missing_picture_is_named(library: StartLibrary) -> None:
    library.add(a_state())
    (library.folder / "before_gym.png").unlink()
    with pytest.raises(InputError, match=r"before_gym\.png: can't be read"):
        library.read("before_gym")


def test_a_folder_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunDirectoryError, match=r"file/starts: can't be written"):
        StartLibrary(tmp_path / "file" / "starts").add(a_state())


def test_states_are_kept_out_of_git(library: StartLibrary) -> None:
    library.add(a_state())
    library.keep_out_of_git()
    assert (library.folder / ".gitignore").read_text() == "*\n"
    (library.folder / ".gitignore").write_text("mine\n")
    library.keep_out_of_git()
    assert (library.folder / ".gitignore").read_text() == "mine\n"


def misfit(state: CapturedState, rom: RomIdentity = ROM, emulator: str = "pyboy", version: str = "2.8.1") -> str | None:
    return state.facts.misfit(rom, emulator, version)


def test_a_state_fits_where_it_was_captured() -> None:
    assert misfit(a_state()) is None


@pytest.mark.parametrize(
    ("played", "both"),
    [
        (
            {"rom": replace(ROM, title="OTHER", sha256="cd" * 32)},
            ("GAME revision 1 (sha256 abab", "OTHER revision 1 ("),
        ),
        ({"rom": replace(ROM, sha256="ef" * 32)}, ("abab", "efef")),
        ({"emulator": "skyemu", "version": "v4"}, ("pyboy 2.8.1", "skyemu v4")),
        ({"version": "2.9.0"}, ("pyboy 2.8.1", "pyboy 2.9.0")),
    ],
)
def test_a_misfit_names_both_sides(played: dict[str, Any], both: tuple[str, str]) -> None:
    said = misfit(a_state(), **played)
    assert said is not None
    assert all(side in said for side in both)


def test_a_rom_whose_file_is_not_here_is_known_by_its_header() -> None:
    remote = replace(ROM, sha256=None)
    assert misfit(a_state(rom=remote)) is None
    assert misfit(a_state(), remote) is None
    assert "file not here" in str(misfit(a_state(rom=remote), replace(ROM, revision=0)))

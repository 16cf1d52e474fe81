"""What the search for private texts must find, however it is written, and what it must let pass: words about games."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset_script.private_patterns import KEY, PASSWORD, PATTERNS, RAW_BYTES, Pattern
from dataset_script.private_text import PrivateTextSearch
from tests.leaks import KEY_FORMS, ROM

SEARCH = PrivateTextSearch({})


@pytest.mark.parametrize(
    "text",
    [
        "The menu is open; press A/B, or START/SELECT. Tea and/or honey.",
        "Version 2.8.1, PyBoy 2.8.1; 1.5 hearts; 12/20 HP at 3:45",
        "http://127.0.0.1:8080/step did not answer; nor did http://localhost:8000/v1 or http://[::1]:8000",
        "HTTPConnectionPool(host='localhost', port=8080); host='api.example.org', port=443",
        "see https://huggingface.co/docs/datasets or https://example.org:8080",
        "version 1.10.2.1",
        "1.10.2.1",
        "sha256 " + "0123456789abcdef" * 4,
        "-" * 400,
        "=" * 400,
        "20260102_030405_demo/3",
        "key items, the secret path, password screen, token of thanks",
        "The sign tells a secret: Somewhere north lies honey",
        "The password: Honeycomb! Nell's secret = friendship; token: acceptance",
        "next_key=press_start, has_key=True,party.1.hp=20,party.2.hp=18",
        '{"items.house_key": 1, "flags.sign_secret": "north_of_the_pond", "input_tokens": 12345678}',
        "half asleep @ the pond; me@home",
        "skip to the tmp/var shelf",
        "\x1b[1mbold\x1b[0m",
        "The keys: up, down. Task-key fits.",
        '{"screen": "map", "x": 4, "bag": [["sap_drop", 2]]}',
        "press_up press_down press_left press_right press_start press_select press_a press_b " * 20,
        " ".join(str(number) for number in range(10, 99)) * 4,
        "Sap Drop " * 80,
        "It was 12:34:56 on 2026:01:02; A:/B: and ~/5 a minute",
    ],
)
def test_ordinary_texts_pass(text: str) -> None:
    assert list(SEARCH.find(text)) == []


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_lines_of_a_reply_that_came_as_json_are_no_path(layers: int) -> None:
    text = "Option A:\nopen the menu.\nOption B:\nup\nOption C:\nrun"
    for _ in range(layers):
        text = json.dumps({"reasoning": text})
        assert list(SEARCH.find(text)) == []
    assert list(SEARCH.find(f"no JSON object in the reply {text!r}")) == []


def kinds_in(text: str) -> set[str]:
    return {found.kind for found in SEARCH.find(text)}


PRIVATE = [
    *((key, KEY) for key in KEY_FORMS),
    ("password: k7Q2m9Xw", PASSWORD),
    ('"secret": "4c9d1f0e77"', PASSWORD),
    ("ada@example.org", "an e-mail address"),
    ("ada\uff20example.org", "an e-mail address"),
    ("a\u200bda@exa\u00admple.org", "an e-mail address"),
    ("/home/ada/rom.gb", "a path"),
    ("No such file:/home/ada/x.zip", "a path"),
    ("D:/games/ada.zip", "a path"),
    ("C:\\Users\\ada\\rom.gb", "a path"),
    ("D:\\roms\\tetris.gb", "a path"),
    ("\\\\nas\\roms\\red.gb", "a path"),
    ("~/roms/x.zip", "a path"),
    ("/Volumes/Games/x.zip", "a path"),
    ("/app/main.sh", "a path"),
    ("/content/drive/MyDrive/x", "a path"),
    ("/anywhere/at/all/red.gbc", "a path"),
    ("192.168.1.20", "a host"),
    ("10.0.0.5", "a host"),
    ("http://1.10.2.1/v1", "a host"),
    ("http://gpu-box:8000/v1", "a host"),
    ("http://gpu-box", "a host"),
    ("HTTPConnectionPool(host='gpu-box', port=8000)", "a host"),
    ("http://[2001:db8::17]:8000", "a host"),
    ("http://[64:ff9b::8:800]/v1", "a host"),
    ("fe80::17", "a host"),
    ("ada-laptop.local", "a host"),
]


@pytest.mark.parametrize(
    ("text", "kind"), PRIVATE, ids=[text[:30].encode("unicode-escape").decode() for text, _ in PRIVATE]
)
def test_private_texts_are_found_alone_in_a_line_and_in_json_as_deep_as_it_goes(text: str, kind: str) -> None:
    for written in (text, f"x\n{text}\ty", f"({text})"):
        assert kind in kinds_in(written)
        for _ in range(3):
            written = json.dumps({"reasoning": written})
            assert kind in kinds_in(written), written
        assert kind in kinds_in(repr(f"x\n{text}"))


def test_an_address_that_is_let_pass_passes_in_json_too() -> None:
    search = PrivateTextSearch({}, allow=("ada@example.org", "password: k7Q2m9Xw"))
    assert list(search.find(json.dumps({"reasoning": "x\nada@example.org\npassword: k7Q2m9Xw"}))) == []


@pytest.mark.parametrize("key", ["tok-of-this-machine", "onlyletters"])
@pytest.mark.parametrize("text", ["{}", "x\n{}", "use_{}"])
def test_own_texts_are_found_in_json(key: str, text: str) -> None:
    search = PrivateTextSearch({key: KEY})
    for written in (text.format(key), json.dumps({"a": text.format(key)})):
        assert [found.kind for found in search.find(written)] == [KEY]


STATE = ROM[0x150:0x450]


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(STATE).decode(),
        base64.encodebytes(STATE).decode(),
        "kept: " + base64.encodebytes(STATE).decode() + "and so on",
        STATE.hex(),
        STATE.hex(" "),
        STATE.hex(" ", 2).upper(),
        STATE.hex("\n", 30),
        ", ".join(f"0x{byte:02x}" for byte in STATE),
        "".join(f"\\x{byte:02x}" for byte in STATE),
        "".join(f"\\u00{byte:02x}" for byte in STATE),
    ],
    ids=["base64", "in lines", "in a text", "hex", "spaced", "in words", "in lines of hex", "as in C", "\\x", "\\u"],
)
def test_bytes_in_letters_are_found_alone_and_in_json(text: str) -> None:
    assert kinds_in(text) == {RAW_BYTES}
    assert kinds_in(json.dumps({"reasoning": f"x {text}"})) == {RAW_BYTES}


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60), st.integers(0, 60))
def test_an_address_is_found_wherever_it_stands(around: str, place: int) -> None:
    text = f"{around[:place]} ada@example.org {around[place:]}"
    assert any("ada@example.org" in found.excerpt for found in SEARCH.find(text))


@given(st.text(max_size=200))
def test_no_text_breaks_the_search_and_what_is_shown_is_one_plain_line(text: str) -> None:
    for found in SEARCH.find(text):
        assert found.excerpt.isascii() and "\n" not in found.excerpt


@pytest.mark.parametrize("part", ["~/a/", "/a", "\\", "\\a", "a.", "a-", "1:", "_", "a_key=", "://a:"])
def test_a_key_is_found_behind_letters_that_many_patterns_begin_with(part: str) -> None:
    """A pattern that tried every end for every beginning would come to no end here."""
    text = part * 20_000
    assert KEY in kinds_in(f"fe80:{text}@.local C:{text} secret={text} ~/{text} {KEY_FORMS[0]}")


@pytest.mark.parametrize("pattern", [one for one in PATTERNS if not one.escaped], ids=lambda pattern: pattern.kind)
@given(data=st.data())
def test_no_match_lacks_the_letters_that_are_looked_for_first(pattern: Pattern, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern.expression))
    assert any(letters in text.casefold() for letters in pattern.has)

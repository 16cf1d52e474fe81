"""Nobody reads or steers the page from another site, and only raters with a token get in where one is asked for."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest

from collector.errors import InputError
from scoring.rating.raters import rater_id
from scoring.web.access import read_tokens, with_tokens
from tests.serving import serving
from tests.unit.scoring.web.test_rating import some_runs

ANNA, BEN = "anna-token-0123456789", "ben-token-0123456789"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.0.2.1", "", "[", "a@127.0.0.1"]
)
def test_it_does_not_answer_to_other_names(tmp_path: Path, host: str) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        answer = client.get("/api/desk", headers={"host": host})
        assert answer.status_code in (400, 403) and "items" not in answer.text
        assert client.get("/api/desk").status_code == 200


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "http://localhost"])
def test_another_page_can_not_send_anything(tmp_path: Path, origin: str | None) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        headers = {} if origin is None else {"origin": origin}
        [item] = client.desk()["items"]
        assert client.post("/api/skip", json={"item": item["name"]}, headers=headers).status_code == 403
        own = {"origin": str(client.base_url).rstrip("/"), "content-type": "text/plain"}
        assert client.post("/api/skip", content='{"item": "x"}', headers=own).status_code == 403
        assert client.desk()["tally"]["skipped"] == 0


def test_another_site_can_not_load_anything_into_its_page(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        assert client.get("/static/page.js", headers=foreign).status_code == 403
        assert (
            client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200
        )


def test_every_answer_carries_the_policy(tmp_path: Path) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path) as client:
        [item] = client.desk()["items"]
        for path in (
            "/",
            "/static/page.js",
            "/api/desk",
            f"/pictures/{item['name']}/1/before",
            "/nothing",
            "/api/rate",
        ):
            headers = client.get(path).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy
            assert headers["referrer-policy"] == "no-referrer" and headers["x-content-type-options"] == "nosniff"
        assert client.get("/api/desk").headers["cache-control"] == "no-store"


def test_the_page_asks_nobody_else_and_has_no_script_in_its_markup() -> None:
    from scoring.web.app import STATIC

    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text and "innerHTML" not in text, path
    markup = (STATIC / "page.html").read_text(encoding="utf-8")
    assert " on" not in [part[:3] for part in markup.split("<") if "=" in part]
    assert "style=" not in markup and markup.count("<script") == 1


@pytest.mark.parametrize(
    "path", ["/api/desk", "/api/pair", "/api/live", "/api/about", "/pictures/x/1/before", "/live/pictures/x"]
)
def test_without_a_token_nothing_is_told(tmp_path: Path, path: str) -> None:
    some_runs(tmp_path, 1)
    with serving(tmp_path, access=with_tokens({ANNA: "anna"}, tmp_path)) as client:
        assert client.get(path).status_code == 401
        client.cookies.set(f"eevee_rater_{client.base_url.port}", BEN)
        assert client.get(path).status_code == 401


def test_a_token_makes_the_rater_and_is_told_to_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    directories = some_runs(tmp_path, 2)
    caplog.set_level(logging.DEBUG)
    with serving(tmp_path, access=with_tokens({ANNA: "anna", BEN: "ben"}, tmp_path)) as client:
        assert client.send_json("/api/sign-in", token="wrong-token-0123456789").status_code == 401
        answer = client.send_json("/api/sign-in", token=ANNA)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie
        assert client.get("/api/about").json()["rater"] == "anna"
        assert ANNA not in answer.text and client.rate(client.desk()["items"][0], 7).status_code == 200
        with httpx.Client(base_url=client.base_url) as other:
            other.cookies.set(f"eevee_rater_{client.base_url.port}", BEN)
            assert other.get("/api/about").json()["rater"] == "ben"
            assert len(other.get("/api/desk").json()["items"]) <= 1  # the other session, while anna does not hold it
    kept = "".join(one.annotations.read_text() for one in directories if one.annotations.exists())
    assert rater_id("anna", tmp_path) in kept and "anna" not in kept
    logged = [one.getMessage() for one in caplog.records if not one.name.startswith("http")]  # not the client's own
    assert ANNA not in "".join([*logged, *capfd.readouterr()])


def test_a_file_of_raters(tmp_path: Path) -> None:
    file = tmp_path / "raters.txt"
    file.write_text(f"# who\n\n{ANNA} Anna Lind\n{BEN}   ben\n", encoding="utf-8")
    assert read_tokens(file) == {ANNA: "Anna Lind", BEN: "ben"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no rater"),
        ("short anna", "TOKEN NAME"),
        (f"{ANNA}", "TOKEN NAME"),
        (f"{ANNA} anna\n{ANNA} ben", "twice"),
        (f"{ANNA} anna\n{BEN} anna", "twice"),
        ("tökén-0123456789-0123 anna", "ASCII"),
    ],
)
def test_a_file_of_raters_that_is_wrong_is_refused_without_its_tokens(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "raters.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=expected) as error:
        read_tokens(file)
    assert ANNA not in str(error.value)

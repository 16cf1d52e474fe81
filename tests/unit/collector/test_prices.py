"""The price list and the estimates made from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from collector.agents.calls.prices import ImageTokens, input_estimate, read_prices
from collector.errors import ConfigError
from collector.pictures import encode_png
from collector.records import Picture
from tests.fakes.model_clients import a_request


def test_the_bundled_list_is_dated_and_whole() -> None:
    prices = read_prices(None)
    assert prices.as_of <= date.today()
    assert prices.models
    for price in prices.models.values():
        assert 0 < price.input <= price.output
        assert price.image.of(160, 144) > 0


def test_a_million_tokens_cost_what_the_list_says() -> None:
    price = read_prices(None).price("models/gemini-2.5-flash")
    assert price is not None
    assert price.cost(1_000_000, 0) == 0.30
    assert price.cost(0, 1_000_000) == 2.50


def test_unknown_models_have_no_price() -> None:
    assert read_prices(None).price("my-own") is None
    assert read_prices(None).price(None) is None


def test_a_list_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("as_of: 2026-01-31\nmodels:\n  my-own: {input: 1, output: 2, image: {each: 10, tile: 100}}\n")
    price = read_prices(path).price("my-own")
    assert price is not None
    assert price.image == ImageTokens(each=10, tile=100, per_tile=1.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1",
        "as_of: 2026-01-31",
        "as_of: 2026-01-31\nmodels: {m: {input: 1}}",
        "as_of: 2026-01-31\nmodels: {m: {input: cheap, output: 1}}",
        "as_of: 2026-01-31\nmodels: {m: {input: -1, output: 1}}",
        "as_of: 2026-01-31\nmodels: {m: {input: 1, output: 1, image: {edge: 3}}}",
        "as_of: yesterday\nmodels: {}",
        "as_of: [",
    ],
)
def test_what_is_no_price_list_is_told_what_one_looks_like(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"not a price list .*as_of"):
        read_prices(path)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: can't be read"):
        read_prices(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("model", "width", "height", "tokens"),
    [
        ("gemini-2.5-flash", 160, 144, 258),
        ("gemini-2.5-flash", 960, 864, 4 * 258),
        ("gpt-4o", 160, 144, 85 + 170),
        ("gpt-4o", 640, 576, 85 + 4 * 170),
    ],
)
def test_pictures_count_by_their_tiles(model: str, width: int, height: int, tokens: int) -> None:
    png = encode_png(Picture(width=width, height=height, rgb=bytes(width * height * 3)))
    price = read_prices(None).price(model)
    without = input_estimate(a_request(), price)
    assert input_estimate(a_request(images=[png]), price) - without == tokens

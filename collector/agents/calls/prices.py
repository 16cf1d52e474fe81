"""What models cost and how many tokens a call takes: by a dated price list, and by estimate before the call is made."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from collector.agents.model_client import ModelRequest
from collector.errors import ConfigError
from collector.prompts import Message
from collector.records import Png
from collector.yaml_loading import load_yaml

_BYTES_A_TOKEN: Final = 3
"""Fewer than the four letters that are usual, so that an estimate is rather too high."""
_TOKENS_A_MESSAGE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTokens:
    """How a model counts a picture: each, and so much for every tile it is cut into."""

    each: float = 0.0
    """Tokens of a picture of any size."""
    tile: int = 28
    """Edge of a tile in pixels."""
    per_tile: float = 1.0
    """Tokens of a tile."""

    def of(self, width: int, height: int) -> float:
        """Tokens of a picture."""
        return self.each + self.per_tile * math.ceil(width / self.tile) * math.ceil(height / self.tile)


UNKNOWN_IMAGES: Final = ImageTokens(each=64)
"""For models that the list does not have: near what open-weights models take, and rather above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """A line of the price list."""

    input: float
    """US dollars a million tokens read."""
    output: float
    """US dollars a million tokens written."""
    image: ImageTokens = UNKNOWN_IMAGES
    """How it counts pictures."""

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """US dollars."""
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices as of a date."""

    as_of: date
    """When they were looked up."""
    models: Mapping[str, ModelPrice]
    """By the model's name at its provider."""

    def price(self, model: str | None) -> ModelPrice | None:
        """The model's price; None if the list does not have it."""
        return self.models.get((model or "").removeprefix("models/"))


def read_prices(path: Path | None) -> PriceList:
    """The price list of a file, or the bundled one; ConfigError says what is wrong with it."""
    name = "the bundled price list" if path is None else str(path)
    try:
        source = resources.files("configs") / "prices.yaml" if path is None else path
        raw = load_yaml(source.read_text(encoding="utf-8"))
        if not isinstance(raw["as_of"], date):
            raise ValueError(f"as_of is {raw['as_of']!r}, not a date")
        return PriceList(as_of=raw["as_of"], models={str(model): _price(line) for model, line in raw["models"].items()})
    except OSError as error:
        raise ConfigError(f"prices={name}: can't be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        seen = " ".join(str(error).split())
        raise ConfigError(
            f"prices={name}: not a price list ({seen}); it has `as_of: 2026-01-31` and under `models:` lines such as "
            "`name: {input: 0.3, output: 2.5}`, in US dollars a million tokens"
        ) from error


def image_size(png: Png) -> tuple[int, int]:
    """Width and height in pixels, as the PNG's header says."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def input_estimate(request: ModelRequest, price: ModelPrice | None) -> int:
    """Tokens that a request may have, rather too many than too few."""
    return prompt_estimate(request.messages, [image_size(image) for image in request.images], request.schema, price)


def prompt_estimate(
    messages: Sequence[Message],
    sizes: Sequence[tuple[int, int]],
    schema: Mapping[str, Any] | None,
    price: ModelPrice | None,
) -> int:
    """The same from a prompt's parts; `sizes` are its pictures' (width, height)."""
    counting = UNKNOWN_IMAGES if price is None else price.image
    texts = [part["text"] or "" for message in messages for part in message["content"]]
    texts.append("" if schema is None else json.dumps(schema))
    return math.ceil(
        sum(text_estimate(text) for text in texts)
        + sum(counting.of(*size) for size in sizes)
        + _TOKENS_A_MESSAGE * len(messages)
    )


def text_estimate(text: str) -> int:
    """Tokens that a text may have."""
    return math.ceil(len(text.encode("utf-8", "replace")) / _BYTES_A_TOKEN)


def _price(line: Mapping[str, Any]) -> ModelPrice:
    image = line.get("image")
    price = ModelPrice(
        input=float(line["input"]),
        output=float(line["output"]),
        image=UNKNOWN_IMAGES if image is None else ImageTokens(**image),
    )
    if min(price.input, price.output, price.image.each, price.image.per_tile) < 0 or price.image.tile < 1:
        raise ValueError("a price or a count below 0, or a tile below 1 pixel")
    return price

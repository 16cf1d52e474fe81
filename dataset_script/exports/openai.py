"""Chat lines with pictures as data URIs: what OpenAI's fine-tuning takes, and the services that look like it.

Their guides want pictures of mode RGB; recorded ones have a palette, so they are encoded again without one.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.exports.protocol import ExportRow, LinesExport, PromptExport
from dataset_script.lines import with_addresses

if TYPE_CHECKING:
    from datasets import Features

COLUMNS: Final[Mapping[str, str]] = {
    "messages": "System, user, assistant; parts of type text, and image_url with a data URI under image_url.url.",
}


class OpenAIExport(LinesExport):
    """One reply, one line."""

    source: PromptExport = sft.EXPORT

    def features(self) -> Features:
        from datasets import Features

        return Features({"messages": messages_feature(_address_feature())})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        for row in rows:
            messages = [*row["prompt"], *row["completion"]]
            images = [{"bytes": in_rgb(image["bytes"])} for image in row["images"]]
            yield {"messages": with_addresses(messages, images, lambda uri: {"url": uri})}


@lru_cache(maxsize=1024)
def in_rgb(picture: bytes) -> bytes:
    """The picture without a palette: the same pixels, as PNG; one that has none already stays as it is."""
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        if image.mode == "RGB":
            return picture
        out = io.BytesIO()
        image.convert("RGB").save(out, "PNG")
        return out.getvalue()


def messages_feature(image_url: Any) -> Any:
    """Messages whose parts hold a text or an address."""
    from datasets import List, Value

    part = {"type": Value("string"), "text": Value("string"), "image_url": image_url}
    return List({"role": Value("string"), "content": List(part)})


def _address_feature() -> Any:
    from datasets import Value

    return {"url": Value("string")}


EXPORT: Final = OpenAIExport()

"""Lines for LLaMA-Factory: texts with the word <image> where a picture stands, pictures as files beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from collector.prompts import Message
from dataset_script.corpus import Corpus
from dataset_script.exports import sft
from dataset_script.exports.protocol import ExportRow, LinesExport, PromptExport

if TYPE_CHECKING:
    from datasets import Features

PLACE: Final = "<image>"

COLUMNS: Final[Mapping[str, str]] = {
    "messages": "System, user, assistant; each content one text, with <image> for each picture.",
    "images": "Paths of the pictures, as seen from the folder of the lines.",
}


class LlamaFactoryExport(LinesExport):
    """One reply, one line."""

    source: PromptExport = sft.EXPORT

    def features(self) -> Features:
        from datasets import Features, Image, List, Value

        text = Value("string")
        return Features({"messages": List({"role": text, "content": text}), "images": List(Image())})

    def column_docs(self) -> Mapping[str, str]:
        return COLUMNS

    def derive(self, rows: Iterator[ExportRow], corpus: Corpus) -> Iterator[ExportRow]:
        for row in rows:
            messages = [_in_one_text(message) for message in (*row["prompt"], *row["completion"])]
            yield {"messages": messages, "images": row["images"]}

    def companions(self, files: Mapping[str, str]) -> Mapping[str, str]:
        info = {f"eevee_{split}": _entry(file) for split, file in files.items()}
        return {"dataset_info.json": json.dumps(info, indent=2) + "\n"}


def _in_one_text(message: Message) -> dict[str, str]:
    content = "".join(PLACE if part["type"] == "image" else part["text"] for part in message["content"])
    return {"role": message["role"], "content": content}


def _entry(file: str) -> dict[str, Any]:
    """What LLaMA-Factory needs to know of a file: it takes other names of keys and roles unless told these."""
    tags = {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    }
    columns = {"messages": "messages", "images": "images"}
    return {"file_name": file, "formatting": "sharegpt", "columns": columns, "tags": tags}


EXPORT: Final = LlamaFactoryExport()
